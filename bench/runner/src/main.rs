//! Measures the pages in a directory. `cargo xtask bench` builds them and says where they are.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "talking to the person at the terminal is its purpose"
)]

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use clap::Parser;
use yewdux_socket_bench::contender::Contender;
use yewdux_socket_bench::load::{Load, Scenario};
use yewdux_socket_bench::page::Page;
use yewdux_socket_bench::server::{Pace, Server};

/// Measures pages
#[derive(Debug, Parser)]
struct Options {
    /// Where the built pages are
    #[arg(long, value_name = "DIRECTORY")]
    pages: PathBuf,
    #[arg(long)]
    only: Vec<Contender>,
    #[arg(long, default_value_t = 1)]
    per_frame: usize,
    #[arg(long, default_value_t = 2_000)]
    entities: usize,
    #[arg(long, default_value_t = 20_000)]
    events: usize,
    #[arg(long, default_value_t = 1)]
    rounds: usize,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options) -> Result<()> {
    let mut server = Server::start(&options.pages).await?;
    for _ in 0..options.rounds {
        for &contender in &options.only {
            let scenario = Scenario {
                entities: options.entities,
                per_frame: options.per_frame,
                events: options.events,
            };
            let load = Load::new(scenario, contender.dialect());
            let (filled, done) = contender.targets(&load);
            let (fill, measured) = (Arc::new(load.fill), Arc::new(load.measured));
            let page = Page::open(&mut server, contender).await?;
            page.work(&fill, Pace::Full, filled).await?;
            page.collect_garbage().await?;
            tokio::time::sleep(Duration::from_millis(200)).await;
            page.read::<serde_json::Value>("bench.takeShown().length").await?;
            let before = page.metrics().await?;
            let sent = page.work(&measured, Pace::Full, done).await?;
            let after = page.metrics().await?;
            let last: f64 = page.read("bench.takeShown().at(-1)[1]").await?;
            if contender.has_state() {
                let checksum: u32 = page.read("bench.checksum()").await?;
                ensure!(checksum == load.checksum, "another state");
            }
            let events = measured.events as f64;
            println!(
                "{:30} {:8.2} us/event {:10.0} events/s connected after {} ms",
                contender.name(),
                (after.task_seconds - before.task_seconds) * 1e6 / events,
                events * 1e3 / (last - sent[0]),
                page.read::<f64>("bench.connectedAfter()").await?
            );
            page.close().await?;
        }
    }
    Ok(())
}
