//! In the place of storage, where it is not built in: memory serves, and the slice says why.

use yewdux_socket_core::error::StorageError;
use yewdux_socket_core::{EventId, Input, StoredEvent, UserId};

/// Keeps nothing.
pub(crate) struct Storage {
    report: Box<dyn Fn(Input)>,
}

impl Storage {
    pub(crate) fn new(_: &str, report: impl Fn(Input) + 'static) -> Self {
        Self { report: Box::new(report) }
    }

    /// Answers that there is no storage. After that, nothing is asked of it.
    pub(crate) fn load(&self, operation: u64, _: UserId) {
        let reason = "the feature `persist` is not built in".to_owned();
        let result = Err(StorageError::Unavailable { reason });
        (self.report)(Input::Loaded { operation, result });
    }

    #[expect(clippy::unused_self, reason = "the interface of storage")]
    pub(crate) fn store(&self, _: u64, _: UserId, _: StoredEvent) {}

    #[expect(clippy::unused_self, reason = "the interface of storage")]
    pub(crate) fn remove(&self, _: UserId, _: EventId) {}

    #[expect(clippy::unused_self, reason = "the interface of storage")]
    pub(crate) fn erase(&self, _: UserId) {}

    #[expect(clippy::unused_self, reason = "the interface of storage")]
    pub(crate) fn erase_held(&self, _: UserId) {}
}
