//! When a batch of changes reaches slices and handlers.
//!
//! The first change after a quiet time is committed at once. What follows waits for the next animation
//! frame, or for 100 ms if none comes. In a hidden page, which has no frames, every change is committed
//! at the end of its task. A change that the application causes itself is committed in the next
//! microtask, because a store that is just notifying its subscribers must not be changed.

use std::cell::{Cell, RefCell};
use std::rc::Weak;
use std::time::Duration;

use gloo_render::{AnimationFrame, request_animation_frame};
use gloo_timers::callback::Timeout;
use wasm_bindgen_futures::spawn_local;
use yewdux_socket_core::error::ConnectionError;
use yewdux_socket_core::{EventId, Inbound, Outcome};

use super::visibility::is_hidden;
use super::{AttemptSender, Driver, clock};

/// Longest time that a change waits in a visible page.
const LONGEST: Duration = Duration::from_millis(100);
/// A page without a commit for this long is quiet: one frame at 60 Hz.
const QUIET: Duration = Duration::from_millis(16);
/// Changes that are collected at most; then they are committed at once.
const MOST: usize = 4_096;

/// What is committed together.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) inbound: Vec<Inbound>,
    pub(super) settled: Vec<(EventId, Outcome)>,
    /// Whoever waits for an attempt to connect, and what they are told.
    pub(super) attempts: Vec<(AttemptSender, Result<(), ConnectionError>)>,
}

impl Batch {
    fn is_empty(&self) -> bool {
        self.inbound.is_empty() && self.settled.is_empty() && self.attempts.is_empty()
    }
}

/// What will bring about the next commit.
#[derive(Debug, Default)]
enum Scheduled {
    #[default]
    No,
    Microtask,
    /// Whichever is first; the other is undone with it.
    Frame(
        #[expect(dead_code, reason = "held for its drop")] AnimationFrame,
        #[expect(dead_code, reason = "held for its drop")] Timeout,
    ),
}

#[derive(Debug)]
pub(super) struct Commit {
    driver: Weak<Driver>,
    batch: RefCell<Batch>,
    scheduled: RefCell<Scheduled>,
    last: Cell<Option<Duration>>,
    committing: Cell<bool>,
}

impl Commit {
    pub(super) fn new(driver: Weak<Driver>) -> Self {
        Self {
            driver,
            batch: RefCell::default(),
            scheduled: RefCell::default(),
            last: Cell::new(None),
            committing: Cell::new(false),
        }
    }

    /// Adds a change. One that forgets takes earlier events along: nobody may see them any more.
    pub(super) fn push(&self, inbound: Inbound) {
        let mut batch = self.batch.borrow_mut();
        match &inbound {
            Inbound::Purge(organization) => batch.inbound.retain(|earlier| match earlier {
                Inbound::Event(event) => event.envelope.organization.as_ref() != Some(organization),
                Inbound::Snapshot(snapshot) => snapshot.organization != *organization,
                _ => true,
            }),
            Inbound::PurgeAll => batch.inbound.clear(),
            _ => {}
        }
        batch.inbound.push(inbound);
    }

    /// Adds the outcome of an emitted event.
    pub(super) fn settle(&self, id: EventId, outcome: Outcome) {
        self.batch.borrow_mut().settled.push((id, outcome));
    }

    /// Adds the end of an attempt to connect.
    pub(super) fn finish(&self, waiting: Vec<AttemptSender>, result: &Result<(), ConnectionError>) {
        let told = waiting.into_iter().map(|attempt| (attempt, result.clone()));
        self.batch.borrow_mut().attempts.extend(told);
    }

    /// Something may have changed. `now` says that nothing of the application is on the stack.
    pub(super) fn request(&self, now: bool) {
        if !cfg!(target_arch = "wasm32") {
            return;
        }
        if !now || self.committing.get() {
            self.in_microtask();
            return;
        }
        let full = self.batch.borrow().inbound.len() >= MOST;
        let waits = matches!(*self.scheduled.borrow(), Scheduled::Frame(..));
        // What waits for a frame is asked nothing of the browser: under load that is nearly every change.
        if full || (!waits && (self.is_quiet() || is_hidden())) {
            self.flush();
        } else {
            self.in_frame();
        }
    }

    fn is_quiet(&self) -> bool {
        self.last.get().is_none_or(|last| clock::monotonic().saturating_sub(last) >= QUIET)
    }

    fn in_microtask(&self) {
        if matches!(*self.scheduled.borrow(), Scheduled::Microtask) {
            return;
        }
        *self.scheduled.borrow_mut() = Scheduled::Microtask;
        let driver = self.driver.clone();
        spawn_local(async move { flush(&driver) });
    }

    fn in_frame(&self) {
        if !matches!(*self.scheduled.borrow(), Scheduled::No) {
            return;
        }
        let (for_frame, for_timeout) = (self.driver.clone(), self.driver.clone());
        let frame = request_animation_frame(move |_| flush(&for_frame));
        #[expect(clippy::cast_possible_truncation, reason = "a constant of 100 ms")]
        let timeout = Timeout::new(LONGEST.as_millis() as u32, move || flush(&for_timeout));
        *self.scheduled.borrow_mut() = Scheduled::Frame(frame, timeout);
    }

    /// Commits what has been collected.
    pub(super) fn flush(&self) {
        let Some(driver) = self.driver.upgrade() else { return };
        if self.committing.replace(true) {
            return;
        }
        drop(self.scheduled.take());
        let began = clock::monotonic();
        self.last.set(Some(began));
        driver.apply(self.batch.take(), began);
        self.committing.set(false);
        if self.batch.borrow().is_empty() {
            return;
        }
        if driver.ended.get() {
            // A handler ended the socket: this is the last chance to say so.
            self.flush();
        } else {
            self.in_microtask();
        }
    }

    /// Undoes what is scheduled.
    pub(super) fn stop(&self) {
        drop(self.scheduled.take());
    }
}

/// Commits what a driver has collected, if it is still there.
pub(super) fn flush(driver: &Weak<Driver>) {
    if let Some(driver) = driver.upgrade() {
        driver.commit.flush();
    }
}
