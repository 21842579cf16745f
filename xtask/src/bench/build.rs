//! Builds the pages that are measured, and the program that measures.

use std::fs::{self, DirEntry};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::told;
use crate::size;
use crate::tools::{BrowserName, Toolbox};
use crate::workspace::remove_dir;

/// The directory of our page among the pages.
pub(crate) const OURS: &str = "ours";
/// The program that measures.
const RUNNER: &str = "yewdux-socket-bench";

/// Where the pages are built.
pub(crate) fn pages(toolbox: &Toolbox<'_>) -> PathBuf {
    toolbox.workspace.target.join("bench/pages")
}

/// Everything.
pub(super) fn all(toolbox: &Toolbox<'_>) -> Result<()> {
    println!("==> building our page for release");
    remove_dir(&pages(toolbox))?;
    ours(toolbox)?;
    println!("==> building the pages of the peers");
    let peers = toolbox.workspace.root.join("bench/peers");
    let mut install = toolbox.command("npm");
    install.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&peers);
    told(toolbox, &mut install)?;
    let mut build = toolbox.command("node");
    build.arg("build.mjs").arg(pages(toolbox)).current_dir(&peers);
    told(toolbox, &mut build)?;
    build_runner(toolbox)
}

/// Our page.
pub(crate) fn ours(toolbox: &Toolbox<'_>) -> Result<()> {
    let mut build = toolbox.trunk("build");
    build.arg("--release").arg("--dist").arg(pages(toolbox).join(OURS));
    build.current_dir(toolbox.workspace.root.join("bench/page"));
    told(toolbox, &mut build)
}

/// The program that measures. It is no part of what is measured: optimized, but not for minutes.
pub(crate) fn build_runner(toolbox: &Toolbox<'_>) -> Result<()> {
    println!("==> building the program that measures");
    let mut build = toolbox.cargo();
    build.args(["build", "--release", "--package", RUNNER]);
    build.env("CARGO_PROFILE_RELEASE_LTO", "off").env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
    told(toolbox, &mut build)
}

/// The command of the program that measures, with the browser that it is to use.
pub(crate) fn runner(toolbox: &Toolbox<'_>) -> Result<Command> {
    let program = toolbox.workspace.target.join("release").join(RUNNER);
    ensure!(program.is_file(), "nothing is built yet: leave `--no-build` out");
    let mut command = toolbox.command(program);
    let [_, browser, driver] = BrowserName::Chromium.variables();
    let found = toolbox.browser(BrowserName::Chromium)?;
    command.env(browser, &found.browser).env(driver, &found.driver);
    Ok(command)
}

/// A copy of all pages, with another directory's in the place of ours.
pub(super) fn with_ours(toolbox: &Toolbox<'_>, other: &Path) -> Result<PathBuf> {
    let copies = toolbox.workspace.target.join("bench/pages-other");
    remove_dir(&copies)?;
    copy_page(other, &copies.join(OURS))?;
    for page in list(&pages(toolbox))? {
        if page.file_name() != OURS {
            copy_page(&page.path(), &copies.join(page.file_name()))?;
        }
    }
    Ok(copies)
}

/// Copies a page, which is files in one directory.
fn copy_page(from: &Path, to: &Path) -> Result<()> {
    let files = list(from)?;
    let is_page = files.iter().any(|file| file.file_name() == "index.html");
    ensure!(is_page, "{} has no index.html", from.display());
    fs::create_dir_all(to)?;
    for file in files {
        fs::copy(file.path(), to.join(file.file_name()))
            .with_context(|| format!("cannot copy {}", file.path().display()))?;
    }
    Ok(())
}

fn list(directory: &Path) -> Result<Vec<DirEntry>> {
    let entries = fs::read_dir(directory).and_then(Iterator::collect);
    entries.with_context(|| format!("cannot list {}", directory.display()))
}

/// What a visitor downloads of each page, in a file.
pub(super) fn sizes(toolbox: &Toolbox<'_>, pages: &Path) -> Result<PathBuf> {
    let mut sizes = Vec::new();
    for page in list(pages)? {
        let files = size::measure(&page.path())?;
        let raw: u64 = files.iter().map(|size| size.raw).sum();
        let brotli: u64 = files.iter().map(|size| size.brotli).sum();
        let name = page.file_name().to_string_lossy().into_owned();
        sizes.push(json!({ "page": name, "raw": raw, "brotli": brotli }));
    }
    let file = toolbox.workspace.target.join("bench/sizes.json");
    fs::write(&file, Value::from(sizes).to_string())
        .with_context(|| format!("cannot write {}", file.display()))?;
    Ok(file)
}
