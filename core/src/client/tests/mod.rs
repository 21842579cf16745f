//! The client against a scripted server on a virtual clock.
//!
//! Time passes only from one [`Client::deadline`] to the next, so a deadline that is missing, or that never
//! moves, fails a test.

#[cfg(feature = "audit")]
mod audit;
mod bad_input;
mod careless;
mod connection;
mod early;
mod inbound;
mod liveness;
mod membership;
mod outbound;
mod permission;
mod recovery;
mod renewal;
mod repair;
mod second_line;
mod session;
mod sign_out;
mod storage;
mod sync;
mod validation;
mod world;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::*;
use crate::error::{ConnectionError, EmitError, Error};
use crate::event::{Direction, Envelope, Lane, Position, Scope, SocketEvent};
use crate::id::{EventId, OrganizationId, SessionId, StreamEpoch, UserId};
use crate::outbox::{Accepted, Outcome, StoredEvent};
use crate::permission::{PermissionPolicy, Rule};
use crate::recovery::{EventRecovery, RecoveryStrategy};
use crate::tenant::Membership;
use crate::wire::{
    Ack, AckStatus, ClientMessage, Connect, Map, OrganizationList, PROTOCOL_VERSION, Pong, RawJson,
    Resync, ServerError, ServerMessage, SnapshotPart, Token, Welcome, capability, decode_client,
    encode_server, split_frame,
};
use world::World;

/// An event of both ways that lives for a minute.
#[derive(Serialize, Deserialize)]
struct Note {
    text: String,
}

impl SocketEvent for Note {
    const TYPE: &'static str = "note";

    fn time_to_live() -> Duration {
        secs(60)
    }
}

/// An event with priority.
#[derive(Serialize, Deserialize)]
struct Alarm {
    text: String,
}

impl SocketEvent for Alarm {
    const TYPE: &'static str = "alarm";

    fn lane() -> Lane {
        Lane::High
    }
}

/// An event for everybody.
#[derive(Serialize, Deserialize)]
struct Notice {
    text: String,
}

impl SocketEvent for Notice {
    const TYPE: &'static str = "notice";
    const SCOPE: Scope = Scope::Global;
}

/// An event that is written at once or not at all.
#[derive(Serialize, Deserialize)]
struct Cursor {
    text: String,
}

impl SocketEvent for Cursor {
    const TYPE: &'static str = "cursor";
    const VOLATILE: bool = true;
}

/// An event to the server only.
#[derive(Serialize, Deserialize)]
struct Order {
    text: String,
}

impl SocketEvent for Order {
    const TYPE: &'static str = "order";
    const DIRECTION: Direction = Direction::Outbound;

    fn time_to_live() -> Duration {
        Duration::MAX
    }
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn config() -> Config {
    let mut config = Config::default();
    let registry = config.registry.add_builtin();
    registry.register::<Note>().unwrap();
    registry.register::<Alarm>().unwrap();
    registry.register::<Notice>().unwrap();
    registry.register::<Order>().unwrap();
    registry.register::<Cursor>().unwrap();
    for both in ["note", "alarm", "notice", "cursor"] {
        config.permissions.receive(both, Rule::Member).emit(both, Rule::Member);
    }
    config.permissions.emit("order", Rule::Member);
    config.topics = vec!["patients".to_owned()];
    config
}

/// Leaves unusable events out.
#[derive(Debug)]
struct Skip;

impl RecoveryStrategy for Skip {
    fn handle_event_error(&self, _: &Envelope, _: &Error) -> EventRecovery {
        EventRecovery::Skip
    }
}

fn without_repairs() -> Config {
    Config { recovery: Arc::new(Skip), ..config() }
}

fn organization(name: &str) -> OrganizationId {
    OrganizationId::from(name)
}

fn organizations(names: &[&str]) -> Vec<OrganizationId> {
    names.iter().map(|name| organization(name)).collect()
}

fn memberships(names: &[&str]) -> Vec<Membership> {
    names
        .iter()
        .map(|name| Membership {
            id: organization(name),
            name: (*name).to_owned(),
            roles: Vec::new(),
        })
        .collect()
}

fn welcome() -> Welcome {
    Welcome {
        protocol: PROTOCOL_VERSION,
        session: SessionId::from("s1"),
        user_id: UserId::from("ana"),
        organizations: memberships(&["north", "south"]),
        heartbeat_ms: None,
        max_frame_bytes: None,
        emit_rate: None,
        max_in_flight: None,
        dedupe_ms: None,
        token_expires_in_ms: None,
        resumed: Map::new(),
        capabilities: [
            capability::RESUME,
            capability::SNAPSHOT,
            capability::ACK,
            capability::PRESENCE,
        ]
        .map(str::to_owned)
        .into(),
    }
}

/// A `$welcome` that replays what was missed of some organizations.
fn resumed(names: &[&str]) -> Welcome {
    Welcome { resumed: names.iter().map(|name| (organization(name), true)).collect(), ..welcome() }
}

/// A `$welcome` of a server that can do nothing but pass events on.
fn plain() -> Welcome {
    Welcome { capabilities: Vec::new(), ..welcome() }
}

fn note(organization: &str, offset: u64, text: &str) -> String {
    event("note", organization, Some(("e", offset)), text)
}

fn event(
    event_type: &str,
    organization: &str,
    position: Option<(&str, u64)>,
    text: &str,
) -> String {
    let mut event = serde_json::json!({
        "type": event_type, "organizationId": organization, "timestamp": "2026-11-23T08:00:00Z", "text": text,
    });
    if let Some((epoch, offset)) = position {
        event["epoch"] = epoch.into();
        event["offset"] = offset.into();
    }
    event.to_string()
}

fn presence_event(event_type: &str, user: &str, offset: u64) -> String {
    serde_json::json!({
        "type": event_type, "organizationId": "north", "timestamp": "2026-11-23T08:00:00Z", "epoch": "e",
        "offset": offset, "userId": user, "user": presence(user),
    })
    .to_string()
}

fn presence(user: &str) -> serde_json::Value {
    serde_json::json!({
        "userId": user, "user": {"id": user, "name": user}, "lastSeen": "2026-11-23T08:00:00Z",
        "socketCount": 1, "organizations": ["north"],
    })
}

/// The last part of a snapshot without entries.
fn part(id: u64, name: &str, offset: u64) -> SnapshotPart {
    SnapshotPart {
        id,
        organization_id: organization(name),
        epoch: StreamEpoch::from("e"),
        offset,
        topics: Map::new(),
        done: true,
    }
}

fn describe(inbound: &Inbound) -> String {
    match inbound {
        Inbound::Event(event) => {
            let text = event.payload::<Note>().map(|note| note.text.clone());
            text.unwrap_or_else(|| event.envelope.event_type.to_string())
        }
        Inbound::Snapshot(snapshot) => {
            let Position { epoch, offset } = &snapshot.position;
            format!("snapshot {}@{epoch}/{offset}", snapshot.organization)
        }
        Inbound::Purge(organization) => format!("purge {organization}"),
        Inbound::PurgeAll => "purge all".to_owned(),
    }
}
