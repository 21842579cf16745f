//! The one timer, for the next deadline of client and monitor.

use std::cell::{Cell, RefCell};
use std::rc::Weak;
use std::time::Duration;

use gloo_timers::callback::Timeout;

use super::{Driver, clock};

/// The longest time to set a timer to: browsers hold the delay in 31 bits of milliseconds.
const LONGEST: Duration = Duration::from_millis(i32::MAX as u64);

#[derive(Debug)]
pub(super) struct Timer {
    driver: Weak<Driver>,
    /// What the timeout is set to: the next deadline, or one before it.
    deadline: Cell<Option<Duration>>,
    timeout: RefCell<Option<Timeout>>,
}

impl Timer {
    pub(super) fn new(driver: Weak<Driver>) -> Self {
        Self { driver, deadline: Cell::new(None), timeout: RefCell::new(None) }
    }

    /// Sets the timer to a point of the monotonic clock, or stops it.
    ///
    /// Every frame puts the heartbeat's deadline off. A timer that is set to an earlier one is left as it is: it finds
    /// nothing due, and is set anew.
    pub(super) fn set(&self, deadline: Option<Duration>) {
        let is_early_enough = match (self.deadline.get(), deadline) {
            (None, None) => true,
            (Some(set), Some(deadline)) => set <= deadline,
            _ => false,
        };
        if !cfg!(target_arch = "wasm32") || is_early_enough {
            return;
        }
        self.deadline.set(deadline);
        *self.timeout.borrow_mut() = deadline.map(|deadline| {
            let delay = deadline.saturating_sub(clock::monotonic()).min(LONGEST);
            // Rounded up: a timer that fires early would find nothing due.
            let millis =
                u32::try_from(delay.as_micros().div_ceil(1_000)).unwrap_or(i32::MAX as u32);
            let driver = self.driver.clone();
            Timeout::new(millis, move || {
                if let Some(driver) = driver.upgrade() {
                    driver.timer.deadline.set(None);
                    driver.woken();
                }
            })
        });
    }
}
