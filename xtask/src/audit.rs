//! `cargo xtask audit verify`: whether an exported audit log is what was recorded.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use yewdux_socket_core::audit::{AuditReport, StoredHead, verify};

/// What to do with an audit log
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Verify an export: that no entry was altered, taken out, moved or cut off
    Verify(Verify),
}

#[derive(Debug, Args)]
struct Verify {
    /// The exported file, JSON Lines
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The head that the server has stored of this chain, as SEQUENCE:HASH: without it an end that was cut off together
    /// with the head in the file goes unnoticed
    #[arg(long, value_name = "SEQUENCE:HASH")]
    head: Option<StoredHead>,
    /// Fail if entries are missing, even those that the log itself says are gone from memory or lost
    #[arg(long)]
    complete: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let Command::Verify(options) = &options.command;
    println!("{}", check(&options.file, options.head, options.complete)?);
    Ok(())
}

fn check(file: &Path, head: Option<StoredHead>, complete: bool) -> Result<String> {
    let name = file.display();
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {name}"))?;
    let report = verify(&text, head).with_context(|| format!("{name} is not intact"))?;
    if complete && report.missing > 0 {
        bail!(
            "{name} is not complete: {} entries are missing, which the log declares",
            report.missing
        );
    }
    Ok(describe(&report, head.is_some()))
}

fn describe(report: &AuditReport, was_given: bool) -> String {
    let AuditReport { chain, first, last, missing, anchored, .. } = report;
    let gone = match missing {
        0 => String::new(),
        _ => format!(", {missing} declared missing"),
    };
    let head = match anchored {
        0 => "no head vouches for it".to_owned(),
        _ if was_given => format!("the given head vouches for it up to entry {anchored}"),
        _ => format!(
            "its own head is at entry {anchored}, with a signature that only the server can check: compare it with --head"
        ),
    };
    format!("intact: chain {chain}, entries {first} to {}{gone}; {head}", last.sequence)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An export of four entries, the third of which is the head's, as a test of the core holds it against the code.
    const EXPORT: &str = include_str!("../../core/src/audit/tests/export.jsonl");

    fn file(name: &str, text: &str) -> Result<PathBuf> {
        let path = std::env::temp_dir().join(format!("xtask-audit-{}-{name}", std::process::id()));
        fs::write(&path, text)?;
        Ok(path)
    }

    /// What is printed, or why it fails.
    fn outcome(name: &str, text: &str, head: Option<&str>, complete: bool) -> Result<String> {
        let path = file(name, text)?;
        let head = head.map(str::parse).transpose()?;
        let outcome = check(&path, head, complete);
        fs::remove_file(&path)?;
        Ok(outcome.unwrap_or_else(|error| format!("{error:#}")))
    }

    #[test]
    fn an_export_is_intact_and_an_altered_one_is_not() -> Result<()> {
        let intact = outcome("a", EXPORT, None, true)?;
        assert!(intact.starts_with("intact: chain "), "{intact}");
        assert!(
            intact
                .contains("entries 1 to 4; its own head is at entry 3, with a signature that only"),
            "{intact}"
        );
        let altered = outcome("b", &EXPORT.replacen("north", "south", 1), None, false)?;
        assert!(
            altered.ends_with("line 2: the entry was altered: its hash is another one"),
            "{altered}"
        );
        Ok(())
    }

    #[test]
    fn the_stored_head_shows_that_the_end_is_missing() -> Result<()> {
        let lines: Vec<_> = EXPORT.lines().collect();
        let last: serde_json::Value = serde_json::from_str(lines[3])?;
        let hash = last["hash"].as_str().context("an entry has a hash")?;
        let stored = format!("4:{hash}");
        let whole = outcome("c", EXPORT, Some(&stored), false)?;
        assert!(whole.ends_with("up to entry 4"), "{whole}");
        let cut = format!("{}\n", lines[..2].join("\n"));
        assert!(outcome("d", &cut, None, false)?.ends_with("no head vouches for it"));
        let cut = outcome("e", &cut, Some(&stored), false)?;
        assert!(cut.ends_with("the head is of entry 4: it was cut off"), "{cut}");
        Ok(())
    }

    #[test]
    fn what_the_log_declares_missing_is_said_and_refused_on_demand() -> Result<()> {
        let report = verify(EXPORT, None)?;
        let shortened = AuditReport { first: 3, missing: 2, anchored: 0, ..report };
        assert!(
            describe(&shortened, false).contains("entries 3 to 4, 2 declared missing; no head")
        );
        Ok(())
    }

    #[test]
    fn a_file_that_is_not_there_is_an_error() {
        assert!(check(Path::new("/nonexistent/for/sure"), None, false).is_err());
    }
}
