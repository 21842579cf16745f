//! `cargo xtask soak`: a page under load for as long as you like.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::bench;
use crate::tools::Toolbox;

/// How long
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// For how long the page is kept busy
    #[arg(long, value_name = "N", default_value_t = MINUTES, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    minutes: u64,
    /// Events a second
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    rate: u64,
    /// Seconds between two breaks of the connection
    #[arg(long, value_name = "N", default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..))]
    cut_every: u64,
    /// Where the results go. Default: `bench`, or `target/bench/results` if it is kept busy for less than ten minutes
    #[arg(long, value_name = "DIRECTORY")]
    out: Option<PathBuf>,
}

/// As long as the soak whose results are in the repository.
const MINUTES: u64 = 10;

pub(crate) fn run(options: &Options, toolbox: &mut Toolbox<'_>) -> Result<()> {
    toolbox.ensure(&bench::needs())?;
    println!("==> building our page for release");
    bench::ours(toolbox)?;
    bench::build_runner(toolbox)?;
    let mut soak = bench::runner(toolbox)?;
    soak.arg("soak").env("BENCH_DIST", bench::pages(toolbox).join(bench::OURS));
    soak.arg("--out").arg(bench::results(
        toolbox,
        options.out.as_deref(),
        options.minutes < MINUTES,
    ));
    soak.arg("--minutes").arg(options.minutes.to_string());
    soak.arg("--rate").arg(options.rate.to_string());
    soak.arg("--cut-every").arg(options.cut_every.to_string());
    bench::told(toolbox, &mut soak)
}
