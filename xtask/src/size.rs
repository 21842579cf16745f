//! `cargo xtask size`: what a visitor downloads, and how far that is from what it may be.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use clap::ValueEnum;

use crate::tools::{Need, Toolbox};
use crate::workspace::remove_dir;

/// The highest there is: what a web server would send that compresses once, ahead of time.
const QUALITY: u32 = 11;
/// The usual window, which all browsers take.
const WINDOW: u32 = 22;
const BUFFER: usize = 64 * 1024;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Build and measure this page alone; may be given more than once
    #[arg(long)]
    only: Vec<Page>,
    /// Fail if a page is over its bound
    #[arg(long)]
    check: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Page {
    /// The ward board
    Demo,
    /// `examples/embed`: the library in an application that is nearly nothing
    Embed,
    /// `examples/plain`: that page without the library
    Plain,
}

impl Page {
    fn name(self) -> &'static str {
        match self {
            Self::Demo => "demo",
            Self::Embed => "embed",
            Self::Plain => "plain",
        }
    }

    fn directory(self) -> &'static str {
        match self {
            Self::Demo => ".",
            Self::Embed => "examples/embed",
            Self::Plain => "examples/plain",
        }
    }

    /// The profiles that it is built by. The demo's is in its `index.html`.
    fn profiles(self) -> &'static [&'static str] {
        match self {
            Self::Demo => &["small"],
            Self::Embed | Self::Plain => &["release", "small"],
        }
    }

    /// What all files together may take, in bytes by brotli.
    fn bound(self, profile: &str) -> Option<u64> {
        match (self, profile) {
            (Self::Demo, "small") => Some(210_000),
            (Self::Embed, "release") => Some(160_000),
            (Self::Embed, "small") => Some(135_000),
            _ => None,
        }
    }
}

/// One page, built by one profile.
struct Build {
    page: Page,
    profile: &'static str,
    files: Vec<Size>,
}

pub(crate) fn run(options: &Options, toolbox: &mut Toolbox<'_>) -> Result<()> {
    toolbox.ensure(&[Need::WasmTarget, Need::WasmBindgen, Need::Trunk, Need::WasmOpt])?;
    let pages = Page::value_variants().iter().copied();
    let mut builds = Vec::new();
    for page in pages.filter(|page| options.only.is_empty() || options.only.contains(page)) {
        for profile in page.profiles() {
            let files = measure(&build(page, profile, toolbox)?)?;
            println!("{}", table(&format!("{}, {profile}", page.name()), &files));
            builds.push(Build { page, profile, files });
        }
    }
    println!("{}", summary(&builds));
    let over: Vec<_> = builds.iter().filter_map(excess).collect();
    ensure!(!options.check || over.is_empty(), "{}", over.join("; "));
    Ok(())
}

/// Where the page is afterwards.
fn build(page: Page, profile: &str, toolbox: &Toolbox<'_>) -> Result<PathBuf> {
    println!("==> building {} with the profile `{profile}`", page.name());
    let dist = toolbox.workspace.target.join("size").join(profile).join(page.name());
    remove_dir(&dist)?;
    let mut build = toolbox.trunk("build");
    build
        .args(["--release", "--cargo-profile", profile, "--dist"])
        .arg(&dist)
        .current_dir(toolbox.workspace.root.join(page.directory()));
    toolbox.run(&mut build)?;
    Ok(dist)
}

/// A file and its sizes in bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Size {
    file: String,
    pub(crate) raw: u64,
    pub(crate) brotli: u64,
}

/// The sizes of all files below a directory.
pub(crate) fn measure(dist: &Path) -> Result<Vec<Size>> {
    files(dist)?
        .into_iter()
        .map(|path| {
            let bytes =
                fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let file = path.strip_prefix(dist).unwrap_or(&path).display().to_string();
            Ok(Size { file, raw: bytes.len() as u64, brotli: compressed(&bytes)? })
        })
        .collect()
}

/// All files below a directory, sorted.
fn files(dir: &Path) -> Result<Vec<PathBuf>> {
    let read =
        || -> io::Result<Vec<_>> { fs::read_dir(dir)?.map(|entry| Ok(entry?.path())).collect() };
    let mut entries = read().with_context(|| format!("cannot list {}", dir.display()))?;
    entries.sort();
    let mut found = Vec::new();
    for entry in entries {
        if entry.is_dir() { found.extend(files(&entry)?) } else { found.push(entry) }
    }
    Ok(found)
}

fn compressed(bytes: &[u8]) -> io::Result<u64> {
    let mut writer = brotli::CompressorWriter::new(Count(0), BUFFER, QUALITY, WINDOW);
    writer.write_all(bytes)?;
    Ok(writer.into_inner().0)
}

/// Counts what is written to it.
struct Count(u64);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn table(title: &str, sizes: &[Size]) -> String {
    let line = |name: &str, raw: &str, brotli: &str| format!("{name:48} {raw:>10} {brotli:>10}\n");
    let number = |bytes: u64| bytes.to_string();
    let mut text = format!("\n{}", line(title, "bytes", "brotli 11"));
    for Size { file, raw, brotli } in sizes {
        text += &line(file, &number(*raw), &number(*brotli));
    }
    let sum = |of: fn(&Size) -> u64| number(sizes.iter().map(of).sum());
    text + &line("total", &sum(|size| size.raw), &sum(|size| size.brotli))
}

/// What the files of one kind, or all, take together.
fn brotli(files: &[Size], kind: Option<&str>) -> u64 {
    let counts = |file: &&Size| kind.is_none_or(|kind| file.file.ends_with(kind));
    files.iter().filter(counts).map(|size| size.brotli).sum()
}

/// By how much a build is over its bound, in words.
fn excess(build: &Build) -> Option<String> {
    let bound = build.page.bound(build.profile)?;
    let over = brotli(&build.files, None).checked_sub(bound).filter(|over| *over > 0)?;
    Some(format!("{} is {over} bytes over {bound} with `{}`", build.page.name(), build.profile))
}

/// A line for each build, and what of `embed` is the library's.
fn summary(builds: &[Build]) -> String {
    let line = |cells: [String; 6]| {
        let [name, wasm, js, rest, total, bound] = cells;
        format!("{name:24} {wasm:>9} {js:>11} {rest:>9} {total:>9} {bound:>18}\n")
    };
    let titles = ["brotli 11", "wasm", "JavaScript", "rest", "total", "to the bound"];
    let mut text = line(titles.map(str::to_owned));
    for Build { page, profile, files } in builds {
        let (wasm, js) = (brotli(files, Some(".wasm")), brotli(files, Some(".js")));
        let total = brotli(files, None);
        let rest = total - wasm - js;
        let bound = page.bound(profile).map_or_else(
            || "-".to_owned(),
            |bound| format!("{:+} of {bound}", i128::from(bound) - i128::from(total)),
        );
        let sizes = [wasm, js, rest, total].map(|bytes| bytes.to_string());
        let [wasm, js, rest, total] = sizes;
        text += &line([format!("{}, {profile}", page.name()), wasm, js, rest, total, bound]);
    }
    let share = |profile: &str, bytes: i128| {
        format!("the library's own share, {profile}: {bytes} (embed without what plain takes)\n")
    };
    for profile in ["release", "small"] {
        let find = |page| builds.iter().find(|it| it.page == page && it.profile == profile);
        if let (Some(embed), Some(plain)) = (find(Page::Embed), find(Page::Plain)) {
            let (all, without) = (brotli(&embed.files, None), brotli(&plain.files, None));
            text += &share(profile, i128::from(all) - i128::from(without));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_files_are_measured_and_the_stream_is_complete() -> Result<()> {
        let dir = std::env::temp_dir().join(format!("xtask-size-{}", std::process::id()));
        fs::create_dir_all(dir.join("sub"))?;
        fs::write(dir.join("b.js"), "x".repeat(10_000))?;
        fs::write(dir.join("sub/a.css"), "")?;
        let sizes = measure(&dir)?;
        fs::remove_dir_all(&dir)?;
        let names: Vec<_> = sizes.iter().map(|size| (size.file.as_str(), size.raw)).collect();
        assert_eq!(names, [("b.js", 10_000), ("sub/a.css", 0)]);
        assert!((1..100).contains(&sizes[0].brotli), "{sizes:?}");
        assert!(sizes[1].brotli > 0, "even an empty stream has an end");
        Ok(())
    }

    #[test]
    fn the_total_is_the_sum() {
        let size = |file: &str, raw, brotli| Size { file: file.into(), raw, brotli };
        let text = table("demo", &[size("a", 1_000, 10), size("b", 234, 5)]);
        let words: Vec<_> = text.lines().last().unwrap_or_default().split_whitespace().collect();
        assert_eq!(words, ["total", "1234", "15"]);
    }

    fn built(page: Page, profile: &'static str, wasm: u64) -> Build {
        let size = |file: &str, brotli| Size { file: file.into(), raw: 0, brotli };
        Build { page, profile, files: vec![size("a_bg.wasm", wasm), size("a.js", 7), size("b", 5)] }
    }

    #[test]
    fn a_page_over_its_bound_is_named_and_one_at_it_is_not() {
        let words = excess(&built(Page::Embed, "small", 134_989)).unwrap_or_default();
        assert_eq!(words, "embed is 1 bytes over 135000 with `small`");
        assert_eq!(excess(&built(Page::Embed, "small", 134_988)), None);
        assert_eq!(excess(&built(Page::Plain, "release", 1_000_000)), None, "it has no bound");
    }

    #[test]
    fn the_summary_tells_the_kinds_of_files_apart_and_the_share_of_the_library() {
        let text = summary(&[
            built(Page::Embed, "release", 150_000),
            built(Page::Plain, "release", 50_000),
        ]);
        let lines: Vec<Vec<_>> =
            text.lines().map(|line| line.split_whitespace().collect()).collect();
        let embed = ["embed,", "release", "150000", "7", "5", "150012", "+9988", "of", "160000"];
        assert_eq!(lines[1], embed);
        assert_eq!(lines[2], ["plain,", "release", "50000", "7", "5", "50012", "-"]);
        assert!(text.contains("share, release: 100000"), "{text}");
    }
}
