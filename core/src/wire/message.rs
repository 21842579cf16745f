//! The messages of protocol v1 as types, for both directions.

use serde::{Deserialize, Deserializer, Serialize};

use super::{Map, RawJson, Token};
use crate::event::Position;
use crate::id::{AuditChainId, EventId, OrganizationId, SessionId, StreamEpoch, UserId};
use crate::list;
use crate::presence::PresenceDigest;
use crate::tenant::Membership as MembershipEntry;
use crate::text;
use crate::time::Timestamp;

/// What a client sends.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type")]
#[non_exhaustive]
pub enum ClientMessage {
    /// Opens the session. Always the first message.
    #[serde(rename = "$connect")]
    Connect(Connect),
    /// Sends an event.
    #[serde(rename = "$emit")]
    Emit(Emit),
    /// Asks for a sign of life.
    #[serde(rename = "$ping")]
    Ping(Ping),
    /// Answers the server's `$ping`.
    #[serde(rename = "$pong")]
    Pong(Pong),
    /// Asks for events of further organizations.
    #[serde(rename = "$subscribe")]
    Subscribe(OrganizationList),
    /// Asks for no more events of some organizations.
    #[serde(rename = "$unsubscribe")]
    Unsubscribe(OrganizationList),
    /// Asks for the present state of an organization.
    #[serde(rename = "$snapshot")]
    Snapshot(SnapshotRequest),
    /// Hands over a new token before the old one expires.
    #[serde(rename = "$refresh")]
    Refresh(Refresh),
    /// Hands over the head of the client's audit chain.
    #[serde(rename = "$audit")]
    Audit(AuditHead),
}

/// What a server sends, beside events.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type")]
#[non_exhaustive]
pub enum ServerMessage {
    /// The session is open.
    #[serde(rename = "$welcome")]
    Welcome(Welcome),
    /// What became of an emitted event.
    #[serde(rename = "$ack")]
    Ack(Ack),
    /// Asks for a sign of life.
    #[serde(rename = "$ping")]
    Ping(Ping),
    /// Answers the client's `$ping`.
    #[serde(rename = "$pong")]
    Pong(Pong),
    /// The organizations that are subscribed from now on.
    #[serde(rename = "$subscribed")]
    Subscribed(Subscribed),
    /// A part of the present state of an organization.
    #[serde(rename = "$snapshot")]
    Snapshot(SnapshotPart),
    /// The new token was accepted.
    #[serde(rename = "$refreshed")]
    Refreshed(Refreshed),
    /// Organizations or roles of the user changed.
    #[serde(rename = "$membership")]
    Membership(Membership),
    /// The session is over for good.
    #[serde(rename = "$revoked")]
    Revoked(Revoked),
    /// What was missed of an organization cannot be replayed.
    #[serde(rename = "$resync")]
    Resync(Resync),
    /// The countersigned head of the client's audit chain.
    #[serde(rename = "$audit")]
    Audit(AuditHead),
    /// An event that the user may not receive has this place.
    #[serde(rename = "$withheld")]
    Withheld(Withheld),
    /// Something went wrong.
    #[serde(rename = "$error")]
    Error(ServerError),
}

/// `$connect`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Connect {
    /// The protocol version that the client speaks.
    pub protocol: u16,
    /// The sign-in token.
    pub token: Token,
    /// The organizations to subscribe; absent means all of the user's.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "list::organizations_option"
    )]
    pub organizations: Option<Vec<OrganizationId>>,
    /// Where an earlier session left off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<Resume>,
    /// What the client can do, see [`capability`](super::capability).
    #[serde(default, deserialize_with = "list::capabilities")]
    pub capabilities: Vec<String>,
}

/// Where an earlier session left off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Resume {
    /// The session to continue.
    pub session: SessionId,
    /// The last position seen of each organization.
    pub offsets: Map<OrganizationId, Position>,
}

/// `$welcome`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Welcome {
    /// The protocol version that the server speaks.
    pub protocol: u16,
    /// The session, new or continued.
    pub session: SessionId,
    /// Who is signed in.
    pub user_id: UserId,
    /// The user's organizations and roles.
    #[serde(deserialize_with = "list::organizations")]
    pub organizations: Vec<MembershipEntry>,
    /// After how many milliseconds of silence the client should ping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heartbeat_ms: Option<u64>,
    /// The largest frame that the server accepts, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "at_most")]
    pub max_frame_bytes: Option<usize>,
    /// How fast the client may emit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emit_rate: Option<EmitRate>,
    /// How many emitted events may wait for their ack.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "at_most")]
    pub max_in_flight: Option<usize>,
    /// How long the server remembers idempotency keys, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dedupe_ms: Option<u64>,
    /// In how many milliseconds the token expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_expires_in_ms: Option<u64>,
    /// For each organization asked for, whether missed events will be replayed.
    #[serde(default)]
    pub resumed: Map<OrganizationId, bool>,
    /// What the server can do; absent means none, see [`capability`](super::capability).
    #[serde(default, deserialize_with = "list::capabilities")]
    pub capabilities: Vec<String>,
}

/// How fast a client may emit: a token bucket.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct EmitRate {
    /// Events per second in the long run.
    pub per_second: f64,
    /// Events at once after a rest.
    #[serde(deserialize_with = "burst")]
    pub burst: u32,
}

/// A limit that is beyond what this machine counts to is its largest number: 32 bits in a browser.
fn at_most<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<usize>, D::Error> {
    let limit = Option::<u64>::deserialize(deserializer)?;
    Ok(limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX)))
}

fn burst<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    Ok(u32::try_from(u64::deserialize(deserializer)?).unwrap_or(u32::MAX))
}

/// `$emit`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Emit {
    /// The idempotency key.
    pub id: EventId,
    /// The event with its envelope.
    pub event: RawJson,
}

/// `$ack`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ack {
    /// The idempotency key of the event.
    pub id: EventId,
    /// What became of it.
    pub status: AckStatus,
    /// A stable code, if it was not accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The reason in plain words, if it was not accepted.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "text::display_option"
    )]
    pub reason: Option<String>,
}

/// What became of an emitted event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum AckStatus {
    /// It took effect, now or when it first came.
    Accepted,
    /// It was refused.
    Rejected,
    /// The idempotency key was used before with another body.
    Conflict,
}

/// `$ping`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ping {
    /// Comes back in the `$pong`.
    pub id: u64,
}

/// `$pong`
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Pong {
    /// The id of the `$ping`.
    pub id: u64,
    /// The server's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_time: Option<Timestamp>,
    /// For each organization that is subscribed, a fingerprint of who is online.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub presence: Map<OrganizationId, PresenceSummary>,
}

/// Who is online in an organization, as a fingerprint that holds at one position of its stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PresenceSummary {
    /// The epoch of the position at which it holds.
    pub epoch: StreamEpoch,
    /// The offset of that position.
    pub offset: u64,
    /// How many users are online.
    pub users: usize,
    /// The fingerprint of who they are.
    pub digest: PresenceDigest,
}

/// `$subscribe`, `$unsubscribe`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OrganizationList {
    /// The organizations.
    #[serde(deserialize_with = "list::organizations")]
    pub organizations: Vec<OrganizationId>,
}

/// `$subscribed`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Subscribed {
    /// All organizations that are subscribed from now on.
    #[serde(deserialize_with = "list::organizations")]
    pub organizations: Vec<OrganizationId>,
}

/// `$snapshot`, the request
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SnapshotRequest {
    /// Comes back in every part of the answer.
    pub id: u64,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The topics: `presence`, or an application's own.
    pub topics: Vec<String>,
}

/// `$snapshot`, a part of the answer. All parts hold at the same position.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SnapshotPart {
    /// The id of the request.
    pub id: u64,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The epoch of the position.
    pub epoch: StreamEpoch,
    /// The offset of the position: everything up to it is contained.
    pub offset: u64,
    /// Entries by topic.
    pub topics: Map<String, Vec<RawJson>>,
    /// Whether this is the last part.
    pub done: bool,
}

/// `$refresh`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Refresh {
    /// The new token.
    pub token: Token,
}

/// `$refreshed`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Refreshed {
    /// In how many milliseconds the new token expires. A time span, because the clocks need not agree.
    pub expires_in_ms: u64,
}

/// `$membership`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Membership {
    /// All organizations and roles from now on.
    #[serde(deserialize_with = "list::organizations")]
    pub organizations: Vec<MembershipEntry>,
}

/// `$revoked`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Revoked {
    /// A stable code.
    pub code: String,
}

/// `$resync`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Resync {
    /// The organization.
    pub organization_id: OrganizationId,
    /// The epoch of its history.
    pub epoch: StreamEpoch,
    /// The last offset of its history.
    pub offset: u64,
}

/// `$withheld`: the place of an event that the user's roles may not receive, so that no gap is seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Withheld {
    /// The organization.
    pub organization_id: OrganizationId,
    /// The epoch of its history.
    pub epoch: StreamEpoch,
    /// The offset of the event.
    pub offset: u64,
}

/// `$audit`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditHead {
    /// Which chain: a user has one for each page and sign-in.
    pub chain: AuditChainId,
    /// The sequence of its last entry, from 1.
    pub sequence: u64,
    /// The hash of the last entry, in hexadecimal.
    pub hash: String,
    /// The server's signature over user, chain, sequence and hash, in its answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
}

/// `$error`
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ServerError {
    /// A stable code.
    pub code: String,
    /// The error in plain words.
    #[serde(deserialize_with = "text::display")]
    pub message: String,
    /// Whether trying again can help.
    #[serde(default)]
    pub retryable: bool,
    /// After how many milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// The type of the control message that was refused, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regarding: Option<String>,
}
