//! How events are processed: by type, and all together.

use std::sync::Arc;
use std::time::Duration;

use super::histogram::{Histogram, LatencyBar, LatencySummary, Value};
use super::metrics::PerformanceMetrics;

/// How events are processed.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct EventProcessingStats {
    /// From the receipt of an event to the commit that shows it, all types together.
    pub processing: LatencySummary,
    /// From the server's timestamp to the commit, all types together. Only of events that happened while this connection
    /// was open, and only once the server's clock is known: after the first answer to a ping.
    pub delivery: LatencySummary,
    /// How `processing` is distributed.
    pub processing_bars: Vec<LatencyBar>,
    /// By event type, in the order in which they were first seen, and in the end all others together as `$others`.
    pub by_type: Vec<EventTypeStats>,
    /// Folding a batch into the slices.
    pub commit: LatencySummary,
    /// Events of one commit.
    pub batch: BatchSummary,
    /// Tasks that kept the page busy for over 50 ms, whoever ran them, where the browser tells.
    pub long_tasks: LatencySummary,
    /// The counters, among them the drops by reason.
    pub counters: PerformanceMetrics,
}

/// How events of one type are processed.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct EventTypeStats {
    /// The type, or [`OTHERS`](Self::OTHERS).
    pub event_type: Arc<str>,
    /// From the receipt to the commit.
    pub processing: LatencySummary,
    /// From the server's timestamp to the commit.
    pub delivery: LatencySummary,
}

impl EventTypeStats {
    /// Stands for all types beyond [`MonitorConfig::max_event_types`](crate::config::MonitorConfig). No type of an event
    /// begins with `$`.
    pub const OTHERS: &str = "$others";
}

/// How many events commits have, of those that have any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct BatchSummary {
    /// Commits with events.
    pub commits: u64,
    /// The median.
    pub p50: u64,
    /// The 95th percentile.
    pub p95: u64,
    /// The largest.
    pub max: u64,
}

/// Measures. It is bounded: a type takes 6 KiB, and there are only so many.
#[derive(Debug)]
pub(super) struct Stats {
    max_types: usize,
    types: Vec<TypeStats>,
    /// The type that was last looked up: events of a type often come in a row.
    last: usize,
    commit: Histogram,
    batch: Histogram,
    long_tasks: Histogram,
}

#[derive(Debug)]
struct TypeStats {
    event_type: Arc<str>,
    processing: Histogram,
    delivery: Histogram,
}

impl Stats {
    pub(super) fn new(max_types: usize) -> Self {
        let (commit, batch, long_tasks) = Default::default();
        Self { max_types, types: Vec::new(), last: 0, commit, batch, long_tasks }
    }

    pub(super) fn event(
        &mut self,
        event_type: &Arc<str>,
        processing: Value,
        delivery: Option<Value>,
    ) {
        let of_type = self.of_type(event_type);
        of_type.processing.record(processing);
        if let Some(delivery) = delivery {
            of_type.delivery.record(delivery);
        }
    }

    /// What an application measured under a name of its own.
    pub(super) fn named(&mut self, name: &str, latency: Value) {
        let known = self.types.iter().position(|of| *of.event_type == *name);
        let index = known.unwrap_or_else(|| self.add(&name.into()));
        self.types[index].processing.record(latency);
    }

    pub(super) fn committed(&mut self, took: Value, events: u64) {
        self.commit.record(took);
        if events > 0 {
            self.batch.record(Value::new(events));
        }
    }

    pub(super) fn long_task(&mut self, duration: Duration) {
        self.long_tasks.record(Value::latency(duration));
    }

    /// Nothing is hashed and nothing allocated, unless the type is new.
    fn of_type(&mut self, event_type: &Arc<str>) -> &mut TypeStats {
        let is = |of: &TypeStats| {
            Arc::ptr_eq(&of.event_type, event_type) || *of.event_type == **event_type
        };
        if !self.types.get(self.last).is_some_and(is) {
            let known = self.types.iter().position(is);
            self.last = known.unwrap_or_else(|| self.add(event_type));
        }
        &mut self.types[self.last]
    }

    /// Where a new type is measured.
    fn add(&mut self, event_type: &Arc<str>) -> usize {
        let is_full = self.types.len() >= self.max_types;
        if self.types.len() <= self.max_types {
            let event_type =
                if is_full { EventTypeStats::OTHERS.into() } else { event_type.clone() };
            let (processing, delivery) = Default::default();
            self.types.push(TypeStats { event_type, processing, delivery });
        }
        self.types.len() - 1
    }

    pub(super) fn report(&self, counters: &PerformanceMetrics) -> EventProcessingStats {
        let (mut processing, mut delivery) = (Histogram::default(), Histogram::default());
        for of in &self.types {
            processing.add(&of.processing);
            delivery.add(&of.delivery);
        }
        let of_type = |of: &TypeStats| EventTypeStats {
            event_type: of.event_type.clone(),
            processing: of.processing.latencies(),
            delivery: of.delivery.latencies(),
        };
        EventProcessingStats {
            processing: processing.latencies(),
            delivery: delivery.latencies(),
            processing_bars: processing.bars(),
            by_type: self.types.iter().map(of_type).collect(),
            commit: self.commit.latencies(),
            batch: BatchSummary {
                commits: self.batch.count(),
                p50: self.batch.percentile(50).unwrap_or_default(),
                p95: self.batch.percentile(95).unwrap_or_default(),
                max: self.batch.max(),
            },
            long_tasks: self.long_tasks.latencies(),
            counters: counters.clone(),
        }
    }
}
