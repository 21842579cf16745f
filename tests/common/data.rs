//! Messages, events and options.

use serde::{Deserialize, Serialize};
use yewdux_socket::error::ValidationError;
use yewdux_socket::event::{
    Patient, PatientStatus, PatientUpdated, Position, Scope, User, UserOffline, UserOnline,
};
use yewdux_socket::wire::{
    Map, Membership as MembershipMessage, PROTOCOL_VERSION, RawJson, ServerMessage, SnapshotPart,
    SnapshotRequest, Welcome, capability, encode_event,
};
use yewdux_socket::{
    Envelope, Membership, OrganizationId, Sensitive, SocketEvent, Timestamp, UserId, UserPresence,
};

/// What every test's token source answers.
pub const TOKEN: &str = "secret-token";

pub fn organization(name: &str) -> OrganizationId {
    OrganizationId::from(name)
}

pub fn memberships(organizations: &[&str]) -> Vec<Membership> {
    organizations
        .iter()
        .map(|name| Membership {
            id: organization(name),
            name: format!("Clinic {name}"),
            roles: vec!["nurse".to_owned()],
        })
        .collect()
}

/// `$welcome` for the user `ana` by a server that acknowledges, but has neither history nor snapshots.
pub fn welcome(organizations: &[&str]) -> Welcome {
    Welcome {
        protocol: PROTOCOL_VERSION,
        session: "session".into(),
        user_id: "ana".into(),
        organizations: memberships(organizations),
        heartbeat_ms: None,
        max_frame_bytes: None,
        emit_rate: None,
        max_in_flight: None,
        dedupe_ms: None,
        token_expires_in_ms: None,
        resumed: Map::new(),
        capabilities: vec![capability::ACK.to_owned(), capability::PRESENCE.to_owned()],
    }
}

/// The same by a server that has snapshots.
pub fn welcome_with_snapshots(organizations: &[&str]) -> Welcome {
    let mut welcome = welcome(organizations);
    welcome.capabilities.push(capability::SNAPSHOT.to_owned());
    welcome
}

/// `$membership`
pub fn membership(organizations: &[&str]) -> ServerMessage {
    ServerMessage::Membership(MembershipMessage { organizations: memberships(organizations) })
}

/// The whole answer to a snapshot request.
pub fn snapshot(
    request: &SnapshotRequest,
    offset: u64,
    topics: &[(&str, Vec<RawJson>)],
) -> ServerMessage {
    ServerMessage::Snapshot(SnapshotPart {
        id: request.id,
        organization_id: request.organization_id.clone(),
        epoch: "epoch".into(),
        offset,
        topics: topics
            .iter()
            .map(|(topic, entries)| ((*topic).to_owned(), entries.clone()))
            .collect(),
        done: true,
    })
}

fn raw_event<E: SocketEvent>(
    organization: Option<&str>,
    position: Option<Position>,
    payload: &E,
) -> RawJson {
    let envelope = Envelope {
        event_type: E::TYPE.into(),
        organization: organization.map(OrganizationId::from),
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970")]
        timestamp: Timestamp::from_millis(js_sys::Date::now() as i64),
        position,
    };
    encode_event(&envelope, RawJson::of(payload).unwrap().as_str()).unwrap()
}

/// An event of an organization without a place in its history.
pub fn event<E: SocketEvent>(organization: &str, payload: &E) -> RawJson {
    raw_event(Some(organization), None, payload)
}

/// An event at a place of the organization's history.
pub fn event_at<E: SocketEvent>(organization: &str, offset: u64, payload: &E) -> RawJson {
    raw_event(Some(organization), Some(Position { epoch: "epoch".into(), offset }), payload)
}

pub fn global_event<E: SocketEvent>(payload: &E) -> RawJson {
    raw_event(None, None, payload)
}

pub fn patient(id: &str, name: &str) -> Patient {
    Patient {
        id: id.to_owned(),
        name: name.to_owned(),
        ward: "A1".to_owned(),
        status: PatientStatus::Stable,
        heart_rate: 72,
        diagnosis: Sensitive::default(),
    }
}

pub fn patient_updated(id: &str, name: &str) -> PatientUpdated {
    PatientUpdated { patient: patient(id, name).into() }
}

/// `patient_updated` as it comes from the server.
pub fn update(organization: &str, id: &str, name: &str) -> RawJson {
    event(organization, &patient_updated(id, name))
}

pub fn presence(user: &str, organizations: &[&str]) -> UserPresence {
    UserPresence {
        user_id: UserId::from(user),
        user: User {
            id: UserId::from(user),
            name: user.to_owned(),
            email: String::new(),
            first_name: String::new(),
        },
        last_seen: Timestamp::from_millis(0),
        socket_count: 1,
        organizations: organizations.iter().map(|name| organization(name)).collect(),
    }
}

/// `user_online` as it comes from the server.
pub fn online(organization: &str, user: &str) -> RawJson {
    let user = presence(user, &[organization]);
    event(organization, &UserOnline { user_id: user.user_id.clone(), user })
}

/// `user_offline` as it comes from the server.
pub fn offline(organization: &str, user: &str) -> RawJson {
    event(organization, &UserOffline { user_id: UserId::from(user) })
}

/// A global event of the application.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Announcement {
    pub text: String,
}

impl SocketEvent for Announcement {
    const TYPE: &'static str = "announcement";
    const SCOPE: Scope = Scope::Global;

    fn validate(&self) -> Result<(), ValidationError> {
        if self.text.is_empty() { Err(ValidationError::value("text", "empty")) } else { Ok(()) }
    }
}
