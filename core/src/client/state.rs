//! What an application sees of the connection.

use std::sync::Arc;

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use crate::error::{Error, StorageError};
use crate::id::{SessionId, UserId};
use crate::outbox::QueuedEvent;
use crate::tenant::Membership;
use crate::time::Timestamp;

/// The state of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Status {
    /// No connection is wanted.
    #[default]
    Disconnected,
    /// The first connection is being made.
    Connecting,
    /// The server said `$welcome`.
    Connected,
    /// A connection was lost or could not be made, and is tried again.
    Reconnecting,
    /// No connection can be had without the user or the developer doing something.
    Error,
}

impl Status {
    /// The status in lower case, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Disconnected => "disconnected",
            Self::Connecting => "connecting",
            Self::Connected => "connected",
            Self::Reconnecting => "reconnecting",
            Self::Error => "error",
        }
    }
}

/// The connection as an application sees it.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct ConnectionState {
    /// Where the connection stands.
    pub status: Status,
    /// When the server last said `$welcome`.
    pub last_connected: Option<Timestamp>,
    /// Attempts since the last stable connection.
    pub reconnect_attempts: u32,
    /// Smoothed round-trip time in milliseconds, once measured on this connection.
    pub latency: Option<f64>,
    /// The last error of the connection; gone after a `$welcome`.
    pub error: Option<ErrorReport>,
    /// Events that wait to be sent or acknowledged, oldest first.
    pub queued_events: Arc<[Arc<QueuedEvent>]>,
    /// When the next attempt will be made.
    pub next_attempt: Option<Timestamp>,
    /// Whether the connection has been lost for longer than the grace time.
    pub is_lost: bool,
}

/// As JSON, in camel case.
impl Serialize for ConnectionState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut state = serializer.serialize_struct("ConnectionState", 6)?;
        state.serialize_field("status", &self.status)?;
        state.serialize_field("lastConnected", &self.last_connected)?;
        state.serialize_field("reconnectAttempts", &self.reconnect_attempts)?;
        state.serialize_field("latency", &self.latency)?;
        state.serialize_field("error", &self.error)?;
        state.serialize_field("queuedEvents", &*self.queued_events)?;
        state.end()
    }
}

/// Whether unsent events outlive a reload of the page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum StorageState {
    /// They do not: it is not configured, or nobody is signed in.
    #[default]
    Off,
    /// What an earlier page left is being loaded; new events wait for it.
    Loading,
    /// They do, as soon as [`QueuedEvent::durable`](crate::QueuedEvent::durable) says so.
    Durable,
    /// They do not, because of this error. Memory serves.
    Memory(StorageError),
}

/// An error, and when it came.
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorReport {
    /// The error, shared by all who show it.
    pub error: Arc<Error>,
    /// When it came.
    pub at: Timestamp,
}

impl Serialize for ErrorReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut report = serializer.serialize_struct("ErrorReport", 5)?;
        report.serialize_field("class", &self.error.class())?;
        report.serialize_field("code", self.error.code())?;
        report.serialize_field("message", &self.error.to_string())?;
        report.serialize_field("retryable", &self.error.is_retryable())?;
        report.serialize_field("at", &self.at)?;
        report.end()
    }
}

/// Who is signed in, as the server said in `$welcome` and narrowed by the application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The user.
    pub user_id: UserId,
    /// The session.
    pub session: SessionId,
    /// The effective organizations and roles, ordered by id.
    pub organizations: Vec<Membership>,
    /// What the server can do, see [`capability`](crate::wire::capability).
    pub capabilities: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ConnectionError;

    #[test]
    fn json_is_the_design_documents() {
        let state = ConnectionState {
            status: Status::Reconnecting,
            last_connected: Some(Timestamp::from_millis(0)),
            reconnect_attempts: 2,
            error: Some(ErrorReport {
                error: Arc::new(ConnectionError::Unreachable.into()),
                at: Timestamp::from_millis(5),
            }),
            ..ConnectionState::default()
        };
        let json = serde_json::to_value(&state).unwrap();
        assert_eq!(json["status"], "reconnecting");
        assert_eq!(json["lastConnected"], "1970-01-01T00:00:00.000Z");
        assert_eq!(json["reconnectAttempts"], 2);
        assert_eq!(json["latency"], serde_json::Value::Null);
        assert_eq!(json["error"]["code"], "unreachable");
        assert_eq!(json["queuedEvents"], serde_json::json!([]));
    }
}
