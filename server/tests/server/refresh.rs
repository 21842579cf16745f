//! New tokens for old ones, good and bad.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use yewdux_socket_server::Server;

use crate::common::{Client, NORTH, config, patient_updated, start, token};

async fn refresh(client: &mut Client, token: &str) {
    client.send(&json!({"type": "$refresh", "token": token})).await;
}

/// Hands over a token that is no good, and sees that the connection goes on.
async fn refused(client: &mut Client, token: &str) {
    refresh(client, token).await;
    let error = client.of_type("$error").await;
    assert_eq!(error["code"], "unauthorized");
    assert_eq!(error["regarding"], "$refresh");
    assert_eq!(error["retryable"], true);
    assert!(!error["message"].as_str().unwrap().contains(token));
}

async fn accepted(client: &mut Client, token: &str) -> u64 {
    refresh(client, token).await;
    client.of_type("$refreshed").await["expiresInMs"].as_u64().unwrap()
}

/// The life that `$welcome` says a token has.
async fn welcomed(server: &yewdux_socket_server::Running, token: &str) -> u64 {
    let (_, welcome) = Client::connect_with(server.addr(), "ana", json!({ "token": token })).await;
    welcome["tokenExpiresInMs"].as_u64().unwrap()
}

#[tokio::test]
async fn the_welcome_says_how_long_the_token_lives() {
    let mut config = config();
    config.token_ttl = Duration::from_hours(1);
    let server = Server::start(config).await.unwrap();
    let ana = token(server.addr(), "ana").await;
    let first = welcomed(&server, &ana).await;
    // Tokens live up to a second longer than promised.
    assert!((1..=3_601_000).contains(&first), "{first}");
    assert!(first > 900_000, "not the default: {first}");
    assert!(welcomed(&server, &ana).await <= first, "what remains, not what there was");
}

#[tokio::test]
async fn an_expired_token_ends_the_session_unless_it_is_refreshed() {
    let mut config = config();
    config.token_ttl = Duration::from_secs(2);
    let server = Server::start(config).await.unwrap();
    let mut ana = Client::connect(server.addr(), "ana").await;
    assert_eq!(ana.end().await, ("token_expired".into(), 4001));

    let first = token(server.addr(), "ana").await;
    let (mut ana, _) = Client::connect_with(server.addr(), "ana", json!({ "token": first })).await;
    // For longer than the first token, and the second, can last.
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(4) {
        let fresh = token(server.addr(), "ana").await;
        assert!(accepted(&mut ana, &fresh).await <= 3_000);
    }
    // An expired token is refused, and does not shorten the life of the good one.
    refused(&mut ana, &first).await;
    let ben = token(server.addr(), "ben").await;
    refresh(&mut ana, &ben).await;
    assert_eq!(ana.end().await, ("other_user".into(), 4003));
}

#[tokio::test]
async fn a_refused_token_costs_nothing_and_another_may_follow() {
    let server = start().await;
    let mut ana = Client::connect(server.addr(), "ana").await;
    refused(&mut ana, "nonsense").await;
    let event = patient_updated(NORTH, "north-001", 90);
    assert_eq!(ana.emit("k", &event).await["status"], "accepted", "it goes on");
    let fresh = token(server.addr(), "ana").await;
    let life = accepted(&mut ana, &fresh).await;
    assert!((1..=901_000).contains(&life), "{life}");
}

#[tokio::test]
async fn after_a_refused_token_the_old_one_still_counts() {
    let mut config = config();
    config.token_ttl = Duration::from_secs(2);
    let server = Server::start(config).await.unwrap();
    let mut ana = Client::connect(server.addr(), "ana").await;
    refused(&mut ana, "nonsense").await;
    assert_eq!(ana.end().await, ("token_expired".into(), 4001));
}

#[tokio::test]
async fn too_many_refused_tokens_in_a_row_end_the_connection() {
    let server = start().await;
    let mut ana = Client::connect(server.addr(), "ana").await;
    let fresh = token(server.addr(), "ana").await;
    for _ in 0..2 {
        for _ in 0..5 {
            refused(&mut ana, "nonsense").await;
        }
        accepted(&mut ana, &fresh).await;
    }
    for _ in 0..5 {
        refused(&mut ana, "nonsense").await;
    }
    refresh(&mut ana, "nonsense").await;
    let error = ana.of_type("$error").await;
    assert_eq!(error["code"], "unauthorized");
    assert_eq!(error.get("regarding"), None::<&Value>, "it concerns the whole connection");
    assert_eq!(ana.end().await.1, 4001);
}
