//! How a connection ends, and what is said at the end.

use yewdux_socket_core::error::ValidationError;
use yewdux_socket_core::wire::{ServerError, ServerMessage, close};

use crate::hub::Refusal;
use crate::outgoing::Outgoing;

/// The last word on a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Farewell {
    error: Option<ServerError>,
    code: u16,
}

impl Farewell {
    /// The other side left, or the hub has said the last word already.
    pub(super) fn silent() -> Self {
        Self { error: None, code: close::NORMAL }
    }

    /// An error that ends the connection.
    pub(super) fn new(close: u16, code: &str, message: impl Into<String>) -> Self {
        let error =
            ServerError { code: code.into(), message: message.into(), ..ServerError::default() };
        Self { error: Some(error), code: close }
    }

    /// Trying again can help.
    pub(super) fn retryable(mut self, after_ms: Option<u64>) -> Self {
        if let Some(error) = &mut self.error {
            error.retryable = true;
            error.retry_after_ms = after_ms;
        }
        self
    }

    pub(super) fn code(&self) -> u16 {
        self.code
    }

    /// Queues it behind everything else.
    pub(super) fn say(self, outgoing: &Outgoing) {
        let last: Vec<_> = self.error.map(ServerMessage::Error).into_iter().collect();
        outgoing.finish(&last, self.code);
    }
}

impl From<ValidationError> for Farewell {
    /// The other side does not speak the protocol.
    fn from(error: ValidationError) -> Self {
        Self::new(close::PROTOCOL_ERROR, error.code(), error.to_string())
    }
}

impl From<Refusal> for Farewell {
    fn from(refusal: Refusal) -> Self {
        let (error, code) = refusal.to_error();
        Self { error: Some(error), code }
    }
}
