//! The outbox over reloads: whose it is, when it is loaded, and what is stored.
//!
//! Nothing is sent before the answer to the load came, because what an earlier page left goes first. Where storage
//! fails, memory serves.

use std::time::Duration;

use litemap::LiteMap;

use super::membership::Stored;
use super::{Client, Effect, StorageState};
use crate::error::StorageError;
use crate::id::{EventId, UserId};
use crate::outbox::Loaded;
use crate::recovery::{CorruptionRecovery, StateCorruption};

/// The stored outbox.
#[derive(Debug, Default)]
pub(super) struct Storage {
    pub(super) state: StorageState,
    /// Whose outbox it is.
    owner: Option<UserId>,
    /// The load that has no answer yet.
    load: Option<u64>,
    /// Until when events wait for it.
    wait_until: Option<Duration>,
    /// What this page had stored when it was asked for. Of that, the answer may hold what has its outcome by then.
    own: LiteMap<EventId, ()>,
    next_operation: u64,
    /// How many records could not be used since this user signed in.
    pub(super) refused: u64,
}

impl Client {
    /// Events emitted from now on are this user's.
    pub(super) fn own_storage(&mut self, user: &UserId) {
        if self.config.persist && self.storage.owner.as_ref() != Some(user) {
            self.storage.owner = Some(user.clone());
            self.load(user.clone());
        }
    }

    fn load(&mut self, user: UserId) {
        self.storage.next_operation += 1;
        let operation = self.storage.next_operation;
        self.storage.load = Some(operation);
        self.storage.own = self.outbox.handed().clone();
        self.storage.wait_until = Some(self.now.monotonic + self.config.storage_timeout);
        self.storage.state = StorageState::Loading;
        self.effect(Effect::Load { operation, user });
    }

    /// Whether events wait for what an earlier page left.
    pub(super) fn is_loading(&self) -> bool {
        self.storage.wait_until.is_some()
    }

    /// The answer to the last load. It counts although nobody waits for it any more: late is better than for the page
    /// after this one. An answer to an earlier load is ignored.
    pub(super) fn loaded(&mut self, operation: u64, result: Result<Loaded, StorageError>) {
        if self.storage.load.take_if(|load| *load == operation).is_none() {
            return;
        }
        self.storage.wait_until = None;
        match result {
            Ok(loaded) => {
                self.storage.state = StorageState::Durable;
                self.restore(loaded);
                self.store_all();
            }
            Err(error) => self.fall_back_to_memory(error),
        }
    }

    fn restore(&mut self, loaded: Loaded) {
        let mut reported: LiteMap<_, ()> = LiteMap::new();
        for error in loaded.refused {
            let is_new = reported.insert(error.code(), ()).is_none();
            let corruption = StateCorruption::StoredRecord { error: error.clone() };
            let recovery = self.config.recovery.handle_state_corruption(&corruption);
            self.metrics.records_refused += 1;
            self.storage.refused += 1;
            if is_new && recovery == CorruptionRecovery::Repair {
                self.report(error);
            }
        }
        let mut events = Vec::with_capacity(loaded.events.len());
        let own = std::mem::take(&mut self.storage.own);
        for event in loaded.events {
            if own.contains_key(&event.id) && !self.outbox.contains(&event.id) {
                continue;
            }
            if let Some(kind) = self.config.registry.get(&event.event_type) {
                events.push((event, kind.lane));
            } else {
                // An earlier version of the application knew the type.
                self.storage.refused += 1;
                self.report(StorageError::Stale);
                self.remove_stored(event.id);
            }
        }
        tracing::info!(events = events.len(), "restored what an earlier page left");
        self.outbox.restore(self.now, events);
        self.outbox_changed = true;
    }

    /// The answer to a store.
    pub(super) fn stored(&mut self, sequence: u64, result: Result<(), StorageError>) {
        match result {
            Ok(()) => {
                if self.outbox.mark_durable(sequence) {
                    self.outbox_changed = true;
                }
                if matches!(self.storage.state, StorageState::Memory(StorageError::Full)) {
                    self.storage.state = StorageState::Durable;
                    self.store_all();
                }
            }
            Err(error) => self.fall_back_to_memory(error),
        }
    }

    fn fall_back_to_memory(&mut self, error: StorageError) {
        if self.storage.state != StorageState::Memory(error.clone()) {
            self.storage.state = StorageState::Memory(error.clone());
            self.report(error);
        }
    }

    /// Storage that another tab held came free.
    pub(super) fn storage_released(&mut self, user: UserId) {
        if self.storage.owner.as_ref() == Some(&user) && self.storage.load.is_none() {
            self.load(user);
        }
    }

    /// Nothing of what was stored counts any more: it may be gone.
    pub(super) fn storage_lost(&mut self, user: UserId) {
        if self.storage.owner.as_ref() == Some(&user) {
            self.outbox.mark_all_lost();
            self.outbox_changed = true;
            if self.storage.load.is_none() {
                self.load(user);
            }
        }
    }

    /// Stores what is not stored yet.
    fn store_all(&mut self) {
        let ids: Vec<_> = self.outbox.events().map(|event| event.id.clone()).collect();
        for id in ids {
            self.store(&id);
        }
    }

    /// Stores an event, if events are stored.
    pub(super) fn store(&mut self, id: &EventId) {
        let may_store = matches!(
            self.storage.state,
            StorageState::Durable | StorageState::Memory(StorageError::Full)
        );
        let (Some(user), true) = (self.storage.owner.clone(), may_store) else { return };
        if let Some(event) = self.outbox.hand_over(id) {
            self.effect(Effect::Store { operation: event.sequence, user, event: Box::new(event) });
        }
    }

    /// An event has left the outbox.
    pub(super) fn unstore(&mut self, id: &EventId) {
        // Durable or not: it may be on its way to be stored.
        if self.outbox.let_go(id) {
            self.remove_stored(id.clone());
        }
    }

    fn remove_stored(&mut self, id: EventId) {
        if let Some(user) = self.storage.owner.clone() {
            self.effect(Effect::Remove { user, id });
        }
    }

    /// Whose stored outbox it is.
    pub(super) fn storage_owner(&self) -> Option<&UserId> {
        self.storage.owner.as_ref()
    }

    /// The sign-in ended, and with it what is stored of the user, as far as `stored` says.
    pub(super) fn storage_ends(&mut self, stored: Stored) {
        let ended = std::mem::take(&mut self.storage);
        self.storage.next_operation = ended.next_operation;
        let Some(user) = ended.owner else { return };
        match stored {
            Stored::Kept => {}
            Stored::Erased => self.effect(Effect::Erase { user }),
            Stored::ErasedWhereHeld => self.effect(Effect::EraseHeld { user }),
        }
    }

    /// Storage that does not answer is done without.
    pub(super) fn storage_due(&mut self) {
        if self.storage.wait_until.take_if(|until| self.now.monotonic >= *until).is_some() {
            let reason = "it did not answer in time".to_owned();
            self.fall_back_to_memory(StorageError::Unavailable { reason });
        }
    }

    /// When that is.
    pub(super) fn storage_deadline(&self) -> Option<Duration> {
        self.storage.wait_until
    }
}
