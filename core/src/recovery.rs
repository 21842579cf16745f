//! What is done about errors.
//!
//! The client asks a [`RecoveryStrategy`] at each turn and carries out the answer. The default policy is the default
//! of each method. An application that wants another one implements the methods it cares for and sets
//! [`Config::recovery`](crate::Config::recovery).
//!
//! ```
//! use std::sync::Arc;
//! use yewdux_socket_core::Config;
//! use yewdux_socket_core::error::ConnectionError;
//! use yewdux_socket_core::recovery::{ConnectionRecovery, RecoveryStrategy};
//!
//! /// A kiosk that nobody looks after: it gives up after a while and shows another page.
//! #[derive(Debug)]
//! struct Kiosk;
//!
//! impl RecoveryStrategy for Kiosk {
//!     fn handle_connection_error(&self, _: &ConnectionError, attempts: u32) -> ConnectionRecovery {
//!         if attempts < 20 { ConnectionRecovery::Retry } else { ConnectionRecovery::GiveUp }
//!     }
//! }
//!
//! let mut config = Config::default();
//! config.recovery = Arc::new(Kiosk);
//! ```

use std::fmt;
use std::time::Duration;

use crate::error::{ConnectionError, Error, StorageError};
use crate::event::Envelope;
use crate::id::OrganizationId;

/// Decides what is done about errors. Each method answers at once and has no effect of its own; nothing it could
/// answer opens what the server closed for good, or lets an event through that was refused.
///
/// A method must not panic: a panic ends the whole wasm module, and with it the application.
pub trait RecoveryStrategy: fmt::Debug + Send + Sync + 'static {
    /// A connection was lost or could not be made, after so many attempts without a stable connection. The answer
    /// counts if the error [is retryable](ConnectionError::is_retryable); the client stops at the others.
    fn handle_connection_error(
        &self,
        error: &ConnectionError,
        attempts: u32,
    ) -> ConnectionRecovery {
        let _ = (error, attempts);
        ConnectionRecovery::Retry
    }

    /// An event of one of the user's organizations, whose place in the stream is known, could not be used. Events
    /// that are nobody's business here, such as those of other organizations, are dropped without asking.
    fn handle_event_error(&self, event: &Envelope, error: &Error) -> EventRecovery {
        let _ = (event, error);
        EventRecovery::Resynchronize
    }

    /// State was found to be wrong.
    fn handle_state_corruption(&self, corruption: &StateCorruption) -> CorruptionRecovery {
        let _ = corruption;
        CorruptionRecovery::Repair
    }

    /// The connection is lost. What about events that are emitted meanwhile?
    fn enable_offline_mode(&self) -> OfflineMode {
        OfflineMode::Queue
    }

    /// The connection is back. How is the state brought up to date?
    fn sync_when_online(&self) -> OnlineSync {
        OnlineSync::Resume
    }
}

/// The default policy: retry with backoff, fetch what is missing or wrong, queue while offline, resume where the
/// server can.
#[derive(Debug, Clone, Copy, Default)]
pub struct DefaultRecovery;

impl RecoveryStrategy for DefaultRecovery {}

/// What is done about a lost connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectionRecovery {
    /// Try again, when the kind of the error and the server say.
    Retry,
    /// Try again, but not before so much time has passed.
    RetryAfter(Duration),
    /// Do not try again until the application says so.
    GiveUp,
}

/// What is done about an event that could not be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventRecovery {
    /// Leave it out: what it would have changed stays as it was.
    Skip,
    /// Fetch the organization's state, of which the event's effect is part. At most once in
    /// [`Config::repair_interval`](crate::Config::repair_interval) for each organization.
    Resynchronize,
}

/// State that was found to be wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StateCorruption {
    /// Who is online differs from the server's fingerprint at the same position.
    PresenceDigest {
        /// The organization.
        organization: OrganizationId,
    },
    /// The number of users online disagrees with the map that it counts.
    PresenceCount {
        /// The organization.
        organization: OrganizationId,
    },
    /// A record of the stored outbox could not be used. It was removed.
    StoredRecord {
        /// Why.
        error: StorageError,
    },
}

impl StateCorruption {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::PresenceDigest { .. } => "presence_digest",
            Self::PresenceCount { .. } => "presence_count",
            Self::StoredRecord { .. } => "stored_record",
        }
    }
}

/// What is done about wrong state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CorruptionRecovery {
    /// Leave it as it is.
    Ignore,
    /// Fetch it anew; a stored record is reported.
    Repair,
}

/// What happens to events that are emitted while the connection is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OfflineMode {
    /// They wait in the outbox.
    Queue,
    /// They are refused with [`EmitError::Offline`](crate::EmitError::Offline).
    Refuse,
}

/// How state is brought up to date after a reconnection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnlineSync {
    /// By the events that were missed, where the server can replay them, else by a snapshot.
    Resume,
    /// By a snapshot in any case.
    Snapshot,
}
