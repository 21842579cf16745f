//! `cargo xtask simulate`: the simulation of `core/tests/simulation` at length.

use anyhow::Result;
use clap::Args;

use crate::process::show;
use crate::tools::Toolbox;

/// What to simulate
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// How many schedules
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..))]
    schedules: u64,
    /// The seed of the first schedule; the others follow
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u64,
}

pub(crate) fn run(options: &Options, toolbox: &mut Toolbox<'_>) -> Result<()> {
    let mut command = toolbox.cargo();
    command
        .args(["test", "--release", "--package=yewdux-socket-core", "--test=simulation", "--"])
        .args(["--exact", "guarantees_hold_under_random_schedules", "--nocapture"])
        .env("SIMULATION_SCHEDULES", options.schedules.to_string())
        .env("SIMULATION_SEED", options.seed.to_string());
    println!("    {}", show(&command));
    toolbox.run(&mut command)
}
