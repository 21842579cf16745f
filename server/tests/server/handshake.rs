//! Origin, `$connect`, tokens, and frames that are none.

use std::time::Duration;

use serde_json::json;
use yewdux_socket_server::Server;

use crate::common::{Client, NORTH, ORIGIN, SOUTH, config, start};

#[tokio::test]
async fn pages_of_other_origins_are_refused() {
    let server = start().await;
    for origin in [None, Some("http://evil.example"), Some("null")] {
        assert_eq!(Client::try_open(server.addr(), origin).await.err(), Some(403), "{origin:?}");
    }
    let own = format!("http://{}", server.addr());
    assert_eq!(
        Client::try_open(server.addr(), Some(&own)).await.err(),
        Some(403),
        "it serves no page"
    );
    assert!(Client::try_open(server.addr(), Some(ORIGIN)).await.is_ok());
}

#[tokio::test]
async fn the_welcome_says_who_and_what() {
    let server = start().await;
    let (_ana, welcome) = Client::connect_with(server.addr(), "ana", json!({})).await;
    assert_eq!(welcome["protocol"], 1);
    assert_eq!(welcome["userId"], "ana");
    assert_eq!(
        welcome["organizations"],
        json!([
            {"id": NORTH, "name": "North Clinic", "roles": ["nurse", "admin"]},
            {"id": SOUTH, "name": "South Clinic", "roles": ["nurse"]},
        ])
    );
    assert_eq!(welcome["heartbeatMs"], 15_000);
    assert_eq!(welcome["maxFrameBytes"], 256 * 1024);
    assert_eq!(welcome["emitRate"], json!({"perSecond": 50.0, "burst": 100}));
    assert_eq!(welcome["maxInFlight"], 64);
    assert_eq!(welcome["dedupeMs"], 24 * 60 * 60 * 1_000);
    assert_eq!(welcome["resumed"], json!({NORTH: false, SOUTH: false}));
    let capabilities = json!([
        "binary", "coalesce", "resume", "snapshot", "ack", "presence", "refresh", "digest", "audit"
    ]);
    assert_eq!(welcome["capabilities"], capabilities);
}

#[tokio::test]
async fn binary_frames_are_sent_to_whom_they_suit_and_taken_from_everybody() {
    let server = start().await;
    let (mut ana, _) =
        Client::connect_with(server.addr(), "ana", json!({"capabilities": ["binary"]})).await;
    ana.send_binary(&json!({"type": "$ping", "id": 3})).await;
    let pong = ana.of_type("$pong").await;
    assert_eq!(pong["id"], 3);
    assert!(pong["serverTime"].is_string());
    assert!(ana.binary.iter().all(|binary| *binary));
    let mut ben = Client::connect(server.addr(), "ben").await;
    ben.send_binary(&json!({"type": "$ping", "id": 4})).await;
    assert_eq!(ben.of_type("$pong").await["id"], 4);
    assert!(ben.binary.iter().all(|binary| !*binary));
}

#[tokio::test]
async fn whoever_does_not_say_connect_is_sent_away() {
    let mut config = config();
    config.limits.connect_timeout = Duration::from_millis(50);
    let server = Server::start(config).await.unwrap();
    let mut silent = Client::open(server.addr()).await;
    assert_eq!(silent.end().await, ("connect_timeout".into(), 4004));
    let server = start().await;
    for (first, code, close) in [
        (r#"{"type":"$ping","id":1}"#, "connect_expected", 4004),
        (r#"{"type":"$connect","protocol":2,"token":"t"}"#, "protocol_version", 4000),
        (r#"{"type":"$connect","protocol":1,"token":"t"}"#, "unauthorized", 4001),
        (r#"{"type":"$connect","protocol":1}"#, "invalid_structure", 4000),
        ("not json", "malformed", 4000),
        (r#"{"type":"$later"}"#, "unknown_type", 4000),
    ] {
        let mut client = Client::open(server.addr()).await;
        client.send_text(first).await;
        assert_eq!(client.end().await, (code.into(), close), "{first}");
    }
}

#[tokio::test]
async fn malformed_and_oversized_frames_end_the_connection() {
    let server = start().await;
    let oversized = format!(r#"{{"type":"$ping","id":1,"x":"{}"}}"#, "x".repeat(256 * 1024));
    let connect = json!({"type": "$connect", "protocol": 1, "token": "t"}).to_string();
    for (frame, code) in [
        ("{", "malformed"),
        ("[1]", "invalid_structure"),
        (r#"{"type":"patient_updated"}"#, "unknown_type"),
        (r#"{"type":"$ping"}"#, "invalid_structure"),
        (r#"{"type":"$ping","id":1,"id":2}"#, "invalid_structure"),
        (oversized.as_str(), "frame_too_large"),
        (connect.as_str(), "unexpected_connect"),
        ("[[[[[[[[[[", "malformed"),
    ] {
        let mut ana = Client::connect(server.addr(), "ana").await;
        ana.send_text(frame).await;
        assert_eq!(ana.end().await, (code.into(), 4000), "{code}");
    }
    let deep = "[".repeat(200_000);
    let mut ana = Client::connect(server.addr(), "ana").await;
    ana.send_text(&deep).await;
    assert_eq!(ana.end().await, ("malformed".into(), 4000));
    // The server is still there.
    Client::connect(server.addr(), "ana").await;
}
