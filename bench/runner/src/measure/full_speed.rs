//! As fast as the page takes them.

use anyhow::{Context as _, Result};

use super::Ready;
use crate::contender::Contender;
use crate::load::Scenario;
use crate::page::Fed;
use crate::results::Run;
use crate::server::{Pace, Server};

/// Sends a page events as fast as it takes them.
pub async fn full_speed(
    server: &mut Server,
    round: usize,
    contender: Contender,
    scenario: Scenario,
) -> Result<Run> {
    let ready = Ready::new(server, contender, scenario, false).await?;
    let Fed { page, .. } = &ready.fed;
    let before = page.metrics().await?;
    let sent = ready.fed.work(&ready.measured, Pace::Full, ready.target).await?;
    let after = page.metrics().await?;
    let last: f64 = page.read("bench.takeShown().at(-1)[1]").await?;
    let first = sent.first().context("nothing was sent")?;
    let connected_after_ms = page.read("bench.connectedAfter()").await?;
    ready.close().await?;
    let events = f64::from(u32::try_from(scenario.events)?);
    Ok(Run {
        round,
        contender,
        per_frame: scenario.per_frame,
        entities: scenario.entities,
        events: scenario.events,
        task_micros: (after.task_seconds - before.task_seconds) * 1e6 / events,
        events_per_second: events * 1e3 / (last - first),
        connected_after_ms,
    })
}
