//! How events are processed: by type, and all together.

use std::sync::Arc;
use std::time::Duration;

use super::histogram::{Histogram, LatencyBar, LatencySummary, Value};
use super::metrics::PerformanceMetrics;
use crate::id::MAX_ID_BYTES;

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
    /// By event type, in the order in which they were first seen, and in the end all others together as
    /// [`EventTypeStats::OTHERS`].
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
    /// begins with `$`; what an application measures under this name counts with these.
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
    /// All for which there is no room, once there are any.
    others: Option<TypeStats>,
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

impl TypeStats {
    fn new(event_type: Arc<str>) -> Self {
        let (processing, delivery) = Default::default();
        Self { event_type, processing, delivery }
    }
}

impl Stats {
    pub(super) fn new(max_types: usize) -> Self {
        let (commit, batch, long_tasks) = Default::default();
        Self { max_types, types: Vec::new(), others: None, last: 0, commit, batch, long_tasks }
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

    /// What an application measured under a name of its own, which is cut if it is longer than an id.
    pub(super) fn named(&mut self, name: &str, latency: Value) {
        let name = &name[..name.floor_char_boundary(MAX_ID_BYTES)];
        let known = self.types.iter().position(|of| *of.event_type == *name);
        let of = match known.or_else(|| self.add(&name.into())) {
            Some(index) => &mut self.types[index],
            None => self.others(),
        };
        of.processing.record(latency);
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
            match self.types.iter().position(is).or_else(|| self.add(event_type)) {
                Some(index) => self.last = index,
                None => return self.others(),
            }
        }
        &mut self.types[self.last]
    }

    /// Where a new type is measured, if it has a place of its own.
    fn add(&mut self, event_type: &Arc<str>) -> Option<usize> {
        if self.types.len() >= self.max_types || **event_type == *EventTypeStats::OTHERS {
            return None;
        }
        self.types.push(TypeStats::new(event_type.clone()));
        Some(self.types.len() - 1)
    }

    fn others(&mut self) -> &mut TypeStats {
        self.others.get_or_insert_with(|| TypeStats::new(EventTypeStats::OTHERS.into()))
    }

    pub(super) fn report(&self, counters: &PerformanceMetrics) -> EventProcessingStats {
        let (mut processing, mut delivery) = (Histogram::default(), Histogram::default());
        let types = || self.types.iter().chain(&self.others);
        for of in types() {
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
            by_type: types().map(of_type).collect(),
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
