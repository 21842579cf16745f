//! Why the hub does not do what it is asked.

use thiserror::Error;
use yewdux_socket_core::OrganizationId;
use yewdux_socket_core::error::{PermissionError, ValidationError};
use yewdux_socket_core::wire::{ServerError, close};

use crate::random;

/// Why a connection may not join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The token was issued before a revocation, or the user is gone.
    Unauthorized,
    /// The user has too many connections.
    TooManyConnections,
    /// The server is about to stop.
    Restarting,
}

impl Refusal {
    /// How it is said, and the code of the close that follows.
    pub(crate) fn to_error(self) -> (ServerError, u16) {
        let error = |code: &str, message: &str, retry_after_ms: Option<u64>| ServerError {
            code: code.into(),
            message: message.into(),
            retryable: retry_after_ms.is_some(),
            retry_after_ms,
            ..ServerError::default()
        };
        match self {
            Self::Unauthorized => {
                (error("unauthorized", "The token is not valid.", None), close::UNAUTHORIZED)
            }
            Self::TooManyConnections => {
                let message = "The user has too many connections.";
                (error("too_many_connections", message, Some(30_000)), close::OVERLOADED)
            }
            Self::Restarting => {
                // Spread, so that a whole ward does not come back in the same instant.
                let after = random::between(500, 2_000);
                (error("restarting", "The server restarts.", Some(after)), close::RESTART)
            }
        }
    }
}

/// Why an event is not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rejection {
    pub(crate) code: &'static str,
    pub(crate) reason: String,
}

impl From<ValidationError> for Rejection {
    fn from(error: ValidationError) -> Self {
        Self { code: error.code(), reason: error.to_string() }
    }
}

impl From<PermissionError> for Rejection {
    fn from(error: PermissionError) -> Self {
        Self { code: error.code(), reason: error.to_string() }
    }
}

/// An event was not published.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The type is not in the [`EventRegistry`](yewdux_socket_core::EventRegistry) of the configuration, so no
    /// client would know it either.
    #[error("events of this type are not registered")]
    UnknownType,
    /// The type is global, or goes from clients to the server only, or is one of presence, which the server
    /// keeps itself.
    #[error("events of this type cannot be published into an organization")]
    NotPublishable,
    /// There is no such organization.
    #[error("there is no such organization")]
    UnknownOrganization,
    /// The event is not acceptable.
    #[error("the event is not acceptable ({code}): {reason}")]
    Rejected {
        /// A stable code.
        code: &'static str,
        /// The reason in plain words.
        reason: String,
    },
    /// The server has stopped.
    #[error("the server has stopped")]
    Stopped,
}

/// A user's membership was not changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UpdateError {
    /// There is no such user.
    #[error("there is no such user")]
    UnknownUser,
    /// There is no such organization.
    #[error("there is no organization `{0}`")]
    UnknownOrganization(OrganizationId),
    /// The server has stopped.
    #[error("the server has stopped")]
    Stopped,
}

/// Why a load does not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LoadRefusal {
    /// The token is not good, or not any more.
    Unauthorized,
    /// The user may not change patients there, or there are none.
    NotPermitted,
    /// The server stops.
    Stopped,
}
