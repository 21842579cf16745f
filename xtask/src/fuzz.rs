//! `cargo xtask fuzz`: the targets in `fuzz/`, given whatever libFuzzer comes up with; and frames that are damaged at
//! random, sent through a whole client.

use std::process::Command;

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};

use crate::process::show;
use crate::tools::{Need, Toolbox};

/// Bytes of an input at most; the committed ones are no larger.
const MAX_INPUT: &str = "-max_len=4000";
/// Seconds after which an input counts as a hang.
const TIMEOUT: &str = "-timeout=10";
/// MiB after which a target counts as one that takes too much.
const MEMORY: &str = "-rss_limit_mb=2048";

/// What to fuzz, and for how long
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// How long to fuzz each target
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    minutes: u64,
    /// Fuzz this target only
    #[arg(long, value_name = "TARGET")]
    target: Option<Target>,
    /// Send so many damaged frames through a whole client instead, a million say; this needs nothing but Rust
    #[arg(long, value_name = "N", conflicts_with_all = ["minutes", "target"], value_parser = clap::value_parser!(u64).range(1..))]
    frames: Option<u64>,
    /// The seed of the damage; the sessions after the first follow from it
    #[arg(long, value_name = "SEED", default_value_t = 0, requires = "frames")]
    seed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Target {
    /// Any bytes as a frame
    Wire,
    /// A client, through sequences of inputs
    Client,
    /// Frames that a client writes, through the server
    Server,
}

impl Target {
    fn name(self) -> &'static str {
        match self {
            Self::Wire => "wire",
            Self::Client => "client",
            Self::Server => "server",
        }
    }
}

pub(crate) fn run(options: &Options, toolbox: &mut Toolbox<'_>) -> Result<()> {
    if let Some(frames) = options.frames {
        let mut command = damaged_frames(toolbox, frames, options.seed);
        println!("    {}", show(&command));
        return toolbox.run(&mut command);
    }
    toolbox.ensure(&[Need::Fuzzer])?;
    let nightly = toolbox.nightly();
    match &nightly {
        Some(toolchain) => println!("==> with AddressSanitizer, by the toolchain {toolchain}"),
        None => println!(
            "==> without AddressSanitizer, which needs a nightly toolchain (`rustup toolchain install nightly`); panics, \
             broken guarantees, hangs and excessive memory are found all the same"
        ),
    }
    for target in Target::value_variants() {
        if options.target.is_none_or(|only| only == *target) {
            println!("==> fuzzing {} for {} min", target.name(), options.minutes);
            let mut command = fuzz(toolbox, nightly.as_deref(), *target, options.minutes)?;
            println!("    {}", show(&command));
            toolbox.run(&mut command).with_context(|| {
                format!(
                    "look above for what was found in {}, and for how to run it again",
                    target.name()
                )
            })?;
        }
    }
    println!("==> nothing was found; what was interesting is in {}", corpora(toolbox).display());
    Ok(())
}

fn damaged_frames(toolbox: &Toolbox<'_>, frames: u64, seed: u64) -> Command {
    let mut command = toolbox.cargo();
    command
        .args(["test", "--release", "--package=yewdux-socket-fuzz", "--test=mutations", "--"])
        .args(["--exact", "after_damaged_frames_the_client_is_connected_and_usable", "--nocapture"])
        .env("MUTATED_FRAMES", frames.to_string())
        .env("MUTATION_SEED", seed.to_string());
    command
}

fn fuzz(
    toolbox: &Toolbox<'_>,
    nightly: Option<&str>,
    target: Target,
    minutes: u64,
) -> Result<Command> {
    let name = target.name();
    // What libFuzzer writes goes into the first directory; the committed inputs are only read.
    let found = corpora(toolbox).join(name);
    std::fs::create_dir_all(&found).with_context(|| format!("cannot make {}", found.display()))?;
    let mut command = if let Some(toolchain) = nightly {
        let mut command = toolbox.command("rustup");
        command.args(["run", toolchain, "cargo", "fuzz", "run"]);
        command
    } else {
        let mut command = toolbox.cargo();
        command.args(["fuzz", "run", "--sanitizer=none"]);
        command
    };
    command
        // Both builds go their own way, and neither that of the workspace.
        .arg("--target-dir")
        .arg(toolbox.workspace.target.join("fuzz").join(nightly.unwrap_or("stable")))
        .args([name])
        .arg(found)
        .arg(format!("fuzz/corpus/{name}"))
        .args(["--", "-dict=fuzz/dictionary", MAX_INPUT, TIMEOUT, MEMORY])
        .arg(format!("-max_total_time={}", minutes * 60));
    Ok(command)
}

fn corpora(toolbox: &Toolbox<'_>) -> std::path::PathBuf {
    toolbox.workspace.target.join("fuzz").join("corpus")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::Supervisor;
    use crate::workspace::Workspace;

    #[test]
    fn each_target_has_a_harness_and_a_corpus() -> Result<()> {
        let root = Workspace::locate()?.root;
        for target in Target::value_variants() {
            let name = target.name();
            assert!(root.join("fuzz/fuzz_targets").join(name).with_extension("rs").is_file());
            assert!(root.join("fuzz/corpus").join(name).is_dir());
        }
        Ok(())
    }

    #[test]
    fn without_nightly_there_is_no_sanitizer() -> Result<()> {
        let (supervisor, workspace) = (Supervisor::new()?, Workspace::locate()?);
        let toolbox = Toolbox::new(&workspace, &supervisor);
        let stable = show(&fuzz(&toolbox, None, Target::Wire, 2)?);
        assert!(stable.starts_with("cargo fuzz run --sanitizer=none "), "{stable}");
        assert!(stable.ends_with(" -max_total_time=120"), "{stable}");
        let nightly = show(&fuzz(&toolbox, Some("nightly"), Target::Wire, 2)?);
        assert!(
            nightly.starts_with("rustup run nightly cargo fuzz run --target-dir "),
            "{nightly}"
        );
        Ok(())
    }
}
