//! The outbox over reloads: encrypted records in IndexedDB, held by one tab of a user at a time.
//!
//! # Layout
//!
//! - `queue`: what is to be done, in order. `worker`: does it, one step after the other; `take`, `load` and `write`
//!   are such steps. `hold`: who has the outbox.
//! - `record`: the form of a record, and what must agree. `cipher`: WebCrypto. `database` and `opening`: IndexedDB.
//! - `signed_out`: whose records are to be erased, should the page be gone first.
//! - `lock`: one tab of a user. `request`: the browser's events as futures, its exceptions as errors.

mod cipher;
mod database;
mod hold;
mod load;
mod lock;
mod opening;
mod queue;
mod record;
mod request;
mod signed_out;
mod take;
mod worker;
mod write;

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests;

use std::rc::Rc;

use yewdux_socket_core::{Effect, EventId, Input, StoredEvent, UserId};

use queue::Extent;
use worker::Worker;

/// Keeps the outbox of a user. Operations are carried out in the order of the calls.
///
/// A tab holds the outbox from the first load that finds it free. Without it nothing is stored or removed,
/// and [`Input::StorageReleased`] says when it has come free. [`Input::StorageLost`] says when the browser took the
/// database away, as it does when the user clears the data of the site.
///
/// Dropped, it reports nothing more and waits for nothing. What it was told to store, remove or erase is
/// finished first; then the connection is closed and the outbox let go. With nothing left to do that is at once.
#[must_use = "the outbox is held only as long as this lives"]
pub(crate) struct Storage {
    worker: Rc<Worker>,
}

impl Storage {
    /// Storage of what goes to `server`, that hands its answers to `report`. It touches the browser with the first
    /// operation.
    pub(crate) fn new(server: &str, report: impl Fn(Input) + 'static) -> Self {
        Self { worker: Worker::new(server, Box::new(report)) }
    }

    /// Carries out what the core wants of storage. Other effects are none of its business.
    pub(crate) fn perform(&self, effect: Effect) {
        match effect {
            Effect::Load { operation, user } => self.load(operation, user),
            Effect::Store { operation, user, event } => self.store(operation, user, *event),
            Effect::Remove { user, id } => self.remove(user, id),
            Effect::Erase { user } => self.erase(user),
            Effect::EraseHeld { user } => self.erase_held(user),
            _ => {}
        }
    }

    /// Takes the outbox and loads what an earlier page left; answered with [`Input::Loaded`].
    fn load(&self, operation: u64, user: UserId) {
        self.worker.told(|queue| queue.load(operation, user));
    }

    /// Keeps an event; answered with [`Input::Stored`], unless it is removed before its turn.
    fn store(&self, operation: u64, user: UserId, event: StoredEvent) {
        self.worker.told(|queue| queue.store(operation, user, event));
    }

    /// Keeps an event no longer.
    fn remove(&self, user: UserId, id: EventId) {
        self.worker.told(|queue| queue.remove(user, id));
    }

    /// Forgets all of a user, the key included, and lets the outbox go. Nothing that was asked for this user
    /// before is answered any more. It is done even if another tab holds the outbox: who signs out leaves nothing. It
    /// begins at once, and is finished by the next page if this one is gone before.
    fn erase(&self, user: UserId) {
        self.worker.begin_to_erase(&user);
        self.worker.silence(&user);
        self.worker.told(|queue| queue.erase(user, Extent::All));
    }

    /// As [`Storage::erase`], for a tab that was told of the sign-out by another, which erases too. It does what
    /// that one cannot: to end after what this one writes. Without the outbox this one writes nothing, and what is
    /// there may be of a later sign-in.
    fn erase_held(&self, user: UserId) {
        self.worker.silence(&user);
        self.worker.told(|queue| queue.erase(user, Extent::Held));
    }
}

impl Drop for Storage {
    fn drop(&mut self) {
        self.worker.end();
    }
}

impl std::fmt::Debug for Storage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Storage").finish_non_exhaustive()
    }
}
