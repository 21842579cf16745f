//! The performance monitor in the browser: what it is told, and when.
//!
//! While it is on it costs one more reading of the clock for each commit, and once a second a look at counters and memory.

use std::cell::{Cell, RefCell};
use std::rc::Weak;
use std::time::Duration;

use yewdux_socket_core::config::MonitorConfig;
use yewdux_socket_core::monitor::{CommitRecord, ConnectionMetrics, Memory, PerformanceMonitor};
use yewdux_socket_core::{Client, Inbound, Input, Timestamp};

use super::long_tasks::LongTasks;
use super::user_timing::Span;
pub(super) use super::user_timing::Stage;
use super::{Driver, clock};

#[derive(Debug)]
pub(crate) struct Monitor {
    inner: PerformanceMonitor,
    user_timing: bool,
    long_tasks: RefCell<Option<LongTasks>>,
    /// When the slices held the latest batch.
    shown: Cell<Option<Duration>>,
}

impl Monitor {
    pub(super) fn new(config: MonitorConfig) -> Self {
        Self {
            inner: PerformanceMonitor::new(config),
            user_timing: config.user_timing,
            long_tasks: RefCell::default(),
            shown: Cell::default(),
        }
    }

    pub(crate) fn get(&self) -> &PerformanceMonitor {
        &self.inner
    }

    /// Listens to the browser until [`Monitor::stop`].
    pub(super) fn listen(&self, driver: &Weak<Driver>) {
        let driver = driver.clone();
        self.inner.wake_by(move || {
            if let Some(driver) = driver.upgrade() {
                driver.watch();
            }
        });
        *self.long_tasks.borrow_mut() = LongTasks::observe(&self.inner);
    }

    pub(super) fn stop(&self) {
        *self.long_tasks.borrow_mut() = None;
    }

    /// The slices hold the batch. Handlers are still to run.
    pub(super) fn committed(&self, began: Duration, client: &Client, changes: &[Inbound]) {
        if !self.inner.is_enabled() {
            return;
        }
        let ended = clock::monotonic();
        self.shown.set(Some(ended));
        let server_time = client.server_time(ended);
        let live_since = server_time.and_then(|server| {
            let open_for = client.connected_for()?.as_millis();
            let open_for = i64::try_from(open_for).ok()?;
            Some(Timestamp::from_millis(server.as_millis().saturating_sub(open_for)))
        });
        let events = changes.iter().filter_map(|change| match change {
            Inbound::Event(event) => Some(event),
            _ => None,
        });
        self.inner.record_commit(&CommitRecord { began, ended, server_time, live_since }, events);
    }

    /// Ends the second if it is over. `now` is a reading of the clock, if the caller has one.
    pub(super) fn look(&self, driver: &Driver, now: Option<Duration>) {
        let Some(now) = now.filter(|now| self.inner.is_due(*now)) else { return };
        let mut metrics = ConnectionMetrics::default();
        driver.read(|client| {
            let state = client.connection_state();
            metrics.is_lost = state.is_lost;
            metrics.health = client.health_at(now);
            metrics.counters = client.metrics();
            metrics.queued = state.queued_events.len();
        });
        metrics.memory = memory();
        // Nothing is borrowed: this calls back into the application.
        self.inner.record_connection_metrics(now, &metrics);
    }

    /// The latest reading of the clock by a commit, unless it was taken already.
    pub(super) fn take_shown(&self) -> Option<Duration> {
        self.shown.take()
    }

    /// When the health may change by itself.
    pub(super) fn deadline(&self) -> Option<Duration> {
        self.inner.deadline()
    }

    /// The client is about to be told of something, which is a stage of the pipeline if it is a frame.
    pub(super) fn step(&self, input: &Input) -> Option<Span> {
        matches!(input, Input::Frame { .. }).then(|| self.stage(Stage::Frame)).flatten()
    }

    /// A stage of the pipeline begins; it ends when the span is dropped.
    pub(super) fn stage(&self, stage: Stage) -> Option<Span> {
        let is_on = cfg!(target_arch = "wasm32") && self.user_timing && self.inner.is_enabled();
        is_on.then(|| Span::begin(stage)).flatten()
    }
}

/// Memory, as far as the browser tells.
fn memory() -> Memory {
    #[cfg_attr(not(target_arch = "wasm32"), expect(unused_mut, reason = "nothing is known"))]
    let mut memory = Memory::default();
    #[cfg(target_arch = "wasm32")]
    {
        // In pages of 64 KiB.
        memory.wasm_bytes = Some((core::arch::wasm32::memory_size::<0>() as u64) << 16);
        memory.heap_bytes = heap_bytes();
    }
    memory
}

/// `performance.memory`, which is no standard: Chromium has it.
#[cfg(target_arch = "wasm32")]
fn heap_bytes() -> Option<u64> {
    let performance = web_sys::window()?.performance()?;
    let memory = js_sys::Reflect::get(&performance, &"memory".into()).ok()?;
    let used = js_sys::Reflect::get(&memory, &"usedJSHeapSize".into()).ok()?.as_f64()?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a number of bytes"
    )]
    Some(used as u64)
}
