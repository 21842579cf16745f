//! What is kept: the changes that are taken down, and what is given back at the next start.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use yewdux_socket_core::event::{Organization, Patient, User};
use yewdux_socket_core::wire::{AuditHead, RawJson};
use yewdux_socket_core::{AuditChainId, EventId, OrganizationId, StreamEpoch, Timestamp, UserId};

use crate::random;
use crate::seed::Account;

/// The store could not be opened or written.
#[derive(Debug, Error)]
#[error("the store in the data directory failed: {0}")]
pub(crate) struct StoreError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl StoreError {
    pub(super) fn new(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(error.into())
    }
}

/// One change of the state.
#[derive(Debug)]
pub(crate) enum Change {
    /// An organization is new or has other data.
    Organization(Organization),
    /// The incarnation of an organization's history.
    Epoch(OrganizationId, StreamEpoch),
    /// An event came to an organization's history.
    Append { organization: OrganizationId, offset: u64, event: RawJson },
    /// An organization's history begins at a later offset.
    Trim { organization: OrganizationId, first: u64 },
    /// A patient is new or has other data.
    Patient(OrganizationId, Arc<Patient>),
    /// A member is new or has other data.
    Profile(OrganizationId, Arc<User>),
    /// A user is no longer a member.
    NoProfile(OrganizationId, UserId),
    /// An account is new or has other memberships.
    Account(StoredAccount),
    /// An idempotency key was used.
    Key(UserId, EventId, KeyRecord),
    /// An idempotency key may be used again.
    NoKey(UserId, EventId),
    /// The latest head of an audit chain of a user.
    Head(UserId, StoredHead),
    /// A head is not kept any longer.
    NoHead(UserId, AuditChainId),
}

/// An account, and how often it was revoked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredAccount {
    pub(crate) account: Account,
    pub(crate) generation: u64,
}

/// The latest head of an audit chain, countersigned, and when it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredHead {
    pub(crate) head: AuditHead,
    pub(crate) at: Timestamp,
}

/// For what an idempotency key was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeyRecord {
    /// SHA-256 of the event's JSON.
    pub(crate) body: [u8; 32],
    pub(crate) accepted_at: Timestamp,
}

/// All that is known of an organization at the start.
#[derive(Debug)]
pub(crate) struct StoredOrganization {
    pub(crate) organization: Organization,
    pub(crate) epoch: StreamEpoch,
    /// The offset of the first event of `history`.
    pub(crate) first: u64,
    pub(crate) history: Vec<RawJson>,
    pub(crate) patients: Vec<Patient>,
    pub(crate) profiles: Vec<User>,
}

/// All that is known at the start.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) signing_key: [u8; 32],
    pub(crate) accounts: Vec<StoredAccount>,
    pub(crate) organizations: Vec<StoredOrganization>,
    /// In the order in which they were used.
    pub(crate) keys: Vec<(UserId, EventId, KeyRecord)>,
    pub(crate) heads: Vec<(UserId, StoredHead)>,
}

pub(super) fn fresh_epoch() -> StreamEpoch {
    StreamEpoch::from(random::id().as_str())
}
