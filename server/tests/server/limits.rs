//! Too much of anything.

use std::time::Duration;

use serde_json::json;
use yewdux_socket_core::event::{Patient, PatientStatus, PatientUpdated};
use yewdux_socket_core::wire::EmitRate;
use yewdux_socket_core::{OrganizationId, Sensitive};
use yewdux_socket_server::{Running, Server};

use crate::common::{Client, NORTH, ORIGIN, concerning, config, patient_updated, start};

async fn publish(server: &Running, index: u16, name: &str) {
    let patient = Patient {
        id: "north-001".into(),
        name: name.into(),
        ward: "A".into(),
        status: PatientStatus::Stable,
        heart_rate: index % 350,
        diagnosis: Sensitive::default(),
    };
    server
        .publish(&OrganizationId::from(NORTH), &PatientUpdated { patient: patient.into() })
        .await
        .unwrap();
}

#[tokio::test]
async fn what_waits_is_coalesced_for_whom_it_suits() {
    let server = start().await;
    let (mut ana, _) =
        Client::connect_with(server.addr(), "ana", json!({"capabilities": ["coalesce"]})).await;
    let mut ben = Client::connect(server.addr(), "ben").await;
    // One frame with many requests, so that their answers wait together.
    let pings: Vec<_> = (0..150).map(|id| json!({"type": "$ping", "id": id})).collect();
    for client in [&mut ana, &mut ben] {
        client.send(&json!(pings)).await;
        while client.of_type("$pong").await["id"] != 149 {}
    }
    assert!(ana.frames.iter().any(|messages| *messages > 10), "{:?}", ana.frames);
    assert!(ana.frames.iter().all(|messages| *messages <= 512));
    assert!(ben.frames.iter().all(|messages| *messages == 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_read_is_sent_away_and_can_resume() {
    let mut config = config();
    config.limits.queue_messages = 200;
    config.limits.close_timeout = Duration::from_millis(300);
    let server = Server::start(config).await.unwrap();
    let (mut ana, welcome) = Client::connect_with(server.addr(), "ana", json!({})).await;
    let (epoch, offset, _) = ana.snapshot(NORTH, &[]).await;
    let mut ben = Client::connect(server.addr(), "ben").await;
    // Ana reads nothing meanwhile: first the system's buffers fill, then the queue.
    for index in 0..30_000_u16 {
        publish(&server, index, &"N".repeat(190)).await;
        if index % 100 == 0 {
            let seen = ben.all_until_now().await;
            if seen.iter().any(|event| event["type"] == "user_offline" && event["userId"] == "ana")
            {
                break;
            }
        }
    }
    let fields = json!({"resume": {"session": welcome["session"], "offsets": {NORTH: {"epoch": epoch, "offset": offset}}}});
    drop(ana);
    let (_ana, again) = Client::connect_with(server.addr(), "ana", fields).await;
    assert_eq!(again["session"], welcome["session"]);
    let (_, _, snapshot) = ben.snapshot(NORTH, &["presence"]).await;
    assert_eq!(
        snapshot["presence"][0]["socketCount"], 1,
        "the slow connection is gone: {snapshot}"
    );
}

#[tokio::test]
async fn emits_over_the_rate_are_delayed_not_refused() {
    let mut config = config();
    config.limits.emit_rate = EmitRate { per_second: 80.0, burst: 8 };
    let server = Server::start(config).await.unwrap();
    let mut ana = Client::connect(server.addr(), "ana").await;
    let start = std::time::Instant::now();
    let emits: Vec<_> = (0..60)
        .map(|index| json!({"type": "$emit", "id": format!("k{index}"), "event": patient_updated(NORTH, "north-001", index)}))
        .collect();
    ana.send(&json!(emits)).await;
    for _ in 0..60 {
        assert_eq!(ana.of_type("$ack").await["status"], "accepted");
    }
    // 10 at once, 50 at 100 a second.
    assert!(start.elapsed() >= Duration::from_millis(450), "{:?}", start.elapsed());
}

#[tokio::test]
async fn who_keeps_pushing_is_sent_away() {
    let mut config = config();
    config.limits.emit_rate = EmitRate { per_second: 80.0, burst: 8 };
    config.limits.abuse_after = Duration::from_millis(200);
    let server = Server::start(config).await.unwrap();
    let mut ana = Client::connect(server.addr(), "ana").await;
    let emits: Vec<_> = (0..200)
        .map(|index| json!({"type": "$emit", "id": format!("k{index}"), "event": patient_updated(NORTH, "north-001", index)}))
        .collect();
    ana.send(&json!(emits)).await;
    let error = ana.of_type("$error").await;
    assert_eq!((&error["code"], &error["retryable"]), (&json!("rate_limited"), &json!(true)));
    assert!(error["retryAfterMs"].as_u64().unwrap() > 0);
    assert_eq!(ana.end().await.1, 4100);
}

#[tokio::test]
async fn who_keeps_pinging_is_sent_away() {
    let mut config = config();
    config.limits.abuse_after = Duration::from_millis(200);
    let server = Server::start(config).await.unwrap();
    let mut ana = Client::connect(server.addr(), "ana").await;
    let pings: Vec<_> = (0..1_000).map(|id| json!({"type": "$ping", "id": id})).collect();
    ana.send(&json!(pings)).await;
    assert_eq!(ana.end().await, ("rate_limited".into(), 4100));
}

#[tokio::test]
async fn connections_are_limited_for_each_user_and_for_all() {
    let mut config = config();
    config.limits.connections_per_user = 2;
    config.limits.connections = 4;
    let server = Server::start(config).await.unwrap();
    let (_one, welcome) = Client::connect_with(server.addr(), "ana", json!({})).await;
    let _two = Client::connect(server.addr(), "ana").await;
    let token = crate::common::token(server.addr(), "ana").await;
    let mut three = Client::open(server.addr()).await;
    three.send(&json!({"type": "$connect", "protocol": 1, "token": token})).await;
    assert_eq!(three.end().await, ("too_many_connections".into(), 4100));
    drop(three);
    // A session that comes back replaces its own connection.
    let fields = json!({"resume": {"session": welcome["session"], "offsets": {}}});
    let _again = Client::connect_with(server.addr(), "ana", fields).await;
    let mut open = Vec::new();
    let refused = loop {
        match Client::try_open(server.addr(), Some(ORIGIN)).await {
            Ok(client) => open.push(client),
            Err(status) => break status,
        }
        assert!(open.len() <= 4, "never more than the limit");
    };
    assert_eq!(refused, 503);
}

#[tokio::test]
async fn new_patients_are_bounded() {
    let mut config = config();
    config.limits.patients = 19;
    let server = Server::start(config).await.unwrap();
    let mut ana = Client::connect(server.addr(), "ana").await;
    assert_eq!(ana.emit("1", &patient_updated(NORTH, "new-1", 60)).await["status"], "accepted");
    assert_eq!(ana.emit("2", &patient_updated(NORTH, "new-2", 60)).await["code"], "limit_reached");
    assert_eq!(ana.emit("3", &patient_updated(NORTH, "new-1", 61)).await["status"], "accepted");
    let seen = ana.all_until_now().await;
    assert!(concerning(&seen, NORTH).iter().all(|event| event["patient"]["id"] != "new-2"));
}
