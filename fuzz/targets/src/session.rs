//! What is said in an honest session.

use serde_json::{Value, json};
use yewdux_socket_core::Timestamp;

/// The epoch of all streams.
pub const EPOCH: &str = "e";
/// When the session begins, by the wall clock.
pub const START: Timestamp = Timestamp::from_millis(1_795_420_800_000);
const TIME: &str = "2026-11-23T08:00:00.000Z";
const CAPABILITIES: [&str; 8] =
    ["binary", "coalesce", "resume", "snapshot", "ack", "presence", "refresh", "digest"];

fn memberships(organizations: &[&str]) -> Value {
    organizations.iter().map(|id| json!({ "id": id, "name": id, "roles": ["nurse"] })).collect()
}

/// `$welcome`
pub fn welcome(organizations: &[&str]) -> String {
    json!({
        "type": "$welcome", "protocol": 1, "session": "s1", "userId": "ana",
        "organizations": memberships(organizations), "heartbeatMs": 15_000, "maxFrameBytes": 262_144,
        "emitRate": { "perSecond": 50.0, "burst": 100 }, "maxInFlight": 64, "dedupeMs": 86_400_000,
        "tokenExpiresInMs": 3_600_000, "resumed": {}, "capabilities": CAPABILITIES,
    })
    .to_string()
}

/// `$membership`
pub fn membership(organizations: &[&str]) -> String {
    json!({ "type": "$membership", "organizations": memberships(organizations) }).to_string()
}

/// `$resync`
pub fn resync(organization: &str, epoch: &str) -> String {
    json!({ "type": "$resync", "organizationId": organization, "epoch": epoch, "offset": 1 })
        .to_string()
}

/// An event of a stream.
fn event(
    event_type: &str,
    organization: &str,
    epoch: &str,
    offset: u64,
    payload: &Value,
) -> String {
    let mut event = json!({
        "type": event_type, "timestamp": TIME, "organizationId": organization, "epoch": epoch, "offset": offset,
    });
    if let (Some(event), Some(payload)) = (event.as_object_mut(), payload.as_object()) {
        event.extend(payload.clone());
    }
    event.to_string()
}

/// `patient_updated`
pub fn patient(organization: &str, epoch: &str, offset: u64, id: &str, heart_rate: u64) -> String {
    let patient = json!({
        "id": id, "name": "Ida Holm", "ward": "A1", "status": "stable", "heartRate": heart_rate, "diagnosis": "angina",
    });
    event("patient_updated", organization, epoch, offset, &json!({ "patient": patient }))
}

/// `user_offline`, of a server that keeps no streams.
pub fn event_without_place(organization: &str) -> String {
    json!({
        "type": "user_offline", "timestamp": TIME, "organizationId": organization, "userId": "ben",
    })
    .to_string()
}

fn presence(user: &str) -> Value {
    json!({
        "userId": user, "user": { "id": user, "name": user, "email": "", "firstName": user },
        "lastSeen": TIME, "socketCount": 1, "organizations": ["north"],
    })
}

/// The last part of the answer to a request for a snapshot.
pub fn snapshot(id: u64, organization: &str, offset: u64) -> String {
    let patient =
        json!({ "id": "p1", "name": "Åsa", "ward": "A1", "status": "critical", "heartRate": 140 });
    json!({
        "type": "$snapshot", "id": id, "organizationId": organization, "epoch": EPOCH, "offset": offset,
        "topics": { "presence": [presence("ben")], "patients": [patient] }, "done": true,
    })
    .to_string()
}

/// What a server says, one frame of each kind, in the order in which they could come behind a `$welcome` and two
/// snapshots at offset 0.
pub fn server_frames() -> Vec<String> {
    let user = json!({ "user": { "id": "ben", "name": "Ben", "email": "ben@north.example", "firstName": "Ben" } });
    let organization = json!({ "organization": { "id": "north", "name": "North Clinic" } });
    let online = json!({ "userId": "ben", "user": presence("ben") });
    let together = [patient("north", EPOCH, 6, "p2", 80), patient("south", EPOCH, 1, "p9", 90)];
    vec![
        patient("north", EPOCH, 1, "p1", 72),
        event("user_online", "north", EPOCH, 2, &online),
        event("user_offline", "north", EPOCH, 3, &json!({ "userId": "ben" })),
        event("user_updated", "north", EPOCH, 4, &user),
        event("organization_updated", "north", EPOCH, 5, &organization),
        format!("[{}]", together.join(",")),
        patient("research", EPOCH, 1, "p1", 72),
        r#"{"type":"$ack","id":"00000000000000000000000000000001","status":"rejected","code":"not_permitted","reason":"No."}"#.to_owned(),
        r#"{"type":"$ping","id":1}"#.to_owned(),
        json!({
            "type": "$pong", "id": 1, "serverTime": TIME,
            "presence": { "north": { "epoch": EPOCH, "offset": 6, "users": 0, "digest": "0000000000000000" } },
        })
        .to_string(),
        r#"{"type":"$subscribed","organizations":["north","south"]}"#.to_owned(),
        snapshot(3, "north", 6),
        r#"{"type":"$withheld","organizationId":"north","epoch":"e","offset":7}"#.to_owned(),
        r#"{"type":"$refreshed","expiresInMs":3600000}"#.to_owned(),
        membership(&["north", "south"]),
        resync("south", EPOCH),
        r#"{"type":"$audit","sequence":1,"hash":"00ff","signature":"ff00"}"#.to_owned(),
        r#"{"type":"$error","code":"not_offered","message":"No.","retryable":false,"regarding":"$snapshot"}"#.to_owned(),
        r#"{"type":"$error","code":"restarting","message":"Later.","retryable":true,"retryAfterMs":500}"#.to_owned(),
        r#"{"type":"$later","version":{"of":["the","protocol"]}}"#.to_owned(),
        r#"{"type":"made_up","timestamp":"2026-11-23T08:00:00Z","organizationId":"north","epoch":"e","offset":7}"#.to_owned(),
        r#"{"type":"$revoked","code":"signed_out"}"#.to_owned(),
    ]
}

/// What a client writes, one frame of each kind, `$connect` first.
pub fn client_frames() -> Vec<String> {
    let emit = |id: u32, event_type: &str, payload: &Value| {
        let mut event = json!({ "type": event_type, "timestamp": TIME, "organizationId": "north" });
        if let (Some(event), Some(payload)) = (event.as_object_mut(), payload.as_object()) {
            event.extend(payload.clone());
        }
        json!({ "type": "$emit", "id": format!("{id:032x}"), "event": event }).to_string()
    };
    let patient = json!({ "id": "p1", "name": "Ida Holm", "ward": "A1", "status": "critical", "heartRate": 140 });
    vec![
        json!({
            "type": "$connect", "protocol": 1, "token": "t", "organizations": ["north"],
            "resume": { "session": "s1", "offsets": { "north": { "epoch": EPOCH, "offset": 3 } } },
            "capabilities": CAPABILITIES,
        })
        .to_string(),
        emit(1, "patient_updated", &json!({ "patient": patient })),
        emit(2, "patient_edited", &json!({ "patientId": "p1", "ward": "B2" })),
        emit(3, "user_updated", &json!({ "user": { "id": "ana", "name": "Ana" } })),
        emit(4, "organization_updated", &json!({ "organization": { "id": "north", "name": "N" } })),
        emit(1, "patient_edited", &json!({ "patientId": "p1", "heartRate": 60 })),
        r#"{"type":"$ping","id":1}"#.to_owned(),
        r#"{"type":"$pong","id":1}"#.to_owned(),
        r#"{"type":"$subscribe","organizations":["north","south"]}"#.to_owned(),
        r#"{"type":"$unsubscribe","organizations":["north"]}"#.to_owned(),
        r#"{"type":"$snapshot","id":1,"organizationId":"north","topics":["presence","patients"]}"#
            .to_owned(),
        r#"{"type":"$snapshot","id":2,"organizationId":"south","topics":["patients"]}"#.to_owned(),
        r#"{"type":"$refresh","token":"t"}"#.to_owned(),
        r#"{"type":"$audit","sequence":1,"hash":"00ff"}"#.to_owned(),
    ]
}
