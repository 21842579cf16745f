//! Typed errors in the four classes of the design document ("Error Classification").
//!
//! Each error has a stable [`code`](Error::code), says whether trying again can help, and has a message
//! in plain words. None holds a token or a payload.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::id::{OrganizationId, StreamEpoch};

/// The four classes of the design document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ErrorClass {
    /// Network issues, authentication failures.
    Connection,
    /// Tenant access violations, unauthorized events.
    Permission,
    /// Malformed event data, schema violations.
    Validation,
    /// Time-outs, full queues, limits.
    Performance,
}

/// Any error of the client.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// See [`ConnectionError`].
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    /// See [`PermissionError`].
    #[error(transparent)]
    Permission(#[from] PermissionError),
    /// See [`ValidationError`].
    #[error(transparent)]
    Validation(#[from] ValidationError),
    /// See [`PerformanceError`].
    #[error(transparent)]
    Performance(#[from] PerformanceError),
}

impl Error {
    /// The class of the error.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Connection(_) => ErrorClass::Connection,
            Self::Permission(_) => ErrorClass::Permission,
            Self::Validation(_) => ErrorClass::Validation,
            Self::Performance(_) => ErrorClass::Performance,
        }
    }

    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Connection(error) => error.code(),
            Self::Permission(error) => error.code(),
            Self::Validation(error) => error.code(),
            Self::Performance(error) => error.code(),
        }
    }

    /// Whether the same may succeed later without a change by the user or the developer.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Connection(error) => error.is_retryable(),
            Self::Permission(_) | Self::Validation(_) => false,
            Self::Performance(_) => true,
        }
    }
}

/// The connection could not be made or was lost.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ConnectionError {
    /// The server did not accept the connection: it is down, the address is wrong, or it refuses the
    /// page's origin. A browser does not tell which. Retried with backoff.
    #[error("The server cannot be reached.")]
    Unreachable,
    /// The server did not say `$welcome` in time. Retried with backoff.
    #[error("The server did not answer in time.")]
    ConnectTimeout,
    /// A heartbeat or probe was not answered in time. Reconnects at once.
    #[error("The connection has gone silent.")]
    HeartbeatTimeout,
    /// The server closed the connection.
    #[error("The server closed the connection (code {code}).")]
    Closed {
        /// The WebSocket close code, 1005 if there was none.
        code: u16,
    },
    /// The server refused the token, and a fresh one as well. Sign in again.
    #[error("Your sign-in is no longer valid. Please sign in again.")]
    Unauthorized,
    /// The token source had no token. It is asked again with backoff if `retryable`.
    #[error("No sign-in token could be had: {reason}")]
    TokenUnavailable {
        /// Why, in the words of the token source.
        reason: String,
        /// Whether asking again can help.
        retryable: bool,
    },
    /// The server forbids the connection. Retrying does not help.
    #[error("The server has ended the connection for good (code {code}).")]
    Forbidden {
        /// The WebSocket close code, 4000 to 4099.
        code: u16,
    },
    /// The server ended the session for good.
    #[error("Your session was ended by the server.")]
    Revoked,
    /// The server speaks another version of the protocol.
    #[error("The server speaks protocol {offered}, this client speaks {expected}.")]
    ProtocolMismatch {
        /// The server's version.
        offered: u16,
        /// The client's version.
        expected: u16,
    },
    /// The server broke the protocol. Retried with backoff.
    #[error("The server sent something unexpected: {what}.")]
    Protocol {
        /// What was wrong, without payload.
        what: &'static str,
    },
    /// The address is not one that a WebSocket can be opened to.
    #[error("The server's address is not valid: {reason}")]
    InvalidAddress {
        /// What is wrong with it.
        reason: String,
    },
    /// The application disconnected while the call was waiting.
    #[error("The connection was closed by the application.")]
    Disconnected,
    /// Every attempt that the configuration allows was used up.
    #[error("The server could not be reached after {attempts} attempts.")]
    AttemptsExhausted {
        /// How many attempts were made.
        attempts: u32,
    },
    /// There is no browser here, as in server-side rendering.
    #[error("There is no browser to open a connection in.")]
    Unsupported,
}

impl ConnectionError {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::ConnectTimeout => "connect_timeout",
            Self::HeartbeatTimeout => "heartbeat_timeout",
            Self::Closed { .. } => "closed",
            Self::Unauthorized => "unauthorized",
            Self::TokenUnavailable { .. } => "token_unavailable",
            Self::Forbidden { .. } => "forbidden",
            Self::Revoked => "revoked",
            Self::ProtocolMismatch { .. } => "protocol_mismatch",
            Self::Protocol { .. } => "protocol",
            Self::InvalidAddress { .. } => "invalid_address",
            Self::Disconnected => "disconnected",
            Self::AttemptsExhausted { .. } => "attempts_exhausted",
            Self::Unsupported => "unsupported",
        }
    }

    /// Whether the client tries again by itself.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unreachable
            | Self::ConnectTimeout
            | Self::HeartbeatTimeout
            | Self::Closed { .. }
            | Self::Protocol { .. } => true,
            Self::TokenUnavailable { retryable, .. } => *retryable,
            Self::Unauthorized
            | Self::Forbidden { .. }
            | Self::Revoked
            | Self::ProtocolMismatch { .. }
            | Self::InvalidAddress { .. }
            | Self::Disconnected
            | Self::AttemptsExhausted { .. }
            | Self::Unsupported => false,
        }
    }
}

/// An event may not be seen or sent.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PermissionError {
    /// The organization is not one of the user's.
    #[error("Events of this organization are not for this user.")]
    ForeignOrganization,
    /// The user does not listen to the organization at present.
    #[error("This organization is not subscribed.")]
    NotSubscribed {
        /// Which one.
        organization: OrganizationId,
    },
    /// An event names no organization although its type belongs to one.
    #[error("An event of type `{event_type}` must name its organization.")]
    OrganizationMissing {
        /// The event type.
        event_type: String,
    },
    /// An event names an organization although its type is global.
    #[error("An event of type `{event_type}` is global and names no organization.")]
    OrganizationUnexpected {
        /// The event type.
        event_type: String,
    },
    /// Events of this type do not travel this way.
    #[error("Events of type `{event_type}` do not travel in this direction.")]
    WrongDirection {
        /// The event type.
        event_type: String,
    },
}

impl PermissionError {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ForeignOrganization => "foreign_organization",
            Self::NotSubscribed { .. } => "not_subscribed",
            Self::OrganizationMissing { .. } => "organization_missing",
            Self::OrganizationUnexpected { .. } => "organization_unexpected",
            Self::WrongDirection { .. } => "wrong_direction",
        }
    }
}

/// Data does not have the form it must have.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ValidationError {
    /// A frame is not JSON, or not an object or an array of objects.
    #[error("A message is not valid JSON: {detail}.")]
    Malformed {
        /// Category and place of the error, without payload.
        detail: String,
    },
    /// A frame is larger than the limit.
    #[error("A message of {bytes} bytes is over the limit of {limit} bytes.")]
    FrameTooLarge {
        /// Its size in bytes.
        bytes: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// More bytes are waiting to be processed than the budget allows.
    #[error("More than {limit} bytes of messages are waiting to be processed.")]
    Backlog {
        /// The budget in bytes.
        limit: usize,
    },
    /// No event of this type is registered.
    #[error("Events of type `{event_type}` are not known.")]
    UnknownType {
        /// The event type, cut to 64 characters.
        event_type: String,
    },
    /// The payload does not have the structure of its type.
    #[error("The event's structure is wrong: {detail}.")]
    Structure {
        /// Category and place of the error, without payload.
        detail: String,
    },
    /// A value is not acceptable.
    #[error("`{field}` is not acceptable: {reason}.")]
    Value {
        /// Path of the field.
        field: &'static str,
        /// Why, without the value.
        reason: &'static str,
    },
    /// An event's timestamp lies too far in the server's future.
    #[error("An event's timestamp lies in the future.")]
    FutureTimestamp,
    /// An event to be sent is larger than the limit.
    #[error("An event of {bytes} bytes is over the limit of {limit} bytes.")]
    EventTooLarge {
        /// Its size in bytes.
        bytes: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// A payload uses a key that belongs to the envelope, or is not a JSON object.
    #[error("An event's payload must be a JSON object without the envelope's keys.")]
    PayloadShape,
}

impl ValidationError {
    /// A value is not acceptable. `reason` must not repeat the value.
    pub fn value(field: &'static str, reason: &'static str) -> Self {
        Self::Value { field, reason }
    }

    /// The structure of a payload is wrong.
    pub(crate) fn structure(error: &serde_json::Error) -> Self {
        Self::Structure { detail: place(error) }
    }

    /// A frame is not JSON.
    pub(crate) fn malformed(error: &serde_json::Error) -> Self {
        Self::Malformed { detail: place(error) }
    }

    /// The type is not registered. Long names are cut.
    pub(crate) fn unknown_type(event_type: &str) -> Self {
        Self::UnknownType { event_type: event_type.chars().take(64).collect() }
    }

    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "malformed",
            Self::FrameTooLarge { .. } => "frame_too_large",
            Self::Backlog { .. } => "backlog",
            Self::UnknownType { .. } => "unknown_type",
            Self::Structure { .. } => "invalid_structure",
            Self::Value { .. } => "invalid_value",
            Self::FutureTimestamp => "future_timestamp",
            Self::EventTooLarge { .. } => "event_too_large",
            Self::PayloadShape => "payload_shape",
        }
    }
}

/// serde's own messages quote the data, so only category and place are kept.
fn place(error: &serde_json::Error) -> String {
    let category = match error.classify() {
        serde_json::error::Category::Io => "unreadable",
        serde_json::error::Category::Syntax => "syntax",
        serde_json::error::Category::Data => "wrong type, missing or doubled field",
        serde_json::error::Category::Eof => "cut off",
    };
    format!("{category} at line {} column {}", error.line(), error.column())
}

/// A limit was reached.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PerformanceError {
    /// The server could not replay what was missed; the state was fetched anew.
    #[error("Some events could not be replayed; the data was loaded anew.")]
    Resynchronized {
        /// The organization.
        organization: OrganizationId,
        /// The epoch of its history from now on.
        epoch: StreamEpoch,
    },
    /// Events were missed, and the server cannot replay them nor say what the state is now.
    #[error("Some events were missed and cannot be had any more.")]
    EventsMissed {
        /// The organization.
        organization: OrganizationId,
    },
    /// More events arrived during a resynchronization than are kept; it begins again.
    #[error("More than {limit} events arrived while data was being loaded.")]
    BufferFull {
        /// How many are kept.
        limit: usize,
    },
}

impl PerformanceError {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Resynchronized { .. } => "resynchronized",
            Self::EventsMissed { .. } => "events_missed",
            Self::BufferFull { .. } => "buffer_full",
        }
    }
}

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
}

impl EmitError {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid(error) => error.code(),
            Self::NotPermitted(error) => error.code(),
            Self::RateLimited { .. } => "rate_limited",
            Self::QueueFull { .. } => "queue_full",
            Self::Closed => "closed",
        }
    }

    /// The class of the design document that the error belongs to.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Invalid(_) => ErrorClass::Validation,
            Self::NotPermitted(_) => ErrorClass::Permission,
            Self::RateLimited { .. } | Self::QueueFull { .. } => ErrorClass::Performance,
            Self::Closed => ErrorClass::Connection,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_codes_and_retries() {
        let errors: [(Error, ErrorClass, &str, bool); 4] = [
            (
                ConnectionError::ConnectTimeout.into(),
                ErrorClass::Connection,
                "connect_timeout",
                true,
            ),
            (
                PermissionError::ForeignOrganization.into(),
                ErrorClass::Permission,
                "foreign_organization",
                false,
            ),
            (
                ValidationError::FutureTimestamp.into(),
                ErrorClass::Validation,
                "future_timestamp",
                false,
            ),
            (
                PerformanceError::BufferFull { limit: 1 }.into(),
                ErrorClass::Performance,
                "buffer_full",
                true,
            ),
        ];
        for (error, class, code, retryable) in errors {
            assert_eq!(
                (error.class(), error.code(), error.is_retryable()),
                (class, code, retryable)
            );
        }
    }

    #[test]
    fn validation_errors_do_not_quote_the_data() {
        let error = serde_json::from_str::<u8>("\"secret diagnosis\"").unwrap_err();
        assert!(error.to_string().contains("secret"), "serde's message would");
        assert!(!ValidationError::structure(&error).to_string().contains("secret"));
    }
}
