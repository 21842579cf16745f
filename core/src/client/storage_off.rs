//! In the place of the stored outbox, where it is not built in: memory serves, and the state says why.

use std::time::Duration;

use super::membership::Stored;
use super::{Client, StorageState};
use crate::error::StorageError;
use crate::id::{EventId, UserId};
use crate::outbox::Loaded;

/// No storage.
#[derive(Debug, Default)]
pub(super) struct Storage {
    pub(super) state: StorageState,
    pub(super) refused: u64,
}

impl Client {
    /// Says once a sign-in that there is no storage, if it was asked for.
    pub(super) fn own_storage(&mut self, _: &UserId) {
        if self.config.persist && self.storage.state == StorageState::Off {
            let reason = "the feature `persist` is not built in".to_owned();
            let error = StorageError::Unavailable { reason };
            self.storage.state = StorageState::Memory(error.clone());
            self.report(error);
        }
    }

    pub(super) fn storage_ends(&mut self, _: Stored) {
        self.storage = Storage::default();
    }
}

#[expect(clippy::unused_self, reason = "the interface of storage")]
impl Client {
    pub(super) fn is_loading(&self) -> bool {
        false
    }

    pub(super) fn loaded(&mut self, _: u64, _: Result<Loaded, StorageError>) {}

    pub(super) fn stored(&mut self, _: u64, _: Result<(), StorageError>) {}

    pub(super) fn storage_released(&mut self, _: UserId) {}

    pub(super) fn storage_lost(&mut self, _: UserId) {}

    pub(super) fn store(&mut self, _: &EventId) {}

    pub(super) fn unstore(&mut self, _: &EventId) {}

    pub(super) fn storage_owner(&self) -> Option<&UserId> {
        None
    }

    pub(super) fn storage_due(&mut self) {}

    pub(super) fn storage_deadline(&self) -> Option<Duration> {
        None
    }
}
