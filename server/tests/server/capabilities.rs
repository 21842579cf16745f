//! A server that offers less than it could.

use serde_json::json;
use yewdux_socket_server::{Running, Server, StartError};

use crate::common::{Client, NORTH, SOUTH, config, patient_updated, token};

async fn offering(capabilities: &[&str]) -> Running {
    let mut config = config();
    config.capabilities = Some(capabilities.iter().copied().map(str::to_owned).collect());
    Server::start(config).await.unwrap()
}

#[tokio::test]
async fn a_plain_server_does_nothing_beyond_events() {
    let server = offering(&[]).await;
    let all = json!({"capabilities": ["binary", "coalesce", "resume", "snapshot", "digest"]});
    let (mut ana, welcome) = Client::connect_with(server.addr(), "ana", all).await;
    assert_eq!(welcome["capabilities"], json!([]));
    assert_eq!(welcome.get("tokenExpiresInMs"), None);

    ana.send(&json!({"type": "$snapshot", "id": 1, "organizationId": NORTH, "topics": []})).await;
    let fresh = token(server.addr(), "ana").await;
    ana.send(&json!({"type": "$refresh", "token": fresh})).await;
    ana.send(&json!({"type": "$audit", "chain": "c", "sequence": 1, "hash": "ab"})).await;
    for regarding in ["$snapshot", "$refresh", "$audit"] {
        let error = ana.message().await;
        assert_eq!((&error["type"], &error["code"]), (&json!("$error"), &json!("not_offered")));
        assert_eq!((&error["regarding"], &error["retryable"]), (&json!(regarding), &json!(false)));
    }

    let emits = ["a", "b"].map(
        |id| json!({"type": "$emit", "id": id, "event": patient_updated(NORTH, "north-001", 90)}),
    );
    ana.send(&json!(emits)).await;
    ana.send(&json!({"type": "$ping", "id": 1})).await;
    let mut seen = ana.all_until_now().await;
    let pong = seen.pop().unwrap();
    assert_eq!((&pong["type"], pong.get("presence")), (&json!("$pong"), None));
    let types: Vec<_> = seen.iter().map(|message| &message["type"]).collect();
    assert_eq!(types, ["patient_updated", "patient_updated"], "no ack, and nobody is online");
    assert!(ana.frames.iter().all(|messages| *messages == 1));
    assert!(ana.binary.iter().all(|binary| !*binary));

    let offsets = json!({NORTH: {"epoch": seen[0]["epoch"], "offset": 1}});
    let resume = json!({"resume": {"session": welcome["session"], "offsets": offsets}});
    let (mut again, other) = Client::connect_with(server.addr(), "ana", resume).await;
    assert_ne!(other["session"], welcome["session"]);
    assert_eq!(other["resumed"], json!({NORTH: false, SOUTH: false}));
    assert_eq!(again.all_until_now().await, [json!(null); 0], "nothing is replayed");
}

#[tokio::test]
async fn what_is_left_is_as_it_was() {
    let server = offering(&["snapshot", "ack", "presence"]).await;
    let (mut ana, welcome) =
        Client::connect_with(server.addr(), "ana", json!({"capabilities": ["digest"]})).await;
    assert_eq!(welcome["capabilities"], json!(["snapshot", "ack", "presence"]));
    let (_, offset, snapshot) = ana.snapshot(NORTH, &["presence"]).await;
    assert_eq!((offset, snapshot["presence"].as_array().unwrap().len()), (1, 1));
    assert_eq!(ana.emit("k", &patient_updated(NORTH, "north-001", 90)).await["status"], "accepted");
    ana.send(&json!({"type": "$ping", "id": 1})).await;
    assert_eq!(ana.of_type("$pong").await.get("presence"), None);
}

#[tokio::test]
async fn a_name_that_is_no_capability_is_an_error() {
    let mut config = config();
    config.capabilities = Some(vec!["snapshots".to_owned()]);
    let error = Server::start(config).await.unwrap_err();
    assert!(matches!(error, StartError::Capability(name) if name == "snapshots"));
}
