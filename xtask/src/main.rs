//! The project's own commands, so that a clone needs nothing but Rust:
//!
//! - `cargo xtask serve` shows the demo with its server,
//! - `cargo xtask test` runs every check and every test,
//! - `cargo xtask faults` runs the tests of faults as often as it takes to believe them,
//! - `cargo xtask fuzz` looks for inputs that wire, client or server cannot bear,
//! - `cargo xtask simulate` runs the client's core through random schedules of faults,
//! - `cargo xtask schema` writes JSON Schema of every message and event,
//! - `cargo xtask bench` measures the library beside its peers in a real browser,
//! - `cargo xtask soak` keeps a page busy for as long as you like, and says what became of it,
//! - `cargo xtask size` says what a visitor downloads,
//! - `cargo xtask audit verify` says whether an exported audit log is what was recorded.
//!
//! Each installs the tools that it needs and that the machine lacks, and says so. This file is the command line only.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "talking to the person at the terminal is its purpose"
)]

mod audit;
mod bench;
mod end_to_end;
mod faults;
mod fuzz;
mod http;
mod process;
mod report;
mod schema;
mod serve;
mod simulate;
mod size;
mod soak;
mod steps;
mod test;
mod tools;
mod version;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::process::{Interrupted, Supervisor};
use crate::tools::Toolbox;
use crate::workspace::Workspace;

#[cfg(not(unix))]
compile_error!("xtask stops process groups by Unix signals; on Windows, use it inside WSL");

/// The project's own commands
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Cli {
    #[command(subcommand)]
    command: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Show the demo: the reference server and the page, rebuilt whenever a source file changes
    ///
    /// Installs what is missing, builds both, and prints `ready: <address>` once they answer.
    /// Ctrl-C stops everything.
    Serve(serve::Options),
    /// Run every check and every test, browser and end-to-end tests included
    ///
    /// Installs what is missing, runs the steps one after another, and stops at the first that fails.
    Test(test::Options),
    /// Run the tests of faults in their full form, and say what they measured
    ///
    /// `cargo xtask test` runs them too, a few times each. This takes about a quarter of an hour.
    Faults(faults::Options),
    /// Run the client's core, a network and a server on a virtual clock through random schedules of faults
    ///
    /// A schedule that violates a guarantee is shortened and printed, with the command that runs it again.
    Simulate(simulate::Options),
    /// Fuzz wire, client and server, or send damaged frames through a client
    ///
    /// Installs cargo-fuzz if it is missing. With a nightly toolchain it fuzzes under `AddressSanitizer`, on stable
    /// without. An input that is a finding is kept, and the command that runs it again is printed.
    Fuzz(fuzz::Options),
    /// Write JSON Schema of every message and event into `docs/schema`
    ///
    /// They are made from the types, for back ends in other languages. A test says when it is time.
    Schema,
    /// Measure the library beside its peers in a real browser: speed, latency, memory, size
    ///
    /// Builds everything for release, prints a table, and writes it with a plot and the raw results into `bench/`.
    /// All of it takes about half an hour on two cores, `--quick --rounds 1` a few minutes.
    Bench(bench::Options),
    /// Keep a page busy, with a connection that breaks, and say what became of memory, listeners, timers and latency
    Soak(soak::Options),
    /// Say what a visitor downloads, and how far that is from what it may be
    ///
    /// Builds the demo, the embedding example and the same page without the library, by the profiles `release` and
    /// `small`. This takes some minutes.
    Size(size::Options),
    /// Verify an exported audit log
    Audit(audit::Options),
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            match error.downcast_ref::<Interrupted>() {
                Some(interrupted) => interrupted.exit_code(),
                None => ExitCode::FAILURE,
            }
        }
    }
}

fn run(task: Task) -> anyhow::Result<()> {
    let supervisor = Supervisor::new()?;
    let workspace = Workspace::locate()?;
    let mut toolbox = Toolbox::new(&workspace, &supervisor);
    match task {
        Task::Serve(options) => serve::run(&options, &mut toolbox),
        Task::Test(options) => test::run(&options, &mut toolbox),
        Task::Faults(options) => faults::run(&options, &mut toolbox),
        Task::Simulate(options) => simulate::run(&options, &mut toolbox),
        Task::Fuzz(options) => fuzz::run(&options, &mut toolbox),
        Task::Schema => schema::run(&toolbox),
        Task::Bench(options) => bench::run(&options, &mut toolbox),
        Task::Soak(options) => soak::run(&options, &mut toolbox),
        Task::Size(options) => size::run(&options, &mut toolbox),
        Task::Audit(options) => audit::run(&options),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn serve_defaults_to_the_ports_that_the_page_knows() -> anyhow::Result<()> {
        let Task::Serve(options) = Cli::try_parse_from(["cargo xtask", "serve"])?.command else {
            anyhow::bail!("`serve` parsed as something else");
        };
        assert_eq!((options.port, options.server_port, options.release), (8080, 9000, false));
        Ok(())
    }

    #[test]
    fn port_zero_and_unknown_steps_are_refused() {
        assert!(Cli::try_parse_from(["cargo xtask", "serve", "--port", "0"]).is_err());
        assert!(Cli::try_parse_from(["cargo xtask", "test", "--only", "everything"]).is_err());
        assert!(
            Cli::try_parse_from(["cargo xtask", "test", "--only", "clippy-wasm", "--only", "e2e"])
                .is_ok()
        );
    }
}
