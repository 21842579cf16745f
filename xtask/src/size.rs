//! `cargo xtask size`: what a visitor downloads.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::tools::{Need, Toolbox};
use crate::workspace::remove_dir;

/// The highest there is: what a web server would send that compresses once, ahead of time.
const QUALITY: u32 = 11;
/// The usual window, which all browsers take.
const WINDOW: u32 = 22;
const BUFFER: usize = 64 * 1024;

pub(crate) fn run(toolbox: &mut Toolbox<'_>) -> Result<()> {
    toolbox.ensure(&[Need::WasmTarget, Need::WasmBindgen, Need::Trunk, Need::WasmOpt])?;
    for (name, what, dir) in
        [("demo", "the demo", "."), ("embed", "the embedding example", "examples/embed")]
    {
        println!("==> building {what} for release");
        let dist = toolbox.workspace.target.join("size").join(name);
        remove_dir(&dist)?;
        let mut build = toolbox.trunk("build");
        build
            .arg("--release")
            .arg("--dist")
            .arg(&dist)
            .current_dir(toolbox.workspace.root.join(dir));
        toolbox.run(&mut build)?;
        println!("{}", table(what, &measure(&dist)?));
    }
    Ok(())
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
}
