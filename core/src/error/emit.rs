//! An event was not accepted for sending.

use thiserror::Error;

use super::{ErrorClass, PermissionError, ValidationError};

/// An event was not accepted for sending. Nothing was queued.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EmitError {
    /// The event itself is wrong. Correct it.
    #[error(transparent)]
    Invalid(#[from] ValidationError),
    /// The user may not send it.
    #[error(transparent)]
    NotPermitted(#[from] PermissionError),
    /// Events are emitted faster than the limit. Try again after the given time.
    #[error("Too many events at once; try again in {retry_after_ms} ms.")]
    RateLimited {
        /// When one more event will be accepted, in milliseconds.
        retry_after_ms: u64,
    },
    /// The outbox is full. Try again when some of its events have been acknowledged or have expired.
    #[error("The queue of unsent events is full ({events} events, {bytes} bytes).")]
    QueueFull {
        /// Events in the outbox.
        events: usize,
        /// Their size in bytes.
        bytes: usize,
    },
    /// Nobody is signed in: `connect` was not called, or the user signed out.
    #[error("Nobody is signed in.")]
    Closed,
    /// The connection is lost, and the recovery strategy does not queue events meanwhile.
    #[error("There is no connection, and nothing is queued meanwhile.")]
    Offline,
}

impl EmitError {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid(error) => error.code(),
            Self::NotPermitted(error) => error.code(),
            Self::RateLimited { .. } => "rate_limited",
            Self::QueueFull { .. } => "queue_full",
            Self::Closed => "not_signed_in",
            Self::Offline => "offline",
        }
    }

    /// The class that the error belongs to.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Invalid(_) => ErrorClass::Validation,
            Self::NotPermitted(_) => ErrorClass::Permission,
            Self::RateLimited { .. } | Self::QueueFull { .. } => ErrorClass::Performance,
            Self::Closed | Self::Offline => ErrorClass::Connection,
        }
    }

    /// Whether the same event may be accepted later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Invalid(_) | Self::NotPermitted(_) => false,
            Self::RateLimited { .. } | Self::QueueFull { .. } | Self::Closed | Self::Offline => {
                true
            }
        }
    }

    /// What the user or the developer can do.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Invalid(error) => error.remedy(),
            Self::NotPermitted(error) => error.remedy(),
            Self::RateLimited { .. } => "Wait for the given time.",
            Self::QueueFull { .. } => "Wait until some events have been sent.",
            Self::Closed => "Sign in first.",
            Self::Offline => "Try again when there is a connection.",
        }
    }
}
