//! How many events were applied.

use std::sync::Arc;

use yewdux::Store;
use yewdux_socket::error::ValidationError;
use yewdux_socket::wire::RawJson;
use yewdux_socket::{OrganizationId, RealtimeSlice, ReceivedEvent};

/// Counts the events that the slices were given.
#[derive(Debug, Clone, PartialEq, Eq, Default, Store)]
pub(crate) struct Progress {
    pub(crate) applied: usize,
}

impl RealtimeSlice for Progress {
    const TOPIC: Option<&'static str> = None;

    fn apply(&mut self, events: &[Arc<ReceivedEvent>]) {
        self.applied += events.len();
    }

    fn replace(&mut self, _: &OrganizationId, _: &[RawJson]) -> Result<(), ValidationError> {
        Ok(())
    }

    fn purge(&mut self, _: Option<&OrganizationId>) {}
}
