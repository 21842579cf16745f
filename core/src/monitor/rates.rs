//! What happens in a second, and the seconds of the last minutes.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::histogram::{Histogram, Value, millis};
use super::metrics::PerformanceMetrics;
use super::record::{ConnectionMetrics, Memory};

/// Seconds that are kept: three minutes.
const KEPT: usize = 180;
const SECOND: Duration = Duration::from_secs(1);

/// One second.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Sample {
    /// Events delivered to slices and handlers.
    pub events: f64,
    /// Frames received.
    pub frames: f64,
    /// Bytes received.
    pub bytes: f64,
    /// Events and messages dropped, whatever the reason.
    pub dropped: f64,
    /// 95th percentile from the receipt of an event to its commit in milliseconds, if there were events.
    pub processing_p95_ms: Option<f64>,
    /// 95th percentile from the server's timestamp to the commit in milliseconds, if that could be told.
    pub delivery_p95_ms: Option<f64>,
    /// The longest commit in milliseconds.
    pub longest_commit_ms: f64,
    /// Time that the page was busy with tasks of over 50 ms, in milliseconds.
    pub long_tasks_ms: f64,
    /// Events in the outbox at the end of the second.
    pub queued: usize,
    /// Memory at the end of the second.
    pub memory: Memory,
}

/// The seconds of the last minutes, and the one that runs.
#[derive(Debug, Default)]
pub(super) struct Seconds {
    kept: VecDeque<Sample>,
    began: Option<Duration>,
    counted: PerformanceMetrics,
    processing: Histogram,
    delivery: Histogram,
    longest_commit: u64,
    long_tasks: Duration,
}

impl Seconds {
    pub(super) fn processed(&mut self, latency: Value) {
        self.processing.record(latency);
    }

    pub(super) fn delivered(&mut self, latency: Value) {
        self.delivery.record(latency);
    }

    pub(super) fn committed(&mut self, took: Value) {
        self.longest_commit = self.longest_commit.max(took.get());
    }

    pub(super) fn long_task(&mut self, duration: Duration) {
        self.long_tasks = self.long_tasks.saturating_add(duration);
    }

    /// Whether the second is over.
    pub(super) fn is_over(&self, now: Duration) -> bool {
        self.began.is_none_or(|began| now.saturating_sub(began) >= SECOND)
    }

    /// When it will be over.
    pub(super) fn end(&self) -> Option<Duration> {
        self.began.map(|began| began.saturating_add(SECOND))
    }

    /// Ends the second and begins the next one. Before the first one there is none to end: what happened until then
    /// counts as of the first. If more than one have passed, nothing happened in the others.
    pub(super) fn close(&mut self, now: Duration, metrics: &ConnectionMetrics) -> Option<Sample> {
        let counters = &metrics.counters;
        let before = std::mem::replace(&mut self.counted, counters.clone());
        let mut length = now.saturating_sub(self.began.replace(now)?);
        let passed = length.as_secs().saturating_sub(1);
        length -= Duration::from_secs(passed);
        for _ in 0..passed.min(KEPT as u64) {
            let quiet =
                Sample { queued: metrics.queued, memory: metrics.memory, ..Sample::default() };
            self.keep(quiet);
        }
        let length = length.as_secs_f64().max(f64::MIN_POSITIVE);
        #[expect(
            clippy::cast_precision_loss,
            reason = "what happens in a second is no such number"
        )]
        let rate = |now: u64, before: u64| now.saturating_sub(before) as f64 / length;
        let sample = Sample {
            events: rate(counters.events_delivered, before.events_delivered),
            frames: rate(counters.frames_received, before.frames_received),
            bytes: rate(counters.bytes_received, before.bytes_received),
            dropped: rate(counters.dropped(), before.dropped()),
            processing_p95_ms: self.processing.percentile(95).map(millis),
            delivery_p95_ms: self.delivery.percentile(95).map(millis),
            longest_commit_ms: millis(self.longest_commit),
            long_tasks_ms: self.long_tasks.as_secs_f64() * 1_000.0,
            queued: metrics.queued,
            memory: metrics.memory,
        };
        self.processing.clear();
        self.delivery.clear();
        self.longest_commit = 0;
        self.long_tasks = Duration::ZERO;
        self.keep(sample);
        Some(sample)
    }

    /// Forgets the second that runs.
    pub(super) fn interrupt(&mut self) {
        *self = Self { kept: std::mem::take(&mut self.kept), ..Self::default() };
    }

    pub(super) fn kept(&self) -> impl ExactSizeIterator<Item = &Sample> {
        self.kept.iter()
    }

    fn keep(&mut self, sample: Sample) {
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(sample);
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "figures that are exact")]
mod tests {
    use super::*;

    fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn counted(events: u64, bytes: u64, foreign: u64) -> ConnectionMetrics {
        let mut metrics = ConnectionMetrics::default();
        metrics.counters.events_delivered = events;
        metrics.counters.bytes_received = bytes;
        metrics.counters.dropped_foreign = foreign;
        metrics
    }

    #[test]
    fn a_second_has_the_rates_between_its_ends() {
        let mut seconds = Seconds::default();
        assert!(seconds.is_over(at(0)), "the first one must begin");
        assert_eq!(seconds.close(at(500), &counted(40, 1_000, 0)), None);
        assert!(!seconds.is_over(at(1_499)) && seconds.is_over(at(1_500)));
        (0..100).for_each(|n| seconds.processed(Value::latency(at(n))));
        seconds.committed(Value::new(2_000));
        seconds.committed(Value::new(1_000));
        seconds.long_task(at(80));
        let sample = seconds.close(at(1_500), &counted(140, 3_000, 7)).unwrap();
        assert_eq!((sample.events, sample.bytes, sample.dropped), (100.0, 2_000.0, 7.0));
        assert_eq!((sample.longest_commit_ms, sample.long_tasks_ms), (2.0, 80.0));
        assert!((94.0..=97.0).contains(&sample.processing_p95_ms.unwrap()));
        assert_eq!(sample.delivery_p95_ms, None, "none was measured");
        let next = seconds.close(at(2_750), &counted(140, 3_000, 7)).unwrap();
        assert_eq!(next, Sample::default(), "nothing is left of the second before");
    }

    #[test]
    fn a_longer_interval_is_divided_by_its_length_and_idle_seconds_are_empty() {
        let mut seconds = Seconds::default();
        seconds.close(at(0), &counted(0, 0, 0));
        let sample = seconds.close(at(4_500), &counted(30, 0, 0)).unwrap();
        assert_eq!(sample.events, 20.0, "30 in the last 1.5 s");
        let kept: Vec<_> = seconds.kept().map(|sample| sample.events).collect();
        assert_eq!(kept, [0.0, 0.0, 0.0, 20.0]);
        seconds.close(at(86_400_000), &counted(30, 0, 0));
        assert_eq!(seconds.kept().len(), KEPT, "a day's sleep is three minutes of quiet");
    }

    #[test]
    fn after_an_interruption_nothing_is_made_up() {
        let mut seconds = Seconds::default();
        seconds.close(at(0), &counted(0, 0, 0));
        seconds.close(at(1_000), &counted(10, 0, 0));
        seconds.interrupt();
        assert_eq!(seconds.close(at(60_000), &counted(9_000, 0, 0)), None);
        assert_eq!(seconds.kept().len(), 1);
    }
}
