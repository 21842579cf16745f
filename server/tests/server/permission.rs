//! Which roles may receive and see what: decided by the server, whatever a client would let pass.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use yewdux_socket_core::config::Rate;
use yewdux_socket_core::event::PatientUpdated;
use yewdux_socket_core::{OrganizationId, Rule, SocketEvent, UserId};
use yewdux_socket_server::Server;

use crate::common::{Client, NORTH, RESEARCH, concerning, config, outcome, patient_updated, start};

fn diagnoses(snapshot: &Value) -> Vec<Value> {
    snapshot["patients"]
        .as_array()
        .unwrap()
        .iter()
        .map(|patient| patient.get("diagnosis").cloned().unwrap_or_default())
        .collect()
}

#[tokio::test]
async fn a_sensitive_field_reaches_only_those_who_may_see_it() {
    let server = start().await;
    let research = OrganizationId::from(RESEARCH);
    let (ben, dora) = (UserId::from("ben"), UserId::from("dora"));
    let roles = BTreeMap::from([(research.clone(), vec!["doctor".to_owned()])]);
    server.set_membership(&ben, roles).await.unwrap();
    let mut doctor = Client::connect(server.addr(), "ben").await;
    let mut researcher = Client::connect(server.addr(), "dora").await;

    let (epoch, offset, seen) = doctor.snapshot(RESEARCH, &["patients"]).await;
    let all = diagnoses(&seen);
    assert!(all.iter().all(Value::is_string), "{seen:?}");
    let (.., seen) = researcher.snapshot(RESEARCH, &["patients"]).await;
    assert!(diagnoses(&seen).iter().all(Value::is_null), "{seen:?}");

    doctor.emit("k", &patient_updated(RESEARCH, "research-001", 90)).await;
    let diagnosis = |event: &Value| event["patient"]["diagnosis"].clone();
    assert_eq!(diagnosis(&doctor.of_type("patient_updated").await), all[0]);
    let event = researcher.of_type("patient_updated").await;
    assert_eq!((diagnosis(&event), &event["patient"]["heartRate"]), (Value::Null, &json!(90)));

    // What is replayed is seen with the roles of now.
    researcher.leave().await;
    let resume = json!({"resume": {"session": "s", "offsets": {RESEARCH: {"epoch": epoch, "offset": offset}}}});
    let (mut researcher, welcome) = Client::connect_with(server.addr(), "dora", resume).await;
    assert_eq!(welcome["resumed"], json!({RESEARCH: true}));
    assert_eq!(diagnosis(&researcher.of_type("patient_updated").await), Value::Null);
    let roles = BTreeMap::from([(research, vec!["nurse".to_owned()])]);
    server.set_membership(&dora, roles).await.unwrap();
    doctor.emit("l", &patient_updated(RESEARCH, "research-001", 91)).await;
    assert_eq!(diagnosis(&researcher.of_type("patient_updated").await), all[0]);
}

#[tokio::test]
async fn nobody_writes_over_what_is_hidden_from_them() {
    let mut config = config();
    let doctors = || Rule::any_of(["doctor"]);
    config.permissions.see("patient_updated", "patient.diagnosis", doctors());
    config.permissions.see("patients", "diagnosis", doctors());
    let server = Server::start(config).await.unwrap();
    let mut nurse = Client::connect(server.addr(), "ana").await;
    let mut doctor = Client::connect(server.addr(), "ben").await;
    let (.., before) = doctor.snapshot(NORTH, &["patients"]).await;
    for (key, diagnosis) in [("a", json!("")), ("b", json!("mine")), ("c", Value::Null)] {
        let mut event = patient_updated(NORTH, "north-001", 90);
        event["patient"]["diagnosis"] = diagnosis;
        assert_eq!(outcome(&nurse.emit(key, &event).await), ("accepted", ""), "the rest counts");
    }
    let (.., after) = doctor.snapshot(NORTH, &["patients"]).await;
    assert_eq!(diagnoses(&after), diagnoses(&before));
}

#[tokio::test]
async fn what_a_role_may_not_receive_is_withheld_and_has_its_place() {
    let mut config = config();
    config.permissions.receive(PatientUpdated::TYPE, Rule::any_of(["nurse"]));
    let server = Server::start(config).await.unwrap();
    let mut ana = Client::connect(server.addr(), "ana").await;
    let mut ben = Client::connect(server.addr(), "ben").await;
    let (epoch, offset, seen) = ben.snapshot(NORTH, &["patients", "users"]).await;
    assert_eq!(seen["patients"], json!([]), "nor is the state that such events make");
    assert_ne!(seen["users"], json!([]));
    ana.emit("k", &patient_updated(NORTH, "north-001", 90)).await;
    let patient = ana.of_type("patient_updated").await;
    let place = ben.of_type("$withheld").await;
    assert_eq!(
        place,
        json!({"type": "$withheld", "organizationId": NORTH, "epoch": patient["epoch"], "offset": patient["offset"]})
    );
    ben.leave().await;
    let resume =
        json!({"resume": {"session": "s", "offsets": {NORTH: {"epoch": epoch, "offset": offset}}}});
    let (mut ben, _) = Client::connect_with(server.addr(), "ben", resume).await;
    let seen = ben.all_until_now().await;
    let seen = concerning(&seen, NORTH);
    assert!(seen.iter().any(|message| **message == place), "{seen:?}");
    assert!(!seen.iter().any(|message| message["type"] == "patient_updated"), "{seen:?}");
}

#[tokio::test]
async fn text_that_misleads_goes_no_further() {
    let server = start().await;
    let mut ana = Client::connect(server.addr(), "ana").await;
    let mut event = patient_updated(NORTH, "north-001", 90);
    event["patient"]["name"] = json!("Ida\u{202e}mloH\u{7}");
    event["patient"]["diagnosis"] = json!("no \u{202e}nillicineP");
    event["patient"]["admin"] = json!(true);
    event["note"] = json!("nobody knows of it");
    assert_eq!(outcome(&ana.emit("k", &event).await), ("accepted", ""));
    let patient = ana.of_type("patient_updated").await;
    assert_eq!(patient["patient"]["name"], "IdamloH");
    assert_eq!(patient["patient"]["diagnosis"], "no nillicineP");
    assert_eq!((&patient["patient"]["admin"], &patient["note"]), (&Value::Null, &Value::Null));
    let (.., seen) = ana.snapshot(NORTH, &["patients"]).await;
    assert!(seen["patients"].to_string().contains("IdamloH"));
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Typing {}
impl SocketEvent for Typing {
    const TYPE: &'static str = "typing";

    fn emit_rate() -> Option<Rate> {
        Some(Rate { per_second: 0.001, burst: 4 })
    }
}

#[tokio::test]
async fn a_type_may_have_a_rate_of_its_own() {
    let mut config = config();
    config.registry.register::<Typing>().unwrap();
    config.permissions.emit(Typing::TYPE, Rule::Member);
    let server = Server::start(config).await.unwrap();
    let mut ana = Client::connect(server.addr(), "ana").await;
    let typing =
        json!({"type": "typing", "organizationId": NORTH, "timestamp": "2026-11-23T10:00:00Z"});
    let mut codes = Vec::new();
    for key in 0..7 {
        codes.push(outcome(&ana.emit(&format!("k{key}"), &typing).await).1.to_owned());
    }
    assert_eq!(
        codes,
        ["", "", "", "", "", "rate_limited", "rate_limited"],
        "a quarter above the rate"
    );
    let patient = patient_updated(NORTH, "north-001", 90);
    assert_eq!(
        outcome(&ana.emit("p", &patient).await),
        ("accepted", ""),
        "others are not affected"
    );
}

#[tokio::test]
async fn a_frame_holds_only_so_many_messages() {
    let mut config = config();
    config.limits.frame_messages = 3;
    let server = Server::start(config).await.unwrap();
    let mut ana = Client::connect(server.addr(), "ana").await;
    let pings = |count| Value::from(vec![json!({"type": "$ping", "id": 1}); count]);
    ana.send(&pings(3)).await;
    ana.of_type("$pong").await;
    ana.send(&pings(4)).await;
    assert_eq!(ana.of_type("$error").await["code"], "too_many_messages");
}
