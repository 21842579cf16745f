//! Emitted events: accepted once, in order, by whom they may be emitted.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use yewdux_socket_core::event::{
    Patient, PatientStatus, PatientUpdated, Scope, SocketEvent, UserOffline,
};
use yewdux_socket_core::{OrganizationId, Rule, Sensitive, UserId};
use yewdux_socket_server::{Config, PublishError, Server};

use crate::common::{Client, NORTH, SOUTH, concerning, config, outcome, patient_updated, start};

fn with_data(directory: &tempfile::TempDir) -> Config {
    let mut config = config();
    config.data = Some(directory.path().to_owned());
    config
}

async fn heart_rate(client: &mut Client, id: &str) -> u64 {
    let (_, _, snapshot) = client.snapshot(NORTH, &["patients"]).await;
    let patients = snapshot["patients"].as_array().unwrap();
    patients.iter().find(|patient| patient["id"] == id).unwrap()["heartRate"].as_u64().unwrap()
}

#[tokio::test]
async fn an_accepted_event_reaches_everybody_with_the_servers_stamp() {
    let server = start().await;
    let mut ben = Client::connect(server.addr(), "ben").await;
    let mut ana = Client::connect(server.addr(), "ana").await;
    ana.all_until_now().await;
    let (epoch, offset, _) = ana.snapshot(NORTH, &[]).await;
    ana.send(
        &json!({"type": "$emit", "id": "k", "event": patient_updated(NORTH, "north-001", 99)}),
    )
    .await;
    let ack = ana.message().await;
    assert_eq!(ack, json!({"type": "$ack", "id": "k", "status": "accepted"}));
    for client in [&mut ana, &mut ben] {
        let event = client.of_type("patient_updated").await;
        assert_eq!(event["organizationId"], NORTH);
        assert_eq!((&event["epoch"], &event["offset"]), (&json!(epoch), &json!(offset + 1)));
        assert_eq!(event["patient"]["heartRate"], 99);
        assert_ne!(event["timestamp"], "2026-11-23T10:00:00.000Z", "the server's clock counts");
    }
    assert_eq!(heart_rate(&mut ben, "north-001").await, 99);
}

#[tokio::test]
async fn a_key_takes_effect_once_over_reconnections() {
    let server = start().await;
    let mut ben = Client::connect(server.addr(), "ben").await;
    let event = patient_updated(NORTH, "north-001", 99);
    for _ in 0..3 {
        let mut ana = Client::connect(server.addr(), "ana").await;
        assert_eq!(outcome(&ana.emit("k", &event).await), ("accepted", ""));
        assert_eq!(outcome(&ana.emit("k", &event).await), ("accepted", ""));
        ana.leave().await;
    }
    let mut ana = Client::connect(server.addr(), "ana").await;
    assert_eq!(
        outcome(&ana.emit("k", &patient_updated(NORTH, "north-001", 98)).await),
        ("conflict", "")
    );
    // A key is its user's own.
    assert_eq!(
        outcome(&ben.emit("k", &patient_updated(NORTH, "north-001", 97)).await),
        ("accepted", "")
    );
    let seen = ben.all_until_now().await;
    let (_, offset, _) = ben.snapshot(NORTH, &[]).await;
    let mut late = Client::connect_with(server.addr(), "ben", json!({})).await.0;
    assert_eq!(heart_rate(&mut late, "north-001").await, 97);
    let updates = |messages: &[Value]| {
        messages.iter().filter(|message| message["type"] == "patient_updated").count()
    };
    assert_eq!(updates(&seen), 1, "the others came before the ack that was waited for");
    assert!(offset > 0);
}

#[tokio::test]
async fn effects_are_counted_once_in_the_stream() {
    let server = start().await;
    let (mut ben, welcome) = Client::connect_with(server.addr(), "ben", json!({})).await;
    let (epoch, start, _) = ben.snapshot(NORTH, &[]).await;
    let event = patient_updated(NORTH, "north-001", 99);
    for _ in 0..5 {
        assert_eq!(outcome(&ben.emit("k", &event).await), ("accepted", ""));
    }
    let resume = json!({"resume": {"session": welcome["session"], "offsets": {NORTH: {"epoch": epoch, "offset": start}}}});
    let (mut again, _) = Client::connect_with(server.addr(), "ben", resume).await;
    let replayed = again.all_until_now().await;
    assert_eq!(replayed.iter().filter(|message| message["type"] == "patient_updated").count(), 1);
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let event = patient_updated(NORTH, "north-001", 99);
    let server = Server::start(with_data(&directory)).await.unwrap();
    let (mut ana, welcome) = Client::connect_with(server.addr(), "ana", json!({})).await;
    let (epoch, offset, _) = ana.snapshot(NORTH, &[]).await;
    assert_eq!(outcome(&ana.emit("k", &event).await), ("accepted", ""));
    let token = crate::common::token(server.addr(), "ana").await;
    server.shutdown().await;

    let server = Server::start(with_data(&directory)).await.unwrap();
    let mut client = Client::open(server.addr()).await;
    let offsets = json!({NORTH: {"epoch": epoch, "offset": offset}});
    let resume = json!({"session": welcome["session"], "offsets": offsets});
    client
        .send(&json!({"type": "$connect", "protocol": 1, "token": token, "resume": resume}))
        .await;
    let again = client.message().await;
    assert_eq!(again["type"], "$welcome", "the token of before is still good: {again}");
    assert_eq!(again["resumed"][NORTH], true, "the epoch went on");
    let replayed = client.of_type("patient_updated").await;
    assert_eq!(
        (&replayed["offset"], &replayed["patient"]["heartRate"]),
        (&json!(offset + 1), &json!(99))
    );
    // The other body first: the same one again could not tell a remembered key from a new one.
    let other = patient_updated(NORTH, "north-001", 1);
    assert_eq!(outcome(&client.emit("k", &other).await), ("conflict", ""));
    let (_, before, _) = client.snapshot(NORTH, &[]).await;
    assert_eq!(outcome(&client.emit("k", &event).await), ("accepted", ""));
    let (_, after, _) = client.snapshot(NORTH, &[]).await;
    assert_eq!(before, after, "and had no effect again");
    assert_eq!(heart_rate(&mut client, "north-001").await, 99);
    let (_, _, snapshot) = client.snapshot(NORTH, &["presence"]).await;
    assert_eq!(snapshot["presence"].as_array().unwrap().len(), 1, "nobody is online from before");
}

/// `patient_edited` with what it changes.
fn edited(organization: &str, id: &str, changes: &Value) -> Value {
    let mut event = json!({
        "type": "patient_edited",
        "organizationId": organization,
        "timestamp": "2026-11-23T10:00:00.000Z",
        "patientId": id,
    });
    event.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    event
}

async fn patient(client: &mut Client, organization: &str, id: &str) -> Option<Value> {
    let (_, _, snapshot) = client.snapshot(organization, &["patients"]).await;
    let patients = snapshot["patients"].as_array().unwrap();
    patients.iter().find(|patient| patient["id"] == id).cloned()
}

#[tokio::test]
async fn edits_of_different_fields_both_survive() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(with_data(&directory)).await.unwrap();
    let mut ana = Client::connect(server.addr(), "ana").await;
    let mut ben = Client::connect(server.addr(), "ben").await;
    let mut expected = patient(&mut ben, NORTH, "north-001").await.unwrap();
    // Written now, while the patient is as it was, and sent when it is so no longer.
    let late = edited(NORTH, "north-001", &json!({"heartRate": 131, "status": "critical"}));
    ana.all_until_now().await;
    let (epoch, offset, _) = ana.snapshot(NORTH, &[]).await;

    let moved = edited(NORTH, "north-001", &json!({"ward": "Hall 7"}));
    assert_eq!(outcome(&ana.emit("k", &moved).await), ("accepted", ""));
    expected["ward"] = json!("Hall 7");
    let event = ana.of_type("patient_updated").await;
    assert_eq!(event["patient"], expected, "everybody hears the whole patient");
    assert_eq!((&event["epoch"], &event["offset"]), (&json!(epoch), &json!(offset + 1)));
    assert_ne!(event["timestamp"], "2026-11-23T10:00:00.000Z", "the server's clock counts");

    assert_eq!(outcome(&ben.emit("k", &late).await), ("accepted", ""));
    expected["heartRate"] = json!(131);
    expected["status"] = json!("critical");
    let event = ana.of_type("patient_updated").await;
    assert_eq!((&event["patient"], &event["offset"]), (&expected, &json!(offset + 2)));

    // The key is that of the edit as it was sent.
    let back = edited(NORTH, "north-001", &json!({"ward": "Hall 8"}));
    assert_eq!(outcome(&ben.emit("l", &back).await), ("accepted", ""));
    expected["ward"] = json!("Hall 8");
    assert_eq!(outcome(&ana.emit("k", &moved).await), ("accepted", ""));
    assert_eq!(outcome(&ana.emit("k", &back).await), ("conflict", ""));
    assert_eq!(patient(&mut ana, NORTH, "north-001").await, Some(expected.clone()));
    server.shutdown().await;

    let server = Server::start(with_data(&directory)).await.unwrap();
    let (mut ana, _) = Client::connect_with(
        server.addr(),
        "ana",
        json!({"resume": {"session": "gone", "offsets": {NORTH: {"epoch": epoch, "offset": offset}}}}),
    )
    .await;
    let replayed = ana.all_until_now().await;
    let updates = replayed.iter().filter(|message| message["type"] == "patient_updated").count();
    assert_eq!(updates, 3);
    assert!(replayed.iter().all(|message| message["type"] != "patient_edited"), "{replayed:?}");
    assert_eq!(patient(&mut ana, NORTH, "north-001").await, Some(expected));
}

#[tokio::test]
async fn an_edit_needs_a_patient_a_role_and_values() {
    let server = start().await;
    let mut ana = Client::connect(server.addr(), "ana").await;
    let mut dora = Client::connect(server.addr(), "dora").await;
    let rate = json!({"heartRate": 61});
    for (id, organization, of, changes, code) in [
        ("1", NORTH, "nobody", rate.clone(), "unknown_patient"),
        ("2", SOUTH, "north-001", rate.clone(), "unknown_patient"),
        ("3", NORTH, "north-001", json!({"ward": " "}), "invalid_value"),
        ("4", NORTH, "north-001", json!({"heartRate": 400}), "invalid_value"),
        ("5", NORTH, "", rate.clone(), "invalid_value"),
    ] {
        let ack = ana.emit(id, &edited(organization, of, &changes)).await;
        assert_eq!(outcome(&ack), ("rejected", code), "{id}");
    }
    let research = edited("research", "research-001", &rate);
    assert_eq!(outcome(&dora.emit("1", &research).await), ("rejected", "not_permitted"));
    assert_eq!(patient(&mut ana, NORTH, "nobody").await, None, "an edit makes no patient");
    let mut blank = patient_updated(NORTH, "north-001", 60);
    blank["patient"]["name"] = json!(" ");
    assert_eq!(outcome(&ana.emit("6", &blank).await), ("rejected", "invalid_value"));
    // What was decided stays decided; who tries again takes a new key.
    let good = edited(NORTH, "north-001", &rate);
    let again = edited(NORTH, "nobody", &rate);
    assert_eq!(outcome(&ana.emit("1", &good).await), ("conflict", ""));
    assert_eq!(outcome(&ana.emit("1", &again).await), ("rejected", "unknown_patient"));
    assert_eq!(outcome(&ana.emit("7", &good).await), ("accepted", ""));
    assert_eq!(heart_rate(&mut ana, "north-001").await, 61);
}

#[tokio::test]
async fn acks_come_in_the_order_of_emits() {
    let server = start().await;
    let mut ana = Client::connect(server.addr(), "ana").await;
    let emits: Vec<_> = (0..60)
        .map(|index| {
            // Every third one is refused without asking the hub, which must not let it overtake.
            let organization = if index % 3 == 0 { "" } else { NORTH };
            json!({"type": "$emit", "id": format!("k{index}"), "event": patient_updated(organization, "north-001", index)})
        })
        .collect();
    ana.send(&json!(emits)).await;
    for index in 0..60 {
        assert_eq!(ana.of_type("$ack").await["id"], format!("k{index}"));
    }
}

#[tokio::test]
async fn roles_types_and_forms_are_checked() {
    let server = start().await;
    let mut ana = Client::connect(server.addr(), "ana").await;
    let mut ben = Client::connect(server.addr(), "ben").await;
    let mut dora = Client::connect(server.addr(), "dora").await;
    let event = |event_type: &str, fields: Value| {
        let mut event = json!({"type": event_type, "organizationId": NORTH, "timestamp": "2026-11-23T10:00:00Z"});
        event.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        event
    };
    let renamed = event(
        "organization_updated",
        json!({"organization": {"id": NORTH, "name": "Northern Clinic"}}),
    );
    let of_ana = event("user_updated", json!({"user": {"id": "ana", "name": "A"}}));
    let of_cleo = event("user_updated", json!({"user": {"id": "cleo", "name": "C"}}));
    assert_eq!(outcome(&ben.emit("1", &renamed).await), ("rejected", "not_permitted"));
    assert_eq!(outcome(&ana.emit("1", &renamed).await), ("accepted", ""));
    assert_eq!(outcome(&ben.emit("2", &of_ana).await), ("rejected", "not_permitted"));
    assert_eq!(outcome(&ana.emit("2", &of_ana).await), ("accepted", ""));
    assert_eq!(
        outcome(&ana.emit("3", &of_cleo).await),
        ("rejected", "invalid_value"),
        "cleo is no member"
    );
    let other =
        event("organization_updated", json!({"organization": {"id": SOUTH, "name": "Taken over"}}));
    assert_eq!(outcome(&ana.emit("4", &other).await), ("rejected", "invalid_value"));
    let online = event(
        "user_online",
        json!({"userId": "ben", "user": {"userId": "ben", "user": {"id": "ben", "name": "B"}, "lastSeen": "2026-11-23T10:00:00Z", "socketCount": 1}}),
    );
    assert_eq!(outcome(&ana.emit("5", &online).await), ("rejected", "wrong_direction"));
    assert_eq!(
        outcome(&ana.emit("6", &event("made_up", json!({}))).await),
        ("rejected", "unknown_type")
    );
    let mut nowhere = patient_updated(NORTH, "north-001", 60);
    nowhere.as_object_mut().unwrap().remove("organizationId");
    assert_eq!(outcome(&ana.emit("7", &nowhere).await), ("rejected", "organization_missing"));
    assert_eq!(
        outcome(&ana.emit("8", &patient_updated(NORTH, "north-001", 400)).await),
        ("rejected", "invalid_value")
    );
    let research = patient_updated("research", "research-001", 60);
    assert_eq!(
        outcome(&dora.emit("9", &research).await),
        ("rejected", "not_permitted"),
        "researchers only look"
    );
    let (_, _, snapshot) = ana.snapshot(NORTH, &["organization"]).await;
    assert_eq!(snapshot["organization"], json!([{"id": NORTH, "name": "Northern Clinic"}]));
    // A refused key is free: the corrected event goes under it.
    assert_eq!(
        outcome(&ana.emit("8", &patient_updated(NORTH, "north-001", 40)).await),
        ("accepted", "")
    );
}

#[derive(Serialize, Deserialize)]
struct BedAssigned {
    bed: u16,
}
impl SocketEvent for BedAssigned {
    const TYPE: &'static str = "bed_assigned";
}

#[derive(Serialize, Deserialize)]
struct Notice {
    text: String,
}
impl SocketEvent for Notice {
    const TYPE: &'static str = "notice";
    const SCOPE: Scope = Scope::Global;
}

#[tokio::test]
async fn applications_bring_their_own_events() {
    let mut config = config();
    config.registry.register::<BedAssigned>().unwrap().register::<Notice>().unwrap();
    config.permissions.emit("notice", Rule::Member);
    let server = Server::start(config.clone()).await.unwrap();
    let mut ben = Client::connect(server.addr(), "ben").await;
    let bed = json!({"type": "bed_assigned", "organizationId": NORTH, "timestamp": "2026-11-23T10:00:00Z", "bed": 7});
    assert_eq!(
        outcome(&ben.emit("k", &bed).await),
        ("rejected", "no_rule"),
        "without a rule nobody may"
    );
    let notice = json!({"type": "notice", "timestamp": "2026-11-23T10:00:00Z", "text": "to all"});
    assert_eq!(
        outcome(&ben.emit("n", &notice).await),
        ("rejected", "not_permitted"),
        "no emit reaches everybody"
    );
    server.shutdown().await;

    config
        .permissions
        .receive("bed_assigned", Rule::Member)
        .emit("bed_assigned", Rule::any_of(["doctor"]));
    let server = Server::start(config).await.unwrap();
    let mut ben = Client::connect(server.addr(), "ben").await;
    assert_eq!(outcome(&ben.emit("k", &bed).await), ("accepted", ""));
    assert_eq!(ben.of_type("bed_assigned").await["bed"], 7);

    let north = OrganizationId::from(NORTH);
    let position = server.publish(&north, &BedAssigned { bed: 8 }).await.unwrap();
    let event = ben.of_type("bed_assigned").await;
    assert_eq!((&event["bed"], &event["offset"]), (&json!(8), &json!(position.offset)));
    let patient = Patient {
        id: "new".into(),
        name: "New".into(),
        ward: "A".into(),
        status: PatientStatus::Stable,
        heart_rate: 61,
        diagnosis: Sensitive::default(),
    };
    server.publish(&north, &PatientUpdated { patient: patient.into() }).await.unwrap();
    assert_eq!(heart_rate(&mut ben, "new").await, 61, "a published event takes effect too");
    let nowhere = server.publish(&OrganizationId::from("nowhere"), &BedAssigned { bed: 1 }).await;
    assert_eq!(nowhere, Err(PublishError::UnknownOrganization));
    let offline = server.publish(&north, &UserOffline { user_id: UserId::from("ben") }).await;
    assert_eq!(offline, Err(PublishError::NotPublishable), "presence is the server's own");
    assert_eq!(
        server.publish(&north, &Notice { text: String::new() }).await,
        Err(PublishError::NotPublishable)
    );
    let unheard = concerning(&ben.all_until_now().await, SOUTH).len();
    assert_eq!(unheard, 0);
}
