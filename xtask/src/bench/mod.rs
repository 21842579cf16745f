//! `cargo xtask bench`: the library beside its peers, measured in a real browser.

mod build;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use clap::Args;

pub(crate) use self::build::{OURS, build_runner, ours, pages, runner};
use crate::process::show;
use crate::tools::{BrowserName, Need, Toolbox};

/// What to measure
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Measure what is built already
    #[arg(long)]
    no_build: bool,
    /// Build only
    #[arg(long, conflicts_with = "no_build")]
    build_only: bool,
    /// Measure the page of this directory in the place of ours: one that is built with other settings, say
    #[arg(long, value_name = "DIRECTORY")]
    ours: Option<PathBuf>,
    /// Measure this page only, and the no-op one; repeat it for several
    #[arg(long, value_name = "PAGE", value_parser = ["noop", "json", "react", "react-each", "socketio", "ours"])]
    only: Vec<String>,
    /// Measure this kind of figure only; repeat it for several
    #[arg(long, value_name = "FIGURE", value_parser = ["speed", "steady", "memory"])]
    figure: Vec<String>,
    /// So many events in a frame only, of the figure `speed`
    #[arg(long, value_name = "N", value_parser = ["1", "64"])]
    per_frame: Vec<String>,
    /// So many entities in the state only; repeat it for several, of which the figures `steady` and `memory` take the first
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    entities: Vec<u32>,
    /// How often each is measured
    #[arg(long, value_name = "N", default_value_t = ROUNDS, value_parser = clap::value_parser!(u8).range(1..))]
    rounds: u8,
    /// Fewer events: for a first look
    #[arg(long)]
    quick: bool,
    /// Where the results go. Default: `bench`, or `target/bench/results` if not all is measured
    #[arg(long, value_name = "DIRECTORY")]
    out: Option<PathBuf>,
}

/// As many as the results in the repository are of.
const ROUNDS: u8 = 5;

impl Options {
    /// Whether less is measured than what the results in the repository are of, or something else.
    fn is_partial(&self) -> bool {
        let is_narrowed = !(self.only.is_empty()
            && self.figure.is_empty()
            && self.per_frame.is_empty()
            && self.entities.is_empty());
        is_narrowed || self.quick || self.rounds < ROUNDS || self.ours.is_some()
    }

    /// The same for the program that measures.
    fn to_arguments(&self) -> Vec<OsString> {
        let mut arguments = Vec::new();
        let mut add = |name: &str, value: String| arguments.extend([name.into(), value.into()]);
        self.only.iter().for_each(|page| add("--only", page.clone()));
        self.figure.iter().for_each(|figure| add("--figure", figure.clone()));
        self.per_frame.iter().for_each(|count| add("--per-frame", count.clone()));
        self.entities.iter().for_each(|count| add("--entities", count.to_string()));
        add("--rounds", self.rounds.to_string());
        if self.quick {
            arguments.push("--quick".into());
        }
        arguments
    }
}

/// What a bench and a soak cannot do without.
pub(crate) fn needs() -> Vec<Need> {
    vec![
        Need::WasmTarget,
        Need::WasmBindgen,
        Need::Trunk,
        Need::WasmOpt,
        Need::Node,
        BrowserName::Chromium.need(),
    ]
}

pub(crate) fn run(options: &Options, toolbox: &mut Toolbox<'_>) -> Result<()> {
    toolbox.ensure(&needs())?;
    if !options.no_build {
        build::all(toolbox)?;
    }
    if options.build_only {
        return Ok(());
    }
    let mut measure = runner(toolbox)?;
    let pages = match &options.ours {
        Some(ours) => build::with_ours(toolbox, ours)?,
        None => pages(toolbox),
    };
    let sizes = build::sizes(toolbox, &pages)?;
    measure.arg("measure").arg("--pages").arg(pages).arg("--sizes").arg(sizes);
    measure.arg("--out").arg(results(toolbox, options.out.as_deref(), options.is_partial()));
    measure.args(options.to_arguments());
    told(toolbox, &mut measure)
}

/// Where results go: where they are wanted or, if nobody said, into the repository, unless they are of a part only.
pub(crate) fn results(toolbox: &Toolbox<'_>, wanted: Option<&Path>, is_partial: bool) -> PathBuf {
    let workspace = toolbox.workspace;
    match wanted {
        Some(out) => workspace.root.join(out),
        None if is_partial => workspace.target.join("bench/results"),
        None => workspace.root.join("bench"),
    }
}

/// Runs a command that the person at the terminal is told of.
pub(crate) fn told(toolbox: &Toolbox<'_>, command: &mut Command) -> Result<()> {
    println!("    {}", show(command));
    toolbox.run(command)
}
