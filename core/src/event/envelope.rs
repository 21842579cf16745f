//! The part of an event that every event has, read before and apart from its payload.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::id::{OrganizationId, StreamEpoch};
use crate::time::Timestamp;

/// The keys of the envelope. A payload may not use them.
pub const RESERVED_KEYS: [&str; 5] = ["type", "timestamp", "organizationId", "offset", "epoch"];

/// A place in one organization's event history on the server.
///
/// Offsets of one epoch are consecutive, so a gap is seen at the next event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Position {
    /// The incarnation of the history.
    pub epoch: StreamEpoch,
    /// The number of the last event at this place; 0 before the first.
    pub offset: u64,
}

impl Position {
    /// Whether nothing is missing between this place and another one of the same history.
    pub(crate) fn is_followed_by(&self, other: &Self) -> bool {
        self.epoch == other.epoch && other.offset <= self.offset + 1
    }
}

/// The envelope of an event: what every event has beside its payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The event type.
    pub event_type: Arc<str>,
    /// The organization, or `None` for a global event.
    pub organization: Option<OrganizationId>,
    /// When the event happened, by the server's clock.
    pub timestamp: Timestamp,
    /// The place in the organization's history, where the server keeps one.
    pub position: Option<Position>,
}
