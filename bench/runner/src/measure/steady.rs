//! At a steady pace, as a server under a usual load sends them.

use std::time::Duration;

use anyhow::{Context as _, Result};

use super::Ready;
use crate::contender::Contender;
use crate::load::Scenario;
use crate::results::Steady;
use crate::server::{Pace, Server};
use crate::statistics::{latencies, percentile};

/// How fast events come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Events in a second.
    pub per_second: usize,
    /// Events in a frame.
    pub per_frame: usize,
    /// For so many seconds.
    pub seconds: usize,
}

impl Rate {
    fn pace(self) -> Result<Pace> {
        let (frame, second) = (u32::try_from(self.per_frame)?, u32::try_from(self.per_second)?);
        Ok(Pace::Every(Duration::from_secs(1) * frame / second))
    }

    fn scenario(self, entities: usize, seconds: usize) -> Scenario {
        let Self { per_second, per_frame, .. } = self;
        Scenario { entities, per_frame, warm_up: per_second, events: per_second * seconds }
    }
}

/// How long a trace is at most: it is large.
const TRACED: usize = 3;

/// Sends a page events at a pace: once for the latencies, once for a trace of its tasks.
pub async fn steady(
    server: &mut Server,
    round: usize,
    contender: Contender,
    entities: usize,
    rate: Rate,
) -> Result<Steady> {
    let ready = Ready::new(server, contender, rate.scenario(entities, rate.seconds), false).await?;
    let sent = ready.fed.work(&ready.measured, rate.pace()?, ready.target).await?;
    let shown: Vec<(usize, f64)> = ready.fed.page.read("bench.takeShown()").await?;
    let long: Vec<f64> = ready.fed.page.read("bench.takeLongTasks()").await?;
    let latencies = latencies(&sent, &ready.measured.applied, ready.before, &shown);
    ready.close().await?;

    let traced = rate.scenario(entities, rate.seconds.min(TRACED));
    let ready = Ready::new(server, contender, traced, true).await?;
    ready.fed.page.mark().await?;
    ready.fed.work(&ready.measured, rate.pace()?, ready.target).await?;
    let longest = ready.fed.page.longest_task().await?;
    ready.close().await?;

    let of = |percent| percentile(&latencies, percent).context("no event was seen");
    Ok(Steady {
        round,
        contender,
        rate: rate.per_second,
        per_frame: rate.per_frame,
        entities,
        p50_ms: of(50)?,
        p95_ms: of(95)?,
        p99_ms: of(99)?,
        longest_task_ms: long.iter().copied().fold(longest, f64::max),
        long_tasks: long.len(),
    })
}
