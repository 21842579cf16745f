//! Healthy, degraded or unhealthy, and why: thresholds with hysteresis.
//!
//! A reason becomes worse when its figure has been at or over a threshold for `worse_after`, and better when it has been clearly
//! under it (by a fifth) for `better_after`. So a figure that swings about a threshold does not make the health flicker.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::rates::Sample;
use super::reason::HealthReason;
use super::record::ConnectionMetrics;
use crate::config::{MonitorConfig, Threshold};
use crate::health::ConnectionHealth;

/// To be better again, a figure must be under this part of the threshold.
const CLEARLY: f64 = 0.8;

/// How the connection, and the page with it, does.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub enum HealthStatus {
    /// Nothing is wrong.
    #[default]
    Healthy,
    /// It works worse than it should.
    Degraded,
    /// What is shown cannot be relied upon to be up to date.
    Unhealthy,
}

impl HealthStatus {
    /// The status in lower case, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Unhealthy => "unhealthy",
        }
    }
}

/// The health, with its reasons.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct HealthReport {
    /// The worst of the reasons.
    pub status: HealthStatus,
    /// Why it is not healthy, the worst reason first. Empty while it is.
    pub reasons: Vec<Finding>,
    /// The latest figures of the link.
    pub connection: ConnectionHealth,
}

/// One reason for not being healthy.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Finding {
    /// What is wrong.
    pub reason: HealthReason,
    /// How badly.
    pub status: HealthStatus,
    /// The latest figure, in the unit that [`HealthReason`] names.
    pub value: f64,
    /// The threshold that it went over.
    pub threshold: f64,
}

/// One reason over time.
#[derive(Debug, Clone, Copy, Default)]
struct Gauge {
    status: HealthStatus,
    value: f64,
    threshold: f64,
    /// Since when the figure has been worse than the status, and by how much at least.
    worse: Option<(Duration, HealthStatus)>,
    /// Since when it has been better, and by how much at least.
    better: Option<(Duration, HealthStatus)>,
}

impl Gauge {
    /// Takes in a figure, or that there is none: that ends nothing that becomes worse, and counts for what becomes better.
    /// Whether it became worse.
    fn take(
        &mut self,
        now: Duration,
        value: Option<f64>,
        limit: Threshold,
        config: &MonitorConfig,
    ) -> bool {
        let seen = value.map_or(HealthStatus::Healthy, |value| self.judge(value, limit));
        self.value = value.unwrap_or(self.value);
        if seen > self.status {
            self.better = None;
            let (since, least) =
                self.worse.map_or((now, seen), |(since, least)| (since, least.min(seen)));
            self.worse = Some((since, least));
            if now.saturating_sub(since) < config.worse_after {
                return false;
            }
            self.turn_to(least, limit);
            return true;
        }
        if value.is_some() {
            self.worse = None;
        }
        if seen == self.status && self.worse.is_none() {
            self.better = None;
            return false;
        }
        let (since, most) =
            self.better.map_or((now, seen), |(since, most)| (since, most.max(seen)));
        self.better = Some((since, most));
        if now.saturating_sub(since) >= config.better_after {
            self.turn_to(most, limit);
        }
        false
    }

    /// The status that a figure stands for, on the way down later than on the way up.
    fn judge(&self, value: f64, limit: Threshold) -> HealthStatus {
        let is_over = |threshold: f64, status| {
            value >= if self.status >= status { threshold * CLEARLY } else { threshold }
        };
        if is_over(limit.unhealthy, HealthStatus::Unhealthy) {
            HealthStatus::Unhealthy
        } else if is_over(limit.degraded, HealthStatus::Degraded) {
            HealthStatus::Degraded
        } else {
            HealthStatus::Healthy
        }
    }

    fn turn_to(&mut self, status: HealthStatus, limit: Threshold) {
        self.status = status;
        (self.worse, self.better) = (None, None);
        self.threshold = match status {
            HealthStatus::Unhealthy => limit.unhealthy,
            _ => limit.degraded,
        };
    }

    /// Whether the passing of time alone may change it.
    fn is_moving(&self) -> bool {
        self.worse.is_some() || self.better.is_some()
    }
}

/// All reasons over time.
#[derive(Debug, Default)]
pub(super) struct Assessment {
    gauges: [Gauge; HealthReason::ALL.len()],
}

impl Assessment {
    /// Takes in a second. Returns what became worse by it.
    pub(super) fn take(
        &mut self,
        now: Duration,
        config: &MonitorConfig,
        sample: &Sample,
        metrics: &ConnectionMetrics,
    ) -> Vec<Finding> {
        let mut worse = Vec::new();
        for (gauge, reason) in self.gauges.iter_mut().zip(HealthReason::ALL) {
            let (value, limit) = figure(reason, config, sample, metrics);
            if gauge.take(now, value, limit, config) {
                worse.push(finding(reason, gauge));
            }
        }
        worse
    }

    /// What is wrong, the worst first.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let with = |status| {
            let gauges = HealthReason::ALL.into_iter().zip(&self.gauges);
            let wrong = gauges.filter(move |(_, gauge)| gauge.status == status);
            wrong.map(|(reason, gauge)| finding(reason, gauge))
        };
        with(HealthStatus::Unhealthy).chain(with(HealthStatus::Degraded)).collect()
    }

    /// Whether the passing of time alone may change anything.
    pub(super) fn is_moving(&self) -> bool {
        let mut gauges = self.gauges.iter().zip(HealthReason::ALL);
        gauges.any(|(gauge, reason)| {
            let fades = gauge.status > HealthStatus::Healthy && fades(reason);
            fades || gauge.is_moving()
        })
    }

    /// What was not looked at proves nothing: each status has to be on its way for the whole time again.
    pub(super) fn interrupt(&mut self) {
        for gauge in &mut self.gauges {
            (gauge.worse, gauge.better) = (None, None);
        }
    }
}

/// Whether what is wrong comes to an end by nothing happening.
fn fades(reason: HealthReason) -> bool {
    matches!(
        reason,
        HealthReason::Errors
            | HealthReason::LateEvents
            | HealthReason::SlowProcessing
            | HealthReason::BusyPage
    )
}

fn finding(reason: HealthReason, gauge: &Gauge) -> Finding {
    Finding { reason, status: gauge.status, value: gauge.value, threshold: gauge.threshold }
}

/// What a reason looks at, and its thresholds.
fn figure(
    reason: HealthReason,
    config: &MonitorConfig,
    sample: &Sample,
    metrics: &ConnectionMetrics,
) -> (Option<f64>, Threshold) {
    let link = &metrics.health;
    #[expect(clippy::cast_precision_loss, reason = "sizes of memory and of an outbox")]
    let number = |number: u64| number as f64;
    match reason {
        HealthReason::Disconnected => {
            // There is no more or less of it.
            let limit = Threshold { degraded: 1.0, unhealthy: 1.0 };
            (Some(f64::from(u8::from(metrics.is_lost))), limit)
        }
        HealthReason::SlowLink => (link.latency_ms, config.round_trip_ms),
        HealthReason::LossyLink => {
            // A lost one of the first few is no sign of anything yet: it counts as one of twenty.
            let of_twenty = |loss| loss * f64::from(link.probes) / 20.0;
            (link.packet_loss.map(of_twenty), config.packet_loss)
        }
        HealthReason::Errors => (Some(f64::from(link.errors_per_minute)), config.errors_per_minute),
        HealthReason::LateEvents => (sample.delivery_p95_ms, config.delivery_ms),
        HealthReason::SlowProcessing => (sample.processing_p95_ms, config.processing_ms),
        HealthReason::BusyPage => (Some(sample.long_tasks_ms), config.long_tasks_ms),
        HealthReason::Backlog => (Some(number(metrics.queued as u64)), config.queued),
        HealthReason::Memory => {
            (metrics.memory.wasm_bytes.map(|bytes| number(bytes) / MIB), config.memory_mib)
        }
    }
}

const MIB: f64 = 1_048_576.0;

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn slow(milliseconds: f64) -> ConnectionMetrics {
        let mut metrics = ConnectionMetrics::default();
        metrics.health.latency_ms = Some(milliseconds);
        metrics
    }

    /// The status after each second of a stream of round-trip times, and the seconds at which it became worse.
    fn run(stream: impl IntoIterator<Item = f64>) -> (Vec<HealthStatus>, Vec<u64>) {
        let (config, mut assessment, mut alerts) =
            (MonitorConfig::default(), Assessment::default(), vec![]);
        let statuses = stream.into_iter().enumerate().map(|(second, millis)| {
            let second = second as u64;
            let worse = assessment.take(secs(second), &config, &Sample::default(), &slow(millis));
            alerts.extend(worse.iter().map(|_| second));
            assessment.findings().first().map_or(HealthStatus::Healthy, |worst| worst.status)
        });
        (statuses.collect(), alerts)
    }

    #[test]
    fn it_becomes_worse_after_three_seconds_and_better_after_ten() {
        use HealthStatus::{Degraded, Healthy, Unhealthy};
        let stream = [vec![100.0; 5], vec![600.0; 10], vec![3_000.0; 10], vec![100.0; 20]].concat();
        let (statuses, alerts) = run(stream);
        // 600 ms from second 5, 3 s from second 15, 100 ms from second 25.
        assert_eq!((statuses[7], statuses[8]), (Healthy, Degraded));
        assert_eq!((statuses[17], statuses[18]), (Degraded, Unhealthy));
        assert_eq!((statuses[34], statuses[35]), (Unhealthy, Healthy));
        assert_eq!(alerts, [8, 18], "once each");
    }

    #[test]
    fn a_figure_that_swings_about_a_threshold_changes_nothing() {
        let swings = |low: f64| (0..60).map(move |n| if n % 2 == 0 { 520.0 } else { low });
        let (statuses, alerts) = run(swings(490.0));
        assert!(statuses.iter().all(|status| *status == HealthStatus::Healthy), "never for 3 s");
        assert!(alerts.is_empty());
        let (statuses, alerts) = run(std::iter::repeat_n(600.0, 5).chain(swings(410.0)));
        assert!(
            statuses[4..].iter().all(|status| *status == HealthStatus::Degraded),
            "never clearly under"
        );
        assert_eq!(alerts, [3]);
    }

    #[test]
    fn a_little_under_the_threshold_is_no_recovery() {
        let (statuses, _) = run([vec![600.0; 5], vec![450.0; 30], vec![390.0; 11]].concat());
        assert!(statuses[4..35].iter().all(|status| *status == HealthStatus::Degraded));
        assert_eq!(statuses[45], HealthStatus::Healthy, "clearly under it for ten seconds");
    }

    #[test]
    fn an_alert_comes_again_only_after_it_was_healthy() {
        let bad = || std::iter::repeat_n(600.0, 10);
        let (_, alerts) = run(bad().chain(std::iter::repeat_n(100.0, 9)).chain(bad()));
        assert_eq!(alerts, [3], "nine seconds are no recovery");
        let (_, alerts) = run(bad().chain(std::iter::repeat_n(100.0, 11)).chain(bad()));
        assert_eq!(alerts, [3, 24]);
    }

    #[test]
    fn from_worse_to_less_bad_is_no_alert() {
        let (statuses, alerts) = run([vec![3_000.0; 5], vec![1_000.0; 15]].concat());
        assert_eq!((statuses[4], statuses[19]), (HealthStatus::Unhealthy, HealthStatus::Degraded));
        assert_eq!(alerts, [3]);
    }

    #[test]
    fn seconds_without_a_figure_prove_nothing_until_they_are_many() {
        let config = MonitorConfig::default();
        let late = |delivery_p95_ms| Sample { delivery_p95_ms, ..Sample::default() };
        let mut assessment = Assessment::default();
        let mut take = |second, sample| {
            !assessment
                .take(secs(second), &config, &sample, &ConnectionMetrics::default())
                .is_empty()
        };
        // One late event every other second is as bad as one in each.
        assert!(
            !take(0, late(Some(9_000.0))) && !take(1, late(None)) && !take(2, late(Some(9_000.0)))
        );
        assert!(!take(3, late(None)) && take(4, late(Some(9_000.0))));
        // Two with half a minute of silence between them are not.
        let mut assessment = Assessment::default();
        let mut take = |second, sample| {
            !assessment
                .take(secs(second), &config, &sample, &ConnectionMetrics::default())
                .is_empty()
        };
        assert!(!take(0, late(Some(9_000.0))));
        assert!((1..30).all(|second| !take(second, late(None))));
        assert!(!take(30, late(Some(9_000.0))));
    }

    #[test]
    fn a_lost_probe_counts_as_one_of_twenty_however_few_there_were() {
        let (config, mut one) = (MonitorConfig::default(), ConnectionMetrics::default());
        one.health.packet_loss = Some(1.0);
        one.health.probes = 1;
        let sample = Sample::default();
        let (value, limit) = figure(HealthReason::LossyLink, &config, &sample, &one);
        assert!(value == Some(0.05) && value < Some(limit.degraded));
        one.health.probes = 2;
        assert_eq!(figure(HealthReason::LossyLink, &config, &sample, &one).0, Some(limit.degraded));
    }

    #[test]
    fn each_reason_has_its_figure() {
        let config = MonitorConfig::default();
        let mut bad =
            ConnectionMetrics { is_lost: true, queued: 900, ..ConnectionMetrics::default() };
        bad.health.latency_ms = Some(9_000.0);
        bad.health.packet_loss = Some(0.9);
        bad.health.probes = 20;
        bad.health.errors_per_minute = 1_000;
        bad.memory.wasm_bytes = Some(3 << 30);
        let sample = Sample {
            delivery_p95_ms: Some(60_000.0),
            processing_p95_ms: Some(60_000.0),
            long_tasks_ms: 900.0,
            ..Sample::default()
        };
        for reason in HealthReason::ALL {
            let (value, limit) = figure(reason, &config, &sample, &bad);
            assert!(
                value >= Some(limit.unhealthy) && limit.unhealthy >= limit.degraded,
                "{reason:?}"
            );
            let (value, limit) =
                figure(reason, &config, &Sample::default(), &ConnectionMetrics::default());
            assert!(value.is_none_or(|value| value < limit.degraded), "{reason:?}");
        }
    }
}
