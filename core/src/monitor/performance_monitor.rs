//! The performance monitor.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use super::alert::{Callbacks, DegradationHandle};
use super::health::{Assessment, Finding, HealthReport, HealthStatus};
use super::histogram::Value;
use super::rates::{Sample, Seconds};
use super::record::{CommitRecord, ConnectionMetrics};
use super::stats::{EventProcessingStats, Stats};
use crate::config::MonitorConfig;
use crate::event::ReceivedEvent;

/// All that the monitor knows at one time.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct PerformanceSnapshot {
    /// Whether anything is recorded now. If not, the rest is as it was when recording was switched off.
    pub is_enabled: bool,
    /// The health.
    pub health: HealthReport,
    /// How events are processed.
    pub stats: EventProcessingStats,
    /// The seconds of the last three minutes, oldest first.
    pub history: Vec<Sample>,
}

/// Monitors the performance of the socket and of the page around it.
///
/// It reads no clock: whoever drives it says what time it is. The driver of the browser half records each commit, and what
/// the connection says once a second. Clones are the same monitor. It lives with its page and is therefore not `Send`.
///
/// ```
/// use std::time::Duration;
/// use yewdux_socket_core::config::MonitorConfig;
/// use yewdux_socket_core::monitor::{ConnectionMetrics, HealthStatus, PerformanceMonitor};
///
/// let monitor = PerformanceMonitor::new(MonitorConfig::default());
/// let told = monitor.on_performance_degradation(|finding, _| println!("{}", finding.reason.code()));
/// monitor.record_event_latency("chart: draw", Duration::from_millis(3));
/// monitor.record_connection_metrics(Duration::ZERO, &ConnectionMetrics::default());
/// assert_eq!(monitor.connection_health().status, HealthStatus::Healthy);
/// assert_eq!(monitor.event_processing_stats().processing.count, 1);
/// drop(told); // undoes the callback
/// ```
#[derive(Debug, Clone)]
pub struct PerformanceMonitor {
    shared: Rc<Shared>,
    callbacks: Rc<Callbacks>,
}

#[derive(Debug)]
struct Shared {
    config: MonitorConfig,
    enabled: Cell<bool>,
    state: RefCell<State>,
    waker: Waker,
}

/// What is called when there is something to judge where there was nothing.
#[derive(Default)]
struct Waker(RefCell<Option<Rc<dyn Fn()>>>);

impl fmt::Debug for Waker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Waker").field(&self.0.borrow().is_some()).finish()
    }
}

#[derive(Debug)]
struct State {
    stats: Stats,
    seconds: Seconds,
    assessment: Assessment,
    metrics: ConnectionMetrics,
    /// Whether something happened that no second has judged yet.
    unjudged: bool,
}

impl PerformanceMonitor {
    /// A monitor that has seen nothing yet.
    pub fn new(config: MonitorConfig) -> Self {
        let state = State {
            stats: Stats::new(config.max_event_types),
            seconds: Seconds::default(),
            assessment: Assessment::default(),
            metrics: ConnectionMetrics::default(),
            unjudged: false,
        };
        let enabled = Cell::new(config.enabled);
        Self {
            shared: Rc::new(Shared {
                config,
                enabled,
                state: RefCell::new(state),
                waker: Waker::default(),
            }),
            callbacks: Rc::default(),
        }
    }

    /// Whether anything is recorded.
    pub fn is_enabled(&self) -> bool {
        self.shared.enabled.get()
    }

    /// Switches recording on or off. What was recorded stays; the health is that of when it was switched off, and so is the
    /// history until recording is switched on again, which begins a new one. What was on its way to another status begins anew.
    pub fn set_enabled(&self, enabled: bool) {
        let was_enabled = self.shared.enabled.replace(enabled);
        if was_enabled != enabled {
            let state = &mut *self.shared.state.borrow_mut();
            if enabled {
                // Between the seconds that were and those to come are some that nobody counted.
                state.seconds = Seconds::default();
            } else {
                state.seconds.interrupt();
            }
            state.assessment.interrupt();
            state.unjudged = false;
        }
    }

    /// Records how long the processing of an event took. The driver records what it commits by
    /// [`record_commit`](Self::record_commit); this is for what an application measures itself, under a name of its own, of
    /// which the first 128 bytes count.
    pub fn record_event_latency(&self, event_type: &str, latency: Duration) {
        if !self.is_enabled() {
            return;
        }
        self.wake();
        let latency = Value::latency(latency);
        let state = &mut *self.shared.state.borrow_mut();
        state.stats.named(event_type, latency);
        state.seconds.processed(latency);
    }

    /// Records a commit and the latencies of its events.
    pub fn record_commit<'a>(
        &self,
        commit: &CommitRecord,
        events: impl IntoIterator<Item = &'a Arc<ReceivedEvent>>,
    ) {
        if !self.is_enabled() {
            return;
        }
        self.wake();
        let State { stats, seconds, .. } = &mut *self.shared.state.borrow_mut();
        let mut count = 0;
        for event in events {
            count += 1;
            let processing = Value::latency(commit.ended.saturating_sub(event.received_at()));
            let happened = event.envelope.timestamp;
            let is_live = commit.live_since.is_some_and(|since| happened >= since);
            let delivery = commit.server_time.filter(|_| is_live);
            let delivery = delivery.map(|now| Value::between(happened, now));
            stats.event(&event.envelope.event_type, processing, delivery);
            seconds.processed(processing);
            if let Some(delivery) = delivery {
                seconds.delivered(delivery);
            }
        }
        let took = Value::latency(commit.ended.saturating_sub(commit.began));
        stats.committed(took, count);
        seconds.committed(took);
    }

    /// Records a task that kept the page busy.
    pub fn record_long_task(&self, duration: Duration) {
        if !self.is_enabled() {
            return;
        }
        self.wake();
        let state = &mut *self.shared.state.borrow_mut();
        state.stats.long_task(duration);
        state.seconds.long_task(duration);
    }

    /// There is something to judge. Nothing is borrowed: whoever is woken asks for the [deadline](Self::deadline).
    fn wake(&self) {
        let was_unjudged = std::mem::replace(&mut self.shared.state.borrow_mut().unjudged, true);
        if !was_unjudged {
            let wake = self.shared.waker.0.borrow().clone();
            if let Some(wake) = wake {
                wake();
            }
        }
    }

    /// Calls back when there is something to judge where there was nothing: whoever drives the monitor sets a timer to the
    /// [deadline](Self::deadline) then. It takes the place of the one before.
    pub fn wake_by(&self, wake: impl Fn() + 'static) {
        *self.shared.waker.0.borrow_mut() = Some(Rc::new(wake));
    }

    /// Whether it is time for [`record_connection_metrics`](Self::record_connection_metrics): once a second.
    pub fn is_due(&self, now: Duration) -> bool {
        self.is_enabled() && self.shared.state.borrow().seconds.is_over(now)
    }

    /// When there is something to judge, on the steady clock: the end of a second in which something happened, or while
    /// time alone may change the health.
    pub fn deadline(&self) -> Option<Duration> {
        let state = self.shared.state.borrow();
        let is_waiting = self.is_enabled() && (state.unjudged || state.assessment.is_moving());
        // Before the first second there is nothing that it could be the end of: it is to begin.
        is_waiting.then(|| state.seconds.end().unwrap_or_default())
    }

    /// Records how the connection does, ends the second, judges the health by it, and calls those who want to be told if
    /// something became worse. Nothing happens before the second [is over](Self::is_due); the first call begins the first one.
    pub fn record_connection_metrics(&self, now: Duration, metrics: &ConnectionMetrics) {
        if !self.is_due(now) {
            return;
        }
        let worse = {
            let state = &mut *self.shared.state.borrow_mut();
            state.metrics = metrics.clone();
            let Some(sample) = state.seconds.close(now, metrics) else { return };
            state.unjudged = false;
            state.assessment.take(now, &self.shared.config, &sample, metrics)
        };
        if !worse.is_empty() {
            let report = self.connection_health();
            for finding in &worse {
                self.callbacks.call(finding, &report);
            }
        }
    }

    /// The health, as of the last second.
    pub fn connection_health(&self) -> HealthReport {
        let state = self.shared.state.borrow();
        let reasons = state.assessment.findings();
        let status = reasons.first().map_or(HealthStatus::Healthy, |worst| worst.status);
        HealthReport { status, reasons, connection: state.metrics.health }
    }

    /// How events are processed. The counters are as of the last second.
    pub fn event_processing_stats(&self) -> EventProcessingStats {
        let state = self.shared.state.borrow();
        state.stats.report(&state.metrics.counters)
    }

    /// All that is known.
    pub fn snapshot(&self) -> PerformanceSnapshot {
        PerformanceSnapshot {
            is_enabled: self.is_enabled(),
            health: self.connection_health(),
            stats: self.event_processing_stats(),
            history: self.shared.state.borrow().seconds.kept().copied().collect(),
        }
    }

    /// Calls back once when something becomes worse: with what it is, and with the health as a whole. For the same
    /// [reason](super::HealthReason) it calls again only if that becomes worse still, or after it was healthy. Dropping the
    /// handle undoes it. A callback must not panic: that would end the whole wasm module.
    pub fn on_performance_degradation(
        &self,
        callback: impl Fn(&Finding, &HealthReport) + 'static,
    ) -> DegradationHandle {
        self.callbacks.add(callback)
    }
}
