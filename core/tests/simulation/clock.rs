//! A device's clocks.

use std::time::Duration;

use yewdux_socket_core::{Now, Timestamp};

use crate::server::START;

/// How far the clocks may drift apart before a client takes notice.
const TOLERANCE: Duration = Duration::from_secs(5);

/// The machine sleeps.
#[derive(Clone, Copy)]
struct Sleep {
    from: Duration,
    time: Duration,
}

#[derive(Default)]
pub(crate) struct Clock {
    wall_shift_ms: i64,
    /// When the page began, on the machine's own steady clock.
    origin: Duration,
    slept: Duration,
    sleep: Option<Sleep>,
    /// How long it slept for times that are too short to be noticed.
    pub(crate) unnoticed: Duration,
    /// How late timers are.
    pub(crate) timer_lag: Duration,
}

impl Clock {
    /// The readings at a point of true time. The steady clock stands still while the machine sleeps.
    pub(crate) fn read(&self, now: Duration) -> Now {
        let steady = self.machine(now).saturating_sub(self.origin);
        let wall = START + now.as_millis() as i64 + self.wall_shift_ms;
        Now { monotonic: steady, wall: Timestamp::from_millis(wall) }
    }

    fn machine(&self, now: Duration) -> Duration {
        self.sleep.map_or(now, |sleep| sleep.from).saturating_sub(self.slept)
    }

    /// A new page begins, and with it its steady clock.
    pub(crate) fn begin_page(&mut self, now: Duration) {
        self.wake(now);
        self.origin = self.machine(now);
    }

    pub(crate) fn set_wall_clock(&mut self, by_ms: i64) {
        self.wall_shift_ms += by_ms;
    }

    pub(crate) fn sleep(&mut self, from: Duration, time: Duration) {
        self.sleep = Some(Sleep { from, time });
    }

    /// When something that is due at `at` can happen here.
    pub(crate) fn awake_at(&self, at: Duration) -> Duration {
        self.sleep.map_or(at, |sleep| at.max(sleep.from + sleep.time))
    }

    pub(crate) fn is_awake(&self, now: Duration) -> bool {
        self.awake_at(now) == now
    }

    /// Ends a sleep that is over.
    pub(crate) fn wake(&mut self, now: Duration) {
        if let Some(Sleep { time, .. }) = self.sleep
            && self.is_awake(now)
        {
            self.slept += time;
            if time <= TOLERANCE {
                self.unnoticed += time;
            }
            self.sleep = None;
        }
    }

    /// When a timer fires that is set for a reading of the steady clock.
    pub(crate) fn timer(&self, deadline: Duration) -> Duration {
        let slept = self.slept + self.sleep.map_or(Duration::ZERO, |sleep| sleep.time);
        let deadline = deadline.saturating_add(self.origin);
        self.awake_at(deadline.saturating_add(slept).saturating_add(self.timer_lag))
    }
}
