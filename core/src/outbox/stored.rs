//! The form in which an event is kept over a reload.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::StorageError;
use crate::id::{EventId, OrganizationId};
use crate::time::Timestamp;
use crate::wire::RawJson;

/// An event of the outbox as it is kept over a reload. It holds a payload, so whoever keeps it encrypts it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredEvent {
    /// The idempotency key.
    pub id: EventId,
    /// The place in the order of emission. Later events have higher numbers, over reloads too.
    pub sequence: u64,
    /// The event type.
    #[serde(rename = "type")]
    pub event_type: Arc<str>,
    /// The organization that it belongs to, unless it is global.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<OrganizationId>,
    /// The event as it goes over the wire.
    pub payload: RawJson,
    /// When it was emitted, by the wall clock.
    pub timestamp: Timestamp,
    /// When its time to live ends, by the wall clock.
    pub expires_at: Timestamp,
}

/// What an earlier page of the same user left.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The events, in any order.
    pub events: Vec<StoredEvent>,
    /// Why records were refused, one entry for each. They have been removed.
    pub refused: Vec<StorageError>,
}
