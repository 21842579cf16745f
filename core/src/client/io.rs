//! What goes into the client and what comes out of it.

use std::fmt;
use std::sync::Arc;

use crate::error::{ConnectionError, StorageError, ValidationError};
use crate::event::{Position, ReceivedEvent};
use crate::id::{EventId, OrganizationId, UserId};
use crate::outbox::{Loaded, Outcome, StoredEvent};
use crate::wire::{Map, RawJson, Token};

/// One attempt's socket. What comes from an earlier one is ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SocketId(pub(crate) u64);

/// How to connect.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectOptions {
    /// The organizations to subscribe. `None`: all of the user's.
    pub organizations: Option<Vec<OrganizationId>>,
    /// The user that the application expects to be signed in. With it, what an earlier page left in the stored
    /// outbox is loaded before the server is reached; without it, after `$welcome`. If `$welcome` names
    /// another user, what was loaded is put back untouched.
    pub user: Option<UserId>,
}

/// News of the page that bears on the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Signal {
    /// The browser says that it is online.
    Online,
    /// The browser says that it is offline.
    Offline,
    /// The page became visible.
    Visible,
    /// The page was thawed, or came back from the back/forward cache.
    Thawed,
    /// The network connection changed.
    NetworkChanged,
}

/// Something that happened. Its `Debug` output says what, and of a frame the size.
#[non_exhaustive]
pub enum Input {
    /// The application wants to be connected.
    Connect(ConnectOptions),
    /// The application wants a connection now, without waiting for backoff. After the end of a sign-in that is refused:
    /// it takes [`Input::Connect`].
    Reconnect,
    /// The application wants no connection. Outbox and state stay. No signal revives it.
    Disconnect,
    /// The user signed out: everything that is held of the user is forgotten.
    SignOut,
    /// The answer to [`Effect::FetchToken`].
    Token {
        /// The attempt that asked.
        attempt: u64,
        /// The token, or why there is none: [`ConnectionError::TokenUnavailable`], or
        /// [`ConnectionError::InsecureAddress`] where none is asked for.
        result: Result<Token, ConnectionError>,
    },
    /// A socket opened.
    Opened {
        /// Which one.
        socket: SocketId,
    },
    /// A frame came in.
    Frame {
        /// On which socket.
        socket: SocketId,
        /// Its bytes.
        data: Vec<u8>,
    },
    /// A frame was refused before it was read. The driver closes the socket.
    FrameRefused {
        /// On which socket.
        socket: SocketId,
        /// Why.
        error: ValidationError,
    },
    /// A socket closed or could not be opened.
    Closed {
        /// Which one.
        socket: SocketId,
        /// The WebSocket close code: 1006 if there was no closing handshake.
        code: u16,
    },
    /// A socket could not even be tried. Not retried.
    InvalidAddress {
        /// Which one.
        socket: SocketId,
        /// What is wrong with the address.
        reason: String,
    },
    /// News of the page.
    Signal(Signal),
    /// Narrows the user's organizations; see `TenantFilter::update_user_organizations`.
    UpdateUserOrganizations(Vec<OrganizationId>),
    /// Chooses the organizations whose events are wanted; see `TenantFilter::update_subscriptions`.
    UpdateSubscriptions(Option<Vec<OrganizationId>>),
    /// The answer to [`Effect::Load`].
    Loaded {
        /// The operation that asked.
        operation: u64,
        /// What was kept, or why there is no storage for now.
        result: Result<Loaded, StorageError>,
    },
    /// The answer to [`Effect::Store`].
    Stored {
        /// The operation that asked.
        operation: u64,
        /// Whether the event is kept.
        result: Result<(), StorageError>,
    },
    /// Storage that another tab held has come free for this user. Answered with another [`Effect::Load`].
    StorageReleased(UserId),
    /// The browser took away what was kept for this user, or the connection to it: nothing counts as kept until
    /// the answer to another [`Effect::Load`].
    StorageLost(UserId),
    /// What was to be erased by [`Effect::Erase`] or [`Effect::EraseHeld`] is still there.
    NotErased,
    /// The answer to [`Effect::Audit`].
    #[cfg(feature = "audit")]
    Audited {
        /// The operation that asked.
        operation: u64,
        /// Whether the sink took the entries.
        result: Result<(), crate::error::AuditError>,
    },
    /// This user's sign-in ended in another tab of the browser, which said so by [`Effect::SignedOut`].
    SignedOutElsewhere(UserId),
    /// The page's part ends: as a sign-out, but what is kept over reloads stays for the next page.
    End,
    /// The [deadline](super::Client::deadline) passed.
    Tick,
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect(_) => "Connect",
            Self::Reconnect => "Reconnect",
            Self::Disconnect => "Disconnect",
            Self::SignOut => "SignOut",
            Self::Token { .. } => "Token",
            Self::Opened { .. } => "Opened",
            Self::Frame { data, .. } => return write!(f, "Frame({} bytes)", data.len()),
            Self::FrameRefused { .. } => "FrameRefused",
            Self::Closed { code, .. } => return write!(f, "Closed({code})"),
            Self::InvalidAddress { .. } => "InvalidAddress",
            Self::Signal(signal) => return write!(f, "Signal({signal:?})"),
            Self::UpdateUserOrganizations(_) => "UpdateUserOrganizations",
            Self::UpdateSubscriptions(_) => "UpdateSubscriptions",
            Self::Loaded { .. } => "Loaded",
            Self::Stored { .. } => "Stored",
            Self::StorageReleased(_) => "StorageReleased",
            Self::StorageLost(_) => "StorageLost",
            Self::NotErased => "NotErased",
            #[cfg(feature = "audit")]
            Self::Audited { result, .. } => return write!(f, "Audited({})", result.is_ok()),
            Self::SignedOutElsewhere(_) => "SignedOutElsewhere",
            Self::End => "End",
            Self::Tick => "Tick",
        })
    }
}

/// Something that should be done. Effects come in the order in which they should be carried out. The
/// `Debug` output leaves out what a frame says.
#[non_exhaustive]
pub enum Effect {
    /// Ask the token source; answer with [`Input::Token`].
    FetchToken {
        /// Goes into the answer.
        attempt: u64,
        /// Whether the last token was refused, so that a cached one will not do.
        fresh: bool,
    },
    /// Open a socket; answer with [`Input::Opened`] or [`Input::Closed`].
    Open {
        /// Goes into everything about this socket.
        socket: SocketId,
    },
    /// Write a frame.
    Send {
        /// To which socket.
        socket: SocketId,
        /// The text of the frame.
        frame: String,
    },
    /// Close a socket. Nothing more that comes from it is heeded.
    Close {
        /// Which one.
        socket: SocketId,
        /// The WebSocket close code.
        code: u16,
    },
    /// Fold something into the state, and tell who listens.
    Deliver(Inbound),
    /// An emitted event has its outcome.
    Settled {
        /// Its idempotency key.
        id: EventId,
        /// What became of it.
        outcome: Outcome,
    },
    /// Load the outbox that an earlier page of this user left; answer with [`Input::Loaded`]. Earlier
    /// operations are carried out first.
    Load {
        /// Goes into the answer.
        operation: u64,
        /// Whose outbox.
        user: UserId,
    },
    /// Keep an event over a reload; answer with [`Input::Stored`].
    Store {
        /// Goes into the answer.
        operation: u64,
        /// Whose event it is.
        user: UserId,
        /// The event.
        event: Box<StoredEvent>,
    },
    /// Do not keep an event any longer. Nothing is answered.
    Remove {
        /// Whose event it is.
        user: UserId,
        /// Its idempotency key.
        id: EventId,
    },
    /// Forget all that is kept of a user, the key that encrypts it included. [`Input::NotErased`] says if that failed;
    /// otherwise nothing is answered.
    Erase {
        /// The user.
        user: UserId,
    },
    /// As [`Effect::Erase`], unless another tab has taken the user's outbox meanwhile: what that one keeps is of a
    /// later sign-in.
    EraseHeld {
        /// The user.
        user: UserId,
    },
    /// This user's sign-in has ended. Tell the other tabs of the browser, to which it is
    /// [`Input::SignedOutElsewhere`].
    SignedOut {
        /// The user.
        user: UserId,
    },
    /// Hand entries of the audit log to the sink; answer with [`Input::Audited`]. An entry comes again if that failed, or
    /// took too long: the sink tells by chain and sequence.
    #[cfg(feature = "audit")]
    Audit {
        /// Goes into the answer.
        operation: u64,
        /// The entries, in their order.
        entries: Vec<Arc<crate::audit::AuditEntry>>,
    },
    /// The attempt led to `$welcome`.
    Connected,
    /// The attempt failed. If the error is retryable, the client goes on trying by itself.
    ConnectFailed(ConnectionError),
}

impl fmt::Debug for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FetchToken { fresh, .. } => write!(f, "FetchToken(fresh: {fresh})"),
            Self::Open { socket } => write!(f, "Open({socket:?})"),
            Self::Send { socket, frame } => write!(f, "Send({socket:?}, {} bytes)", frame.len()),
            Self::Close { socket, code } => write!(f, "Close({socket:?}, {code})"),
            Self::Deliver(inbound) => f.debug_tuple("Deliver").field(inbound).finish(),
            Self::Settled { id, outcome } => write!(f, "Settled({id}, {outcome:?})"),
            Self::Load { user, .. } => write!(f, "Load({user})"),
            Self::Store { event, .. } => write!(f, "Store({})", event.id),
            Self::Remove { id, .. } => write!(f, "Remove({id})"),
            Self::Erase { user } => write!(f, "Erase({user})"),
            Self::EraseHeld { user } => write!(f, "EraseHeld({user})"),
            Self::SignedOut { user } => write!(f, "SignedOut({user})"),
            #[cfg(feature = "audit")]
            Self::Audit { entries, .. } => write!(f, "Audit({} entries)", entries.len()),
            Self::Connected => f.write_str("Connected"),
            Self::ConnectFailed(error) => f.debug_tuple("ConnectFailed").field(error).finish(),
        }
    }
}

/// A change of the application's state.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Inbound {
    /// An event passed the pipeline.
    Event(Arc<ReceivedEvent>),
    /// All state of an organization is replaced. It comes before any newer event.
    Snapshot(Arc<Snapshot>),
    /// All that is held of an organization must be forgotten.
    Purge(OrganizationId),
    /// All that is held must be forgotten.
    PurgeAll,
}

/// The present state of an organization.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The organization.
    pub organization: OrganizationId,
    /// The position at which it holds.
    pub position: Position,
    /// Entries by topic. Each topic of the configuration is there, be it empty.
    pub topics: Map<String, Vec<RawJson>>,
}

/// An event to be emitted.
#[derive(Debug, Clone)]
pub struct EmitRequest {
    /// The event type, which must be registered.
    pub event_type: Arc<str>,
    /// The organization, unless the type is global.
    pub organization: Option<OrganizationId>,
    /// The payload: a JSON object.
    pub payload: RawJson,
}
