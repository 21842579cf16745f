//! Control messages from JSON. Fields that a message does not know are passed over, so that a later version can add some.
//!
//! The types can be read by serde as well; `tests` and a fuzz target hold the two readers against each other.

#[cfg(test)]
mod tests;

use super::message::{
    Ack, AckStatus, AuditHead, Connect, Emit, EmitRate, Membership, OrganizationList, Ping, Pong,
    PresenceSummary, Refresh, Refreshed, Resume, Resync, Revoked, ServerError, SnapshotPart,
    SnapshotRequest, Subscribed, Welcome, Withheld,
};
use super::{MAX_OFFSET, Map};
use crate::error::ValidationError;
use crate::event::Position;
use crate::id::OrganizationId;
use crate::json::{Field, FromJson, Value, Wrong};
use crate::list;
use crate::tenant::Membership as MembershipEntry;
use crate::text::read_display;

impl FromJson for Welcome {
    fn from_json(value: Value<'_>) -> Result<Self, Wrong> {
        let [
            protocol,
            session,
            user_id,
            organizations,
            heartbeat_ms,
            max_frame_bytes,
            emit_rate,
            max_in_flight,
            dedupe_ms,
            token_expires_in_ms,
            resumed,
            capabilities,
        ] = value.object(&[
            "protocol",
            "session",
            "userId",
            "organizations",
            "heartbeatMs",
            "maxFrameBytes",
            "emitRate",
            "maxInFlight",
            "dedupeMs",
            "tokenExpiresInMs",
            "resumed",
            "capabilities",
        ])?;
        Ok(Self {
            protocol: protocol.required()?,
            session: session.required()?,
            user_id: user_id.required()?,
            organizations: organizations.with(list::read_organizations)?,
            heartbeat_ms: heartbeat_ms.optional()?,
            max_frame_bytes: at_most(max_frame_bytes)?,
            emit_rate: emit_rate.optional()?,
            max_in_flight: at_most(max_in_flight)?,
            dedupe_ms: dedupe_ms.optional()?,
            token_expires_in_ms: token_expires_in_ms.optional()?,
            resumed: resumed.or_default()?,
            capabilities: capabilities.or_default_with(list::read_capabilities)?,
        })
    }
}

/// A limit that is beyond what this machine counts to is its largest number: 32 bits in a browser.
fn at_most(field: Field<'_>) -> Result<Option<usize>, Wrong> {
    let limit = field.optional::<u64>()?;
    Ok(limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX)))
}

impl FromJson for EmitRate {
    fn from_json(value: Value<'_>) -> Result<Self, Wrong> {
        let [per_second, burst] = value.object(&["perSecond", "burst"])?;
        let (per_second, burst) = (per_second.required()?, burst.required::<u64>()?);
        Ok(Self { per_second, burst: u32::try_from(burst).unwrap_or(u32::MAX) })
    }
}

impl FromJson for MembershipEntry {
    fn from_json(value: Value<'_>) -> Result<Self, Wrong> {
        let [id, name, roles] = value.object(&["id", "name", "roles"])?;
        Ok(Self {
            id: id.required()?,
            name: name.with(read_display)?,
            roles: roles.or_default_with(list::read_roles)?,
        })
    }
}

impl FromJson for Ack {
    fn from_json(value: Value<'_>) -> Result<Self, Wrong> {
        let [id, status, code, reason] = value.object(&["id", "status", "code", "reason"])?;
        Ok(Self {
            id: id.required()?,
            status: status.required()?,
            code: code.optional()?,
            reason: reason.optional_with(read_display)?,
        })
    }
}

impl FromJson for AckStatus {
    fn from_json(value: Value<'_>) -> Result<Self, Wrong> {
        match &*value.string()? {
            "accepted" => Ok(Self::Accepted),
            "rejected" => Ok(Self::Rejected),
            "conflict" => Ok(Self::Conflict),
            _ => Err(Wrong::form()),
        }
    }
}

impl FromJson for Pong {
    fn from_json(value: Value<'_>) -> Result<Self, Wrong> {
        let [id, server_time, presence] = value.object(&["id", "serverTime", "presence"])?;
        Ok(Self {
            id: id.required()?,
            server_time: server_time.optional()?,
            presence: presence.or_default()?,
        })
    }
}

impl FromJson for PresenceSummary {
    fn from_json(value: Value<'_>) -> Result<Self, Wrong> {
        let [epoch, offset, users, digest] =
            value.object(&["epoch", "offset", "users", "digest"])?;
        Ok(Self {
            epoch: epoch.required()?,
            offset: offset.required()?,
            users: users.required()?,
            digest: digest.required()?,
        })
    }
}

impl FromJson for AuditHead {
    fn from_json(value: Value<'_>) -> Result<Self, Wrong> {
        let [chain, sequence, hash, signature] =
            value.object(&["chain", "sequence", "hash", "signature"])?;
        Ok(Self {
            chain: chain.required()?,
            sequence: sequence.required()?,
            hash: hash.required()?,
            signature: signature.optional()?,
        })
    }
}

impl FromJson for ServerError {
    fn from_json(value: Value<'_>) -> Result<Self, Wrong> {
        let [code, message, retryable, retry_after_ms, regarding] =
            value.object(&["code", "message", "retryable", "retryAfterMs", "regarding"])?;
        Ok(Self {
            code: code.required()?,
            message: message.with(read_display)?,
            retryable: retryable.or_default()?,
            retry_after_ms: retry_after_ms.optional()?,
            regarding: regarding.optional()?,
        })
    }
}

impl FromJson for Resume {
    fn from_json(value: Value<'_>) -> Result<Self, Wrong> {
        let [session, offsets] = value.object(&["session", "offsets"])?;
        Ok(Self { session: session.required()?, offsets: offsets.required()? })
    }
}

impl FromJson for Connect {
    fn from_json(value: Value<'_>) -> Result<Self, Wrong> {
        let [protocol, token, organizations, resume, capabilities] =
            value.object(&["protocol", "token", "organizations", "resume", "capabilities"])?;
        Ok(Self {
            protocol: protocol.required()?,
            token: token.required()?,
            organizations: organizations.optional_with(list::read_organizations)?,
            resume: resume.optional()?,
            capabilities: capabilities.or_default_with(list::read_capabilities)?,
        })
    }
}

/// Messages all of whose fields must be there.
macro_rules! plain {
    ($($message:ident { $($field:ident: $name:literal),* })*) => {$(
        impl FromJson for $message {
            fn from_json(value: Value<'_>) -> Result<Self, Wrong> {
                let [$($field),*] = value.object(&[$($name),*])?;
                Ok(Self { $($field: $field.required()?),* })
            }
        }
    )*};
}

plain! {
    Ping { id: "id" }
    Emit { id: "id", event: "event" }
    SnapshotRequest { id: "id", organization_id: "organizationId", topics: "topics" }
    Refresh { token: "token" }
    Refreshed { expires_in_ms: "expiresInMs" }
    Revoked { code: "code" }
    Resync { organization_id: "organizationId", epoch: "epoch", offset: "offset" }
    Withheld { organization_id: "organizationId", epoch: "epoch", offset: "offset" }
    Position { epoch: "epoch", offset: "offset" }
}

/// Messages that are a list of organizations.
macro_rules! organizations {
    ($($message:ident)*) => {$(
        impl FromJson for $message {
            fn from_json(value: Value<'_>) -> Result<Self, Wrong> {
                let [organizations] = value.object(&["organizations"])?;
                Ok(Self { organizations: organizations.with(list::read_organizations)? })
            }
        }
    )*};
}

organizations! { OrganizationList Subscribed Membership }

/// A part of a snapshot, its entries unread unless it is expected: the answer to this request, about this organization.
///
/// Its position becomes the place in the stream, so it is held to the same bound as an event's.
pub(super) fn snapshot(
    value: Value<'_>,
    is_expected: &dyn Fn(u64, &OrganizationId) -> bool,
) -> Result<Option<SnapshotPart>, ValidationError> {
    part(value, |id, organization, offset| {
        within_bound(offset)?;
        Ok(is_expected(id, organization))
    })
}

fn part(
    value: Value<'_>,
    is_wanted: impl FnOnce(u64, &OrganizationId, u64) -> Result<bool, ValidationError>,
) -> Result<Option<SnapshotPart>, ValidationError> {
    let [id, organization_id, epoch, offset, topics, done] =
        value.object(&["id", "organizationId", "epoch", "offset", "topics", "done"])?;
    let mut part = SnapshotPart {
        id: id.required()?,
        organization_id: organization_id.required()?,
        epoch: epoch.required()?,
        offset: offset.required()?,
        topics: Map::new(),
        done: done.required()?,
    };
    if !is_wanted(part.id, &part.organization_id, part.offset)? {
        topics.with(Ok)?;
        return Ok(None);
    }
    part.topics = topics.required()?;
    Ok(Some(part))
}

pub(super) fn withheld(value: Value<'_>) -> Result<Withheld, ValidationError> {
    let withheld: Withheld = value.read()?;
    within_bound(withheld.offset)?;
    Ok(withheld)
}

fn within_bound(offset: u64) -> Result<(), ValidationError> {
    if offset > MAX_OFFSET {
        Err(ValidationError::value("offset", "not below 2^53"))
    } else {
        Ok(())
    }
}
