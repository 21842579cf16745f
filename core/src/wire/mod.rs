//! Protocol v1: what client and server say to each other. `docs/protocol.md` is the normative text.
//!
//! `message` has the messages as types, `frame` splits frames into items, `codec` turns these into messages, and messages
//! into frames. An `item` was passed over once, and its `head` is read from where that pass found its fields. `control`
//! reads what was passed over; `outgoing` writes what a client sends. `map` and `token` are what messages carry.

mod codec;
mod control;
mod frame;
mod head;
mod item;
mod map;
mod message;
mod outgoing;
mod token;

pub use codec::{
    Incoming, decode_client, decode_expected, decode_server, encode_client, encode_event,
    encode_server, skim_event,
};
pub use frame::{Items, split_frame};
pub use item::{EventItem, Item};
pub use map::Map;
pub use message::{
    Ack, AckStatus, AuditHead, ClientMessage, Connect, Emit, EmitRate, Membership,
    OrganizationList, Ping, Pong, PresenceSummary, Refresh, Refreshed, Resume, Resync, Revoked,
    ServerError, ServerMessage, SnapshotPart, SnapshotRequest, Subscribed, Welcome, Withheld,
};
pub use token::Token;

pub use crate::scan::{RawJson, ShapeLimits};

/// The version of the protocol that this crate speaks.
pub const PROTOCOL_VERSION: u16 = 1;

/// The largest integer that JavaScript represents exactly; offsets stay at or below it.
pub const MAX_OFFSET: u64 = (1 << 53) - 1;

/// The topic of presence in snapshots.
pub const PRESENCE_TOPIC: &str = "presence";

/// The names of optional abilities that client and server offer each other.
pub mod capability {
    /// Frames may be binary: the same UTF-8 JSON without transcoding in the browser.
    pub const BINARY: &str = "binary";
    /// Several messages may share a frame as an array.
    pub const COALESCE: &str = "coalesce";
    /// Missed events are replayed after a reconnection.
    pub const RESUME: &str = "resume";
    /// `$snapshot` is answered.
    pub const SNAPSHOT: &str = "snapshot";
    /// Emitted events are acknowledged and deduplicated.
    pub const ACK: &str = "ack";
    /// Presence is kept.
    pub const PRESENCE: &str = "presence";
    /// `$refresh` is answered, and `$welcome` says when the token expires.
    pub const REFRESH: &str = "refresh";
    /// `$pong` carries a fingerprint of presence.
    pub const DIGEST: &str = "digest";
    /// `$audit` is answered: heads of audit chains are kept and countersigned.
    pub const AUDIT: &str = "audit";
}

/// Close codes of the protocol. The ranges say what a client does next.
pub mod close {
    /// A deliberate, orderly close.
    pub const NORMAL: u16 = 1000;
    /// The peer broke the protocol. Not retried.
    pub const PROTOCOL_ERROR: u16 = 4000;
    /// The token is missing, wrong or expired. Retried once with a fresh token.
    pub const UNAUTHORIZED: u16 = 4001;
    /// The session was revoked. Not retried.
    pub const REVOKED: u16 = 4002;
    /// The connection is forbidden. Not retried.
    pub const FORBIDDEN: u16 = 4003;
    /// No `$connect` came in time. Not retried.
    pub const CONNECT_TIMEOUT: u16 = 4004;
    /// The server is overloaded, or the client too slow. Retried with backoff.
    pub const OVERLOADED: u16 = 4100;
    /// The server restarts. Retried with backoff.
    pub const RESTART: u16 = 4101;
    /// A ping was not answered: the side that sent it gives the connection up.
    pub const PROBE_FAILED: u16 = 4200;
    /// Another connection took the session over.
    pub const REPLACED: u16 = 4201;

    /// Whether a close code forbids a reconnection.
    pub fn is_final(code: u16) -> bool {
        (4000..4100).contains(&code)
    }

    /// Whether a close code asks for a reconnection with backoff, whatever else speaks for haste.
    pub fn is_overload(code: u16) -> bool {
        (4100..4200).contains(&code)
    }

    /// Whether a close code asks for a reconnection without backoff.
    pub fn is_immediate(code: u16) -> bool {
        (4200..4300).contains(&code)
    }
}
