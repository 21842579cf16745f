//! Measures the pages in a directory. `cargo xtask bench` builds them and says where they are.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "talking to the person at the terminal is its purpose"
)]

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Args, Parser, Subcommand};
use yewdux_socket_bench::contender::Contender;
use yewdux_socket_bench::measure::{full_speed, machine, memory, steady};
use yewdux_socket_bench::page::Fed;
use yewdux_socket_bench::plan::{Figure, Options};
use yewdux_socket_bench::report;
use yewdux_socket_bench::results::Results;
use yewdux_socket_bench::server::Server;
use yewdux_socket_bench::soak;

/// Measures pages in a real browser
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Measure ours beside its peers
    Measure(Measure),
    /// Keep ours busy for long
    Soak(soak::Options),
}

#[derive(Debug, Args)]
struct Measure {
    /// Where the built pages are
    #[arg(long, value_name = "DIRECTORY")]
    pages: PathBuf,
    /// A file with what a visitor downloads of each
    #[arg(long, value_name = "FILE")]
    sizes: Option<PathBuf>,
    /// Where the results go
    #[arg(long, value_name = "DIRECTORY")]
    out: PathBuf,
    #[command(flatten)]
    options: Options,
}

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Cli::parse().task {
        Task::Measure(options) => run(&options).await,
        Task::Soak(options) => soak::run(&options).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: &Measure) -> Result<()> {
    let mut server = Server::start(&cli.pages).await?;
    let mut results = Results { quick: cli.options.quick, ..Results::default() };
    if let Some(sizes) = &cli.sizes {
        let text = fs::read_to_string(sizes)
            .with_context(|| format!("cannot read {}", sizes.display()))?;
        results.sizes = serde_json::from_str(&text)?;
    }
    let fed = Fed::open(&mut server, Contender::Noop).await?;
    results.machine = machine(&fed.page);
    fed.page.close().await?;
    measure(&mut server, &cli.options, &mut results).await?;
    let table = report::markdown(&results)?;
    println!("\n{table}");
    let write = |name: &str, text: &str| {
        let path = cli.out.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    };
    fs::create_dir_all(&cli.out)?;
    write("results.json", &format!("{}\n", serde_json::to_string_pretty(&results)?))?;
    write("results.md", &table)?;
    write("plot.svg", &report::plot(&results)?)?;
    println!("==> written: results.json, results.md and plot.svg in {}", cli.out.display());
    Ok(())
}

/// Round after round, so that what slows the machine down for a while slows all down.
async fn measure(server: &mut Server, options: &Options, results: &mut Results) -> Result<()> {
    for round in 0..usize::from(options.rounds) {
        if options.wants(Figure::Speed) {
            for planned in options.speed(round) {
                let run = full_speed(server, round, planned.contender, planned.scenario).await?;
                println!(
                    "    round {round}: {:10} {:2} a frame, {:6} entities: {:9.2} µs an event, {:8.0} events/s",
                    run.contender.name(),
                    run.per_frame,
                    run.entities,
                    run.task_micros,
                    run.events_per_second
                );
                results.runs.push(run);
            }
        }
        if options.wants(Figure::Steady) {
            for (contender, entities, rate) in options.steady(round) {
                let found = steady(server, round, contender, entities, rate).await?;
                println!(
                    "    round {round}: {:10} at {:5} events/s: p50 {:.1}, p95 {:.1}, p99 {:.1} ms, longest task {:.1} ms",
                    found.contender.name(),
                    found.rate,
                    found.p50_ms,
                    found.p95_ms,
                    found.p99_ms,
                    found.longest_task_ms
                );
                results.steady.push(found);
            }
        }
    }
    if options.wants(Figure::Memory) {
        for planned in options.memory() {
            println!("    memory of {}", planned.contender.name());
            results.memory.extend(memory(server, planned.contender, planned.scenario).await?);
        }
    }
    Ok(())
}
