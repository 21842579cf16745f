//! Coming back: replay, resynchronization, fencing.

use serde_json::{Value, json};
use yewdux_socket_core::wire::MAX_OFFSET;
use yewdux_socket_server::Server;

use crate::common::{Client, NORTH, SOUTH, concerning, config, patient_updated, start};

fn resume(session: &Value, epoch: &str, offset: u64) -> Value {
    json!({"resume": {"session": session, "offsets": {NORTH: {"epoch": epoch, "offset": offset}}}})
}

#[tokio::test]
async fn what_was_missed_is_replayed_in_order_before_anything_newer() {
    let server = start().await;
    let mut ben = Client::connect(server.addr(), "ben").await;
    let (ana, welcome) = Client::connect_with(server.addr(), "ana", json!({})).await;
    let (epoch, offset, _) = ben.snapshot(NORTH, &[]).await;
    ana.leave().await;
    for rate in 0..20 {
        ben.emit(&format!("k{rate}"), &patient_updated(NORTH, "north-001", rate)).await;
    }
    let fields = resume(&welcome["session"], &epoch, offset);
    let (mut ana, again) = Client::connect_with(server.addr(), "ana", fields).await;
    assert_eq!(again["session"], welcome["session"]);
    assert_eq!(
        again["resumed"],
        json!({NORTH: true, SOUTH: false}),
        "nothing was said of the south"
    );
    let seen = ana.all_until_now().await;
    assert!(seen.iter().all(|message| message["type"] != "$resync"));
    let offsets: Vec<_> =
        concerning(&seen, NORTH).iter().map(|event| event["offset"].as_u64().unwrap()).collect();
    let expected: Vec<_> = (offset + 1..=offset + offsets.len() as u64).collect();
    assert_eq!(offsets, expected, "consecutive");
    assert_eq!(offsets.len(), 22, "offline, twenty updates, and online again");
    assert_eq!(concerning(&seen, NORTH).last().unwrap()["type"], "user_online");
}

#[tokio::test]
async fn what_cannot_be_replayed_is_said() {
    let mut config = config();
    config.limits.history_events = 5;
    let server = Server::start(config).await.unwrap();
    let mut ben = Client::connect(server.addr(), "ben").await;
    let (epoch, offset, _) = ben.snapshot(NORTH, &[]).await;
    for rate in 0..10 {
        ben.emit(&format!("k{rate}"), &patient_updated(NORTH, "north-001", rate)).await;
    }
    let (_, head, _) = ben.snapshot(NORTH, &[]).await;
    for (name, epoch, from) in [
        ("too old", epoch.as_str(), offset),
        ("unknown", "other", head),
        ("future", &epoch, 1_000_000),
        ("above all offsets", &epoch, MAX_OFFSET + 1),
        ("the largest number", &epoch, u64::MAX),
    ] {
        let (mut ana, welcome) =
            Client::connect_with(server.addr(), "ana", resume(&json!("gone"), epoch, from)).await;
        assert_eq!(welcome["resumed"][NORTH], false, "{name}");
        let resync = ana.message().await;
        assert_eq!(
            (&resync["type"], &resync["organizationId"]),
            (&json!("$resync"), &json!(NORTH)),
            "{name}"
        );
        let (epoch, offset, _) = ana.snapshot(NORTH, &[]).await;
        assert_eq!(resync["epoch"], epoch);
        assert_eq!(resync["offset"], offset - 1, "the own presence came after it");
        ana.leave().await;
        // Until everybody has seen it, so that the next one begins from the same place.
        while ben.of_type("user_offline").await["userId"] != "ana" {}
    }
}

#[tokio::test]
async fn a_new_connection_fences_the_old_one() {
    let server = start().await;
    let mut ben = Client::connect(server.addr(), "ben").await;
    let (mut old, welcome) = Client::connect_with(server.addr(), "ana", json!({})).await;
    old.all_until_now().await;
    ben.all_until_now().await;
    let fields = json!({"resume": {"session": welcome["session"], "offsets": {}}});
    let (mut new, again) = Client::connect_with(server.addr(), "ana", fields).await;
    assert_eq!(again["session"], welcome["session"]);
    old.send(
        &json!({"type": "$emit", "id": "late", "event": patient_updated(NORTH, "north-001", 7)}),
    )
    .await;
    assert_eq!(old.end().await, ("replaced".into(), 4201));
    assert_eq!(new.emit("k", &patient_updated(NORTH, "north-001", 8)).await["status"], "accepted");
    let seen = ben.all_until_now().await;
    let rates: Vec<_> = concerning(&seen, NORTH)
        .iter()
        .map(|event| event["patient"]["heartRate"].clone())
        .collect();
    assert_eq!(rates, [json!(8)], "no late frame, and no flicker of presence: {seen:?}");
}

#[tokio::test]
async fn a_session_is_its_users_own() {
    let server = start().await;
    let (mut ana, welcome) = Client::connect_with(server.addr(), "ana", json!({})).await;
    let (epoch, offset, _) = ana.snapshot(NORTH, &[]).await;
    let (mut ben, other) =
        Client::connect_with(server.addr(), "ben", resume(&welcome["session"], &epoch, offset))
            .await;
    assert_ne!(other["session"], welcome["session"]);
    assert_eq!(other["resumed"][NORTH], false);
    assert_eq!(ben.message().await["type"], "$resync");
    // Ana's connection was not touched.
    assert_eq!(ana.emit("k", &patient_updated(NORTH, "north-001", 8)).await["status"], "accepted");
}

#[tokio::test]
async fn a_long_history_is_replayed_whole() {
    let mut config = config();
    // Far fewer than are to be replayed.
    config.limits.queue_messages = 50;
    let server = Server::start(config).await.unwrap();
    let (mut ben, _) =
        Client::connect_with(server.addr(), "ben", json!({"capabilities": ["coalesce"]})).await;
    let (epoch, offset, _) = ben.snapshot(NORTH, &[]).await;
    for rate in 0..120 {
        ben.emit(&format!("k{rate}"), &patient_updated(NORTH, "north-001", rate)).await;
    }
    let mut fields = resume(&json!("unknown"), &epoch, offset);
    fields["capabilities"] = json!(["coalesce"]);
    let (mut ana, welcome) = Client::connect_with(server.addr(), "ana", fields).await;
    assert_eq!(welcome["resumed"][NORTH], true, "offsets count even if the session is forgotten");
    assert_eq!(concerning(&ana.all_until_now().await, NORTH).len(), 121);
}
