//! One page for long: the reference server publishes events, the connection breaks again and again, and in between the
//! page is looked at.

mod look;
mod session;
mod table;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Args;
use tokio::time::Instant;

pub use self::look::Look;

use self::session::Session;

/// The page leaves a result after so many events, or after half of those that come.
const EVENTS: u64 = 1_000;
/// Between two looks at the page.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// Between two measurements of the latency.
const PROBE_EVERY: Duration = Duration::from_secs(1);

/// How long, and how hard
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// For how long the page is kept busy
    #[arg(long, value_name = "N")]
    minutes: u64,
    /// Events a second
    #[arg(long, value_name = "N")]
    rate: u64,
    /// Seconds between two breaks of the connection
    #[arg(long, value_name = "N")]
    cut_every: u64,
    /// Where the report goes
    #[arg(long, value_name = "DIRECTORY")]
    out: PathBuf,
}

/// Keeps a page busy, and says what became of it.
pub async fn run(options: &Options) -> Result<()> {
    let expected = options.minutes * 60 * options.rate;
    let session = Session::open(EVENTS.min(expected / 2)).await?;
    let ended = Instant::now() + Duration::from_secs(60 * options.minutes);
    let looks = tokio::select! {
        looks = watch(&session, ended) => looks?,
        failed = session.publish(options.rate) => { failed?; Vec::new() }
        failed = session.cut(Duration::from_secs(options.cut_every)) => { failed?; Vec::new() }
    };
    // Whatever comes now, it was measured.
    report(&looks, options)?;
    // Nothing breaks any more, and the page is still up to date.
    session.probe(u64::MAX).await?;
    session.close().await
}

/// Prints and writes what the looks say.
fn report(looks: &[Look], options: &Options) -> Result<()> {
    let table = table::markdown(looks, options.rate)?;
    tell(&format!("\n{table}"));
    fs::create_dir_all(&options.out)?;
    for (name, text) in
        [("soak.json", serde_json::to_string_pretty(looks)? + "\n"), ("soak.md", table)]
    {
        let path = options.out.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    tell(&format!("==> written: soak.json and soak.md in {}", options.out.display()));
    Ok(())
}

/// Measures latencies and looks at the page until the end.
async fn watch(session: &Session, ended: Instant) -> Result<Vec<Look>> {
    let started = Instant::now();
    let mut looks = Vec::new();
    let (mut latencies, mut next) = (Vec::new(), started + LOOK_EVERY);
    for number in 0_u64.. {
        let probed = Instant::now();
        latencies.push(session.probe(number).await?);
        if Instant::now() >= next {
            let seconds = started.elapsed().as_secs();
            let look = session.look(seconds, std::mem::take(&mut latencies)).await?;
            tell(&format!("    {}", table::line(&look)));
            looks.push(look);
            next += LOOK_EVERY;
        }
        if Instant::now() >= ended {
            break;
        }
        tokio::time::sleep_until(probed + PROBE_EVERY).await;
    }
    Ok(looks)
}

#[expect(clippy::print_stdout, reason = "whoever runs it is to read it")]
fn tell(line: &str) {
    println!("{line}");
}
