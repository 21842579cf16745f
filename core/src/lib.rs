//! The sans-I/O core of yewdux-socket.
//!
//! A [`Client`] speaks the protocol of `docs/protocol.md` without touching a socket, a clock or a source
//! of randomness: what happens comes in as [`Input`]s with the time at which it happened, what should
//! happen comes out as [`Effect`]s. So the whole protocol runs natively, on a virtual clock, and whatever
//! drives it, a browser or a test, stays thin.
//!
//! ```
//! use std::time::Duration;
//! use yewdux_socket_core::{Client, Config, ConnectOptions, Effect, Input, Now, Timestamp};
//!
//! let mut client = Client::new(Config::default(), [7; 32]);
//! let now = Now { monotonic: Duration::ZERO, wall: Timestamp::from_millis(0) };
//! client.step(now, Input::Connect(ConnectOptions::default()));
//! assert!(matches!(client.poll_effect(), Some(Effect::FetchToken { .. })));
//! assert!(client.deadline().is_some(), "the connect time-out runs");
//! ```
//!
//! # Layout
//!
//! - [`client`]: the state machine: connection, inbound pipeline, outbound pipeline.
//! - [`wire`]: frames to messages and back. `scan`: one pass over a text of which nothing is known. `json`: values in a
//!   text, read and written without a serializer.
//! - [`event`]: envelope, the [`SocketEvent`] trait, the built-in events, the [`EventRegistry`].
//! - [`tenant`]: whose events pass. [`permission`]: which roles may send and receive what. [`presence`]: who is online.
//! - [`outbox`]: events that wait to be sent or acknowledged, and their [`Outcome`]s.
//! - `backoff`, `heartbeat`, `rate_limit`, `resume`: one mechanism a file, used by the client.
//! - `audit`: the hash-chained log of security-relevant events, with the feature of that name.
//! - [`error`]: the four classes of errors. [`config`]: every default and why. [`monitor`]: counters, and with the
//!   feature of that name the performance monitor.

#[cfg(feature = "audit")]
pub mod audit;
pub mod client;
pub mod config;
pub mod error;
pub mod event;
pub mod monitor;
pub mod outbox;
pub mod permission;
pub mod presence;
pub mod recovery;
pub mod tenant;
pub mod text;
pub mod wire;

mod backoff;
mod capabilities;
mod health;
mod heartbeat;
mod id;
mod json;
mod list;
mod quarantine;
mod rate_limit;
mod redaction;
mod refusals;
mod resume;
mod rfc3339;
#[doc(hidden)]
pub mod safeguards;
mod scan;
#[cfg(feature = "schema")]
pub mod schema;
mod sensitive;
mod time;

pub use capabilities::{Capabilities, SwitchedOff, SwitchedOffBy};
pub use client::{
    Client, ConnectOptions, ConnectionState, Effect, EmitRequest, ErrorReport, Inbound, Input,
    Principal, Signal, Snapshot, SocketId, Status, StorageState,
};
pub use config::Config;
pub use error::{EmitError, Error, ErrorClass};
pub use event::{Envelope, EventRegistry, ReceivedEvent, SocketEvent};
pub use health::ConnectionHealth;
pub use id::{
    AuditChainId, EventId, InvalidId, MAX_ID_BYTES, OrganizationId, SessionId, StreamEpoch, UserId,
};
pub use outbox::{Accepted, Loaded, Outcome, QueuedEvent, StoredEvent};
pub use permission::{PermissionPolicy, Rule};
pub use presence::{PresenceDigest, PresenceState, UserPresence};
pub use quarantine::Quarantined;
pub use redaction::redact;
pub use sensitive::Sensitive;
#[cfg(feature = "mask")]
pub use sensitive::masked;
pub use tenant::{Membership, TenantFilter};
pub use time::{InvalidTimestamp, Now, Timestamp};
