//! What the hub can be asked.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, oneshot};
use yewdux_socket_core::event::{EventKind, Position, User};
use yewdux_socket_core::wire::{AuditHead, RawJson, Resume, SnapshotRequest};
use yewdux_socket_core::{EventId, OrganizationId, ReceivedEvent, SessionId, UserId};

use super::error::{LoadRefusal, PublishError, Refusal, Rejection, UpdateError};
use crate::auth::Claims;
use crate::outgoing::Outgoing;

/// One connection since the start of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ConnectionId(pub(crate) u64);

/// A command to the hub.
#[derive(Debug)]
pub(crate) enum Command {
    /// A connection said `$connect` with a token that is good.
    Join(Box<Join>),
    /// A connection ended. Not an error if the hub ended it itself.
    Leave(ConnectionId),
    /// A connection asks for something. The permit bounds how much of one connection waits here.
    Request { connection: ConnectionId, request: Request, permit: OwnedSemaphorePermit },
    /// A connection has a new token of the same user. Answers whether it is still good.
    Refresh { connection: ConnectionId, claims: Claims, reply: oneshot::Sender<bool> },
    /// Who is this user?
    Account { user: UserId, reply: oneshot::Sender<Option<AccountView>> },
    /// Gives a user other organizations and roles.
    SetMembership {
        user: UserId,
        memberships: BTreeMap<OrganizationId, Vec<String>>,
        reply: oneshot::Sender<Result<(), UpdateError>>,
    },
    /// Ends all sessions of a user and refuses the tokens issued so far.
    Revoke { user: UserId, reply: oneshot::Sender<Result<(), UpdateError>> },
    /// The program around this library publishes an event.
    Publish { event: Box<Verified>, reply: oneshot::Sender<Result<Position, PublishError>> },
    /// A development server changes so many patients, beginning with this one, in the name of a user.
    Load {
        claims: Claims,
        organization: OrganizationId,
        from: u64,
        count: u32,
        reply: oneshot::Sender<Result<(), LoadRefusal>>,
    },
    /// Sends all connections away and refuses new ones.
    Close,
    /// Ends the hub's thread.
    Stop,
}

/// `$connect`, after its token was verified.
#[derive(Debug)]
pub(crate) struct Join {
    pub(crate) connection: ConnectionId,
    pub(crate) outgoing: Arc<Outgoing>,
    pub(crate) claims: Claims,
    pub(crate) organizations: Option<Vec<OrganizationId>>,
    pub(crate) resume: Option<Resume>,
    /// Whether the client can use summaries of presence.
    pub(crate) digests: bool,
    pub(crate) reply: oneshot::Sender<Result<SessionId, Refusal>>,
}

/// What a connection that has joined may ask for.
#[derive(Debug)]
pub(crate) enum Request {
    /// `$emit`. What was found wrong without the hub comes along, so that acks keep the order of emits.
    Emit { id: EventId, event: Result<Box<Verified>, Rejection> },
    /// `$subscribe`
    Subscribe(Vec<OrganizationId>),
    /// `$unsubscribe`
    Unsubscribe(Vec<OrganizationId>),
    /// `$snapshot`. The permit is held until the answer is on its way.
    Snapshot { request: SnapshotRequest, permit: OwnedSemaphorePermit },
    /// `$audit`
    Audit(AuditHead),
    /// `$ping`
    Ping(u64),
}

/// An event whose form was checked; whether it may take effect was not.
#[derive(Debug, Clone)]
pub(crate) struct Verified {
    pub(crate) kind: EventKind,
    pub(crate) event: ReceivedEvent,
    /// The JSON object of the payload, without the envelope: what its type knows of it.
    pub(crate) payload: RawJson,
    /// SHA-256 of the JSON as it came.
    pub(crate) body: [u8; 32],
}

/// What sign-in needs to know of a user.
#[derive(Debug)]
pub(crate) struct AccountView {
    pub(crate) user: User,
    pub(crate) memberships: BTreeMap<OrganizationId, Vec<String>>,
    pub(crate) generation: u64,
}
