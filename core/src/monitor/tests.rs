//! The monitor against streams whose figures are known, through the client and without.

#![expect(clippy::float_cmp, reason = "figures that are exact")]

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::config::{MonitorConfig, Threshold};
use crate::{Envelope, EventRegistry, ReceivedEvent, Timestamp};

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn monitor() -> PerformanceMonitor {
    PerformanceMonitor::new(MonitorConfig::default())
}

fn event(event_type: &str, received: Duration, happened: i64) -> Arc<ReceivedEvent> {
    let envelope = Envelope {
        event_type: event_type.into(),
        organization: None,
        timestamp: Timestamp::from_millis(happened),
        position: None,
    };
    let registry = EventRegistry::builtin();
    let kind = registry.get("user_offline").unwrap();
    let mut event = kind.decode(envelope, r#"{"userId":"ana"}"#).unwrap();
    event.received = received;
    Arc::new(event)
}

/// A commit at so many milliseconds of the steady clock, while the server's clock says 1 000 000 more.
fn commit(began: u64, ended: u64) -> CommitRecord {
    CommitRecord {
        began: ms(began),
        ended: ms(ended),
        server_time: Some(Timestamp::from_millis(1_000_000 + i64::try_from(ended).unwrap())),
        live_since: Some(Timestamp::from_millis(1_000_000)),
    }
}

#[test]
fn latencies_are_those_of_the_stream() {
    let monitor = monitor();
    // A hundred events of two types, committed together: received 1 to 100 ms before, and made 20 ms earlier still.
    let events: Vec<_> = (1..=100)
        .map(|n| {
            let received = 10_000 - n;
            let happened = 1_000_000 + i64::try_from(received).unwrap() - 20;
            event(if n % 2 == 0 { "even" } else { "odd" }, ms(received), happened)
        })
        .collect();
    monitor.record_commit(&commit(9_996, 10_000), &events);
    let stats = monitor.event_processing_stats();
    let near = |told: f64, exact: f64| told >= exact && told <= exact * 33.0 / 32.0;
    let summary = stats.processing;
    assert_eq!((summary.count, summary.max_ms), (100, 100.0));
    assert!(near(summary.p50_ms, 50.0) && near(summary.p95_ms, 95.0) && near(summary.p99_ms, 99.0));
    let summary = stats.delivery;
    assert_eq!((summary.count, summary.max_ms), (100, 120.0));
    assert!(near(summary.p50_ms, 70.0) && near(summary.p99_ms, 119.0), "{summary:?}");
    let types: Vec<_> = stats
        .by_type
        .iter()
        .map(|of| (&*of.event_type, of.processing.count, of.delivery.max_ms))
        .collect();
    assert_eq!(types, [("odd", 50, 119.0), ("even", 50, 120.0)]);
    assert_eq!((stats.commit.count, stats.commit.max_ms), (1, 4.0));
    assert_eq!((stats.batch.commits, stats.batch.p50, stats.batch.max), (1, 100, 100));
    assert_eq!(stats.processing_bars.iter().map(|bar| bar.count).sum::<u64>(), 100);
}

#[test]
fn what_was_caught_up_or_has_no_clock_tells_nothing_of_delivery() {
    let monitor = monitor();
    let old = [event("old", ms(500), 999_999), event("new", ms(500), 1_000_001)];
    monitor.record_commit(&commit(1_000, 1_000), &old);
    let unknown = CommitRecord { server_time: None, ..commit(1_000, 1_000) };
    monitor.record_commit(&unknown, &old);
    let stats = monitor.event_processing_stats();
    assert_eq!((stats.processing.count, stats.delivery.count), (4, 1));
    // A timestamp that is a little ahead is no negative latency.
    monitor.record_commit(&commit(1_000, 1_000), &[event("ahead", ms(1_000), 1_000_000 + 1_003)]);
    assert_eq!(monitor.event_processing_stats().by_type[2].delivery.max_ms, 0.0);
}

#[test]
fn types_are_bounded_and_the_rest_is_summed() {
    let config = MonitorConfig { max_event_types: 2, ..MonitorConfig::default() };
    let monitor = PerformanceMonitor::new(config);
    let events: Vec<_> = (0..1_000).map(|n| event(&format!("type{}", n % 100), ms(0), 0)).collect();
    monitor.record_commit(&commit(5, 5), &events);
    monitor.record_event_latency("rendering", ms(3));
    let stats = monitor.event_processing_stats();
    let types: Vec<_> =
        stats.by_type.iter().map(|of| (&*of.event_type, of.processing.count)).collect();
    assert_eq!(types, [("type0", 10), ("type1", 10), ("$others", 981)]);
    assert_eq!(stats.processing.count, 1_001);
}

#[test]
fn a_monitor_that_is_switched_off_records_nothing() {
    let monitor = monitor();
    monitor.set_enabled(false);
    monitor.record_event_latency("a", ms(1));
    monitor.record_commit(&commit(1, 2), &[event("a", ms(0), 0)]);
    monitor.record_long_task(ms(80));
    monitor.record_connection_metrics(ms(0), &ConnectionMetrics::default());
    monitor.record_connection_metrics(ms(1_000), &ConnectionMetrics::default());
    assert_eq!(monitor.snapshot(), PerformanceSnapshot::default());
    assert!(!monitor.is_due(ms(5_000)) && monitor.deadline().is_none());
    monitor.set_enabled(true);
    monitor.record_event_latency("a", ms(1));
    assert_eq!(monitor.event_processing_stats().processing.count, 1);
}

#[test]
fn the_second_ends_once_and_the_history_has_it() {
    let monitor = monitor();
    let mut metrics = ConnectionMetrics::default();
    assert!(monitor.is_due(ms(0)));
    monitor.record_connection_metrics(ms(0), &metrics);
    metrics.counters.events_delivered = 640;
    metrics.queued = 3;
    monitor.record_connection_metrics(ms(400), &metrics);
    assert!(monitor.snapshot().history.is_empty(), "not yet");
    monitor.record_long_task(ms(70));
    monitor.record_connection_metrics(ms(1_000), &metrics);
    let snapshot = monitor.snapshot();
    let [second] = snapshot.history[..] else { panic!("{snapshot:?}") };
    assert_eq!((second.events, second.queued, second.long_tasks_ms), (640.0, 3, 70.0));
    assert_eq!(
        (snapshot.stats.long_tasks.count, snapshot.stats.counters.events_delivered),
        (1, 640)
    );
}

/// Codes of the reasons that callbacks were told.
type Told = Rc<RefCell<Vec<&'static str>>>;

fn tell(monitor: &PerformanceMonitor) -> (Told, DegradationHandle) {
    let told = Told::default();
    let handle = monitor.on_performance_degradation({
        let told = told.clone();
        move |finding, report| {
            assert!(report.status >= finding.status, "the report knows of it");
            told.borrow_mut().push(finding.reason.code());
        }
    });
    (told, handle)
}

/// Records one second after the other.
fn live(monitor: &PerformanceMonitor, seconds: std::ops::Range<u64>, metrics: &ConnectionMetrics) {
    for second in seconds {
        monitor.record_connection_metrics(Duration::from_secs(second), metrics);
    }
}

#[test]
fn an_alert_is_told_once_and_armed_again_when_all_is_well() {
    let monitor = monitor();
    let (told, handle) = tell(&monitor);
    let good = ConnectionMetrics::default();
    let mut lost = ConnectionMetrics { is_lost: true, ..ConnectionMetrics::default() };
    lost.health.errors_per_minute = 8;
    live(&monitor, 0..60, &lost);
    assert_eq!(*told.borrow(), ["disconnected", "errors"]);
    let report = monitor.connection_health();
    assert_eq!(report.status, HealthStatus::Unhealthy);
    let reasons: Vec<_> =
        report.reasons.iter().map(|found| (found.reason.code(), found.status)).collect();
    assert_eq!(
        reasons,
        [("disconnected", HealthStatus::Unhealthy), ("errors", HealthStatus::Degraded)]
    );
    assert_eq!((report.reasons[1].value, report.reasons[1].threshold), (8.0, 6.0));
    live(&monitor, 60..80, &good);
    assert_eq!(monitor.connection_health().status, HealthStatus::Healthy);
    live(&monitor, 80..90, &lost);
    assert_eq!(told.borrow().len(), 4, "both again");
    drop(handle);
    live(&monitor, 90..110, &good);
    live(&monitor, 110..120, &lost);
    assert_eq!(told.borrow().len(), 4, "nobody wants to know any more");
}

#[test]
fn a_callback_may_use_the_monitor_and_undo_others() {
    let monitor = monitor();
    let second = Rc::new(RefCell::new(None));
    let first = monitor.on_performance_degradation({
        let (monitor, second) = (monitor.clone(), second.clone());
        move |_, _| {
            monitor.record_event_latency("alert", ms(1));
            assert_eq!(monitor.connection_health().status, HealthStatus::Unhealthy);
            drop(second.take());
        }
    });
    let (told, handle) = tell(&monitor);
    *second.borrow_mut() = Some(handle);
    let lost = ConnectionMetrics { is_lost: true, ..ConnectionMetrics::default() };
    live(&monitor, 0..5, &lost);
    assert_eq!(monitor.event_processing_stats().processing.count, 1, "the first one was told");
    assert!(told.borrow().is_empty(), "the second one was undone before its turn");
    drop(first);
}

#[test]
fn time_matters_only_while_the_health_is_on_its_way() {
    let monitor = monitor();
    let mut lost = ConnectionMetrics::default();
    live(&monitor, 0..3, &lost);
    assert_eq!(monitor.deadline(), None);
    monitor.record_commit(&commit(2_100, 2_101), []);
    assert_eq!(monitor.deadline(), Some(Duration::from_secs(3)), "what happened is judged by then");
    lost.is_lost = true;
    live(&monitor, 3..4, &lost);
    assert_eq!(monitor.deadline(), Some(Duration::from_secs(4)));
    live(&monitor, 4..8, &lost);
    assert_eq!(monitor.deadline(), None, "it is as bad as it gets");
    live(&monitor, 8..9, &ConnectionMetrics::default());
    assert_eq!(monitor.deadline(), Some(Duration::from_secs(9)));
}

#[test]
fn whatever_is_recorded_is_judged_at_the_end_of_its_second() {
    let records: [fn(&PerformanceMonitor); 3] = [
        |monitor| monitor.record_long_task(ms(80)),
        |monitor| monitor.record_event_latency("rendering", ms(3)),
        |monitor| monitor.record_commit(&commit(1, 2), []),
    ];
    for record in records {
        let monitor = monitor();
        let woken = Rc::new(Cell::new(0));
        monitor.record_connection_metrics(ms(500), &ConnectionMetrics::default());
        monitor.wake_by({
            let woken = woken.clone();
            move || woken.set(woken.get() + 1)
        });
        assert_eq!(monitor.deadline(), None, "nothing happened");
        record(&monitor);
        record(&monitor);
        assert_eq!(monitor.deadline(), Some(ms(1_500)));
        assert_eq!(woken.get(), 1, "once for a second");
        monitor.record_connection_metrics(ms(1_500), &ConnectionMetrics::default());
        assert_eq!(monitor.deadline(), None, "it was judged");
        record(&monitor);
        assert_eq!(woken.get(), 2);
        monitor.set_enabled(false);
        record(&monitor);
        assert_eq!(woken.get(), 2, "nothing is recorded");
    }
}

#[test]
fn what_comes_before_the_first_second_is_judged_with_it() {
    let slow = |monitor: &PerformanceMonitor| monitor.record_event_latency("draw", ms(2_000));
    let config = MonitorConfig { worse_after: Duration::ZERO, ..MonitorConfig::default() };
    let monitor = PerformanceMonitor::new(config);
    let woken = Rc::new(Cell::new(0));
    monitor.wake_by({
        let woken = woken.clone();
        move || woken.set(woken.get() + 1)
    });
    for (round, now) in [(1, 10_000), (2, 60_000)] {
        slow(&monitor);
        assert_eq!(woken.get(), round);
        assert_eq!(monitor.deadline(), Some(Duration::ZERO), "a second is to begin");
        monitor.record_connection_metrics(ms(now), &ConnectionMetrics::default());
        assert_eq!(monitor.deadline(), Some(ms(now + 1_000)));
        monitor.record_connection_metrics(ms(now + 1_000), &ConnectionMetrics::default());
        let status = monitor.connection_health().status;
        assert_eq!(status, HealthStatus::Unhealthy, "in round {round}");
        slow(&monitor);
        monitor.set_enabled(false);
        assert_eq!(monitor.snapshot().history.len(), 1, "it stays while it is off");
        monitor.set_enabled(true);
        assert_eq!(monitor.snapshot().history.len(), 0);
        woken.set(round);
    }
}

#[test]
fn what_fades_by_itself_is_judged_though_nothing_happens() {
    let monitor = monitor();
    let mut metrics = ConnectionMetrics::default();
    metrics.health.errors_per_minute = 8;
    live(&monitor, 0..10, &metrics);
    assert_eq!(monitor.connection_health().status, HealthStatus::Degraded);
    assert_eq!(monitor.deadline(), Some(Duration::from_secs(10)));
    live(&monitor, 10..21, &ConnectionMetrics::default());
    assert_eq!(monitor.connection_health().status, HealthStatus::Healthy);
    assert_eq!(monitor.deadline(), None);
}

#[test]
fn a_name_is_bounded_and_none_is_that_of_all_others() {
    let config = MonitorConfig { max_event_types: 2, ..MonitorConfig::default() };
    let monitor = PerformanceMonitor::new(config);
    let long = "é".repeat(10_000);
    for name in [EventTypeStats::OTHERS, &long, "$x", "a", "b"] {
        monitor.record_event_latency(name, ms(1));
    }
    let stats = monitor.event_processing_stats();
    let names: Vec<_> =
        stats.by_type.iter().map(|of| (&*of.event_type, of.processing.count)).collect();
    assert_eq!(names, [(&*"é".repeat(64), 1), ("$x", 1), ("$others", 3)]);
}

#[test]
fn what_was_on_its_way_begins_anew_after_it_was_off() {
    let monitor = monitor();
    let lost = ConnectionMetrics { is_lost: true, ..ConnectionMetrics::default() };
    for second in 0..3 {
        monitor.record_connection_metrics(ms(second * 1_000), &lost);
    }
    monitor.set_enabled(false);
    monitor.set_enabled(true);
    for second in 3_600..3_603 {
        monitor.record_connection_metrics(ms(second * 1_000), &lost);
        assert_eq!(monitor.connection_health().status, HealthStatus::Healthy, "{second}");
    }
}

#[test]
fn a_status_whose_threshold_no_figure_reaches_is_off() {
    let status = |degraded, unhealthy| {
        let queued = Threshold { degraded, unhealthy };
        let config = MonitorConfig { queued, ..MonitorConfig::default() };
        let monitor = PerformanceMonitor::new(config);
        live(&monitor, 0..10, &ConnectionMetrics { queued: 7, ..ConnectionMetrics::default() });
        monitor.connection_health().status
    };
    assert_eq!(status(f64::INFINITY, f64::NAN), HealthStatus::Healthy);
    assert_eq!(status(f64::NAN, f64::INFINITY), HealthStatus::Healthy);
    assert_eq!(status(7.0, f64::INFINITY), HealthStatus::Degraded);
    assert_eq!(status(0.0, f64::NAN), HealthStatus::Degraded);
    assert_eq!(status(9.0, 7.0), HealthStatus::Unhealthy);
}

#[test]
fn no_duration_is_too_long() {
    let monitor = monitor();
    monitor.record_long_task(Duration::MAX);
    monitor.record_long_task(Duration::MAX);
    monitor.record_connection_metrics(Duration::ZERO, &ConnectionMetrics::default());
    monitor.record_connection_metrics(Duration::MAX, &ConnectionMetrics::default());
    monitor.record_long_task(ms(80));
    assert_eq!(monitor.deadline(), Some(Duration::MAX));
}
