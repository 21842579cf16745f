//! Parts of the Rust toolchain.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::{Toolbox, announce};

const WASM: &str = "wasm32-unknown-unknown";

/// Looks at the files of the toolchain that is in use, which holds with and without rustup.
pub(super) fn ensure_wasm_target(toolbox: &Toolbox<'_>) -> Result<()> {
    let installed = || -> Result<bool> {
        let sysroot = stdout(toolbox.command("rustc").args(["--print", "sysroot"]))?;
        Ok(Path::new(sysroot.trim()).join("lib/rustlib").join(WASM).is_dir())
    };
    if installed()? {
        return Ok(());
    }
    announce(&format!("the Rust target {WASM}"), "the page is WebAssembly", "some seconds");
    rustup(toolbox, &["target", "add", WASM])?;
    if installed()? {
        Ok(())
    } else {
        bail!("`rustup target add {WASM}` succeeded, and yet rustc does not have it")
    }
}

/// rustup's minimal profile comes without them.
pub(super) fn ensure_linters(toolbox: &Toolbox<'_>) -> Result<()> {
    let present = |tool: &str| {
        toolbox.cargo().args([tool, "--version"]).output().is_ok_and(|out| out.status.success())
    };
    let missing: Vec<_> = [("fmt", "rustfmt"), ("clippy", "clippy")]
        .into_iter()
        .filter(|(tool, _)| !present(tool))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let components: Vec<_> = missing.iter().map(|&(_, component)| component).collect();
    announce(&components.join(" and "), "the first steps check format and lints", "some seconds");
    rustup(toolbox, &[&["component", "add"], &components[..]].concat())
}

/// The nightly toolchain that rustup has. It is not asked to install one.
pub(super) fn nightly(toolbox: &Toolbox<'_>) -> Option<String> {
    toolbox.path.find("rustup")?;
    let list = stdout(toolbox.command("rustup").args(["toolchain", "list"])).ok()?;
    let names = list.lines().filter_map(|line| line.split_whitespace().next());
    names.filter(|name| name.starts_with("nightly")).max().map(str::to_owned)
}

fn rustup(toolbox: &Toolbox<'_>, args: &[&str]) -> Result<()> {
    if toolbox.path.find("rustup").is_none() {
        bail!(
            "this Rust was not installed by rustup, so it cannot be added to here: install Rust from https://rustup.rs, \
             or let your system's packages provide what `rustup {}` would",
            args.join(" ")
        );
    }
    toolbox.run(toolbox.command("rustup").args(args))
}

fn stdout(command: &mut Command) -> Result<String> {
    let shown = crate::process::show(command);
    let output = command.output().with_context(|| format!("cannot start `{shown}`"))?;
    if !output.status.success() {
        bail!("`{shown}` failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
