//! The connection could not be made or was lost.

use thiserror::Error;

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
    #[error("Your sign-in is no longer valid.")]
    Unauthorized,
    /// The token source had no token. It is asked again with backoff if `retryable`.
    #[error("No sign-in token could be had: {reason}")]
    TokenUnavailable {
        /// Why, in the words of the token source.
        reason: String,
        /// Whether asking again can help.
        retryable: bool,
    },
    /// A new token could not be had or was refused before the old one expires. The connection goes on until
    /// then; after that it is made anew with a fresh token.
    #[error("The sign-in could not be renewed: {reason}")]
    RefreshFailed {
        /// Why, in the words of the token source or the server's code.
        reason: String,
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
    /// The user signed out in another tab, and so in all.
    #[error("You signed out in another tab.")]
    SignedOutElsewhere,
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
    /// The server reported an error. If the connection ends because of it, that is an error of its own.
    #[error("The server reports an error: {code}.")]
    Reported {
        /// The server's code, cut to 64 characters.
        code: String,
        /// Whether the server says that trying again can help.
        retryable: bool,
    },
    /// The address is not one that a WebSocket can be opened to.
    #[error("The server's address is not valid: {reason}")]
    InvalidAddress {
        /// What is wrong with it.
        reason: String,
    },
    /// The address is a `ws:` one and not this very machine: whoever is on the way could read the token and the events.
    /// Neither is a token asked for nor a socket opened.
    #[error("The connection to the server would not be encrypted.")]
    InsecureAddress,
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
            Self::RefreshFailed { .. } => "refresh_failed",
            Self::Forbidden { .. } => "forbidden",
            Self::Revoked => "revoked",
            Self::SignedOutElsewhere => "signed_out_elsewhere",
            Self::ProtocolMismatch { .. } => "protocol_mismatch",
            Self::Protocol { .. } => "protocol",
            Self::Reported { .. } => "reported",
            Self::InvalidAddress { .. } => "invalid_address",
            Self::InsecureAddress => "insecure_address",
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
            | Self::Protocol { .. }
            | Self::RefreshFailed { .. } => true,
            Self::TokenUnavailable { retryable, .. } | Self::Reported { retryable, .. } => {
                *retryable
            }
            Self::Unauthorized
            | Self::Forbidden { .. }
            | Self::Revoked
            | Self::SignedOutElsewhere
            | Self::ProtocolMismatch { .. }
            | Self::InvalidAddress { .. }
            | Self::InsecureAddress
            | Self::Disconnected
            | Self::AttemptsExhausted { .. }
            | Self::Unsupported => false,
        }
    }
    /// Whether nothing but signing in again helps.
    pub fn needs_sign_in(&self) -> bool {
        matches!(self, Self::Unauthorized | Self::Revoked | Self::SignedOutElsewhere)
    }

    /// What the user or the developer can do.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Unreachable => {
                "Check the network. If it works, the server may be down; it is tried again by itself."
            }
            Self::ConnectTimeout | Self::HeartbeatTimeout => {
                "Check the network; it is tried again by itself."
            }
            Self::Closed { .. }
            | Self::Protocol { .. }
            | Self::TokenUnavailable { retryable: true, .. } => "It is tried again by itself.",
            Self::Unauthorized | Self::Revoked | Self::SignedOutElsewhere => "Sign in again.",
            Self::TokenUnavailable { retryable: false, .. } | Self::RefreshFailed { .. } => {
                "Sign in again if it does not get better by itself."
            }
            Self::Forbidden { .. } => "Ask whoever runs the server for access.",
            Self::ProtocolMismatch { .. } => "Load this page again to get its newest version.",
            Self::Reported { .. } => "Look the code up in the documentation of the server.",
            Self::InvalidAddress { .. } => "Correct the address that the application connects to.",
            Self::InsecureAddress => {
                "Use a `wss:` address; `ws:` is for a server on this very machine only."
            }
            Self::Disconnected => "Connect again when a connection is wanted.",
            Self::AttemptsExhausted { .. } => "Check the network, then try again.",
            Self::Unsupported => "Connect in a browser; on a server there is nothing to connect.",
        }
    }
}
