//! Who is online, counted by sockets.

use std::time::Duration;

use serde_json::{Value, json};
use yewdux_socket_server::Server;

use crate::common::{Client, NORTH, config, start};

/// The next presence event of a user: type and socket count.
async fn presence_of(client: &mut Client, user: &str) -> (String, Option<u64>) {
    loop {
        let message = client.message().await;
        let event_type = message["type"].as_str().unwrap();
        if event_type.starts_with("user_o") && message["userId"] == user {
            return (event_type.to_owned(), message["user"]["socketCount"].as_u64());
        }
    }
}

fn online(count: u64) -> (String, Option<u64>) {
    ("user_online".to_owned(), Some(count))
}

#[tokio::test]
async fn sockets_are_counted_and_the_last_one_counts() {
    let server = start().await;
    let mut ben = Client::connect(server.addr(), "ben").await;
    assert_eq!(
        presence_of(&mut ben, "ben").await,
        online(1),
        "the own presence is the first event"
    );
    let first = Client::connect(server.addr(), "ana").await;
    assert_eq!(presence_of(&mut ben, "ana").await, online(1));
    let second = Client::connect(server.addr(), "ana").await;
    assert_eq!(presence_of(&mut ben, "ana").await, online(2));
    let (_, _, snapshot) = ben.snapshot(NORTH, &["presence"]).await;
    let counts: Vec<_> = snapshot["presence"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (&entry["userId"], &entry["socketCount"]))
        .collect();
    assert_eq!(counts, [(&json!("ana"), &json!(2)), (&json!("ben"), &json!(1))]);
    first.leave().await;
    assert_eq!(presence_of(&mut ben, "ana").await, online(1));
    drop(second);
    assert_eq!(presence_of(&mut ben, "ana").await, ("user_offline".to_owned(), None));
    let (_, _, snapshot) = ben.snapshot(NORTH, &["presence"]).await;
    assert_eq!(snapshot["presence"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_connection_that_falls_silent_is_noticed() {
    let mut config = config();
    config.limits.heartbeat = Duration::from_millis(200);
    let server = Server::start(config).await.unwrap();
    let mut ana = Client::connect(server.addr(), "ana").await;
    let ping = ana.of_type("$ping").await;
    ana.send(&json!({"type": "$pong", "id": ping["id"]})).await;
    assert!(
        ana.of_type("$ping").await["id"].as_u64() > ping["id"].as_u64(),
        "an answer keeps it alive"
    );
    // Reads, and says nothing any more.
    let (code, close) = ana.end().await;
    assert_eq!((code.as_str(), close), ("heartbeat_timeout", 4200));
}

#[tokio::test]
async fn a_changed_name_shows_in_presence() {
    let server = start().await;
    let mut ben = Client::connect(server.addr(), "ben").await;
    let user =
        json!({"id": "ben", "name": "Benedict Okafor", "email": "", "firstName": "Benedict"});
    let event = json!({"type": "user_updated", "organizationId": NORTH, "timestamp": "2026-11-23T10:00:00Z", "user": user});
    assert_eq!(
        ben.emit("k", &event).await["status"],
        "accepted",
        "everybody may change the own data"
    );
    assert_eq!(ben.of_type("user_updated").await["user"], user);
    assert_eq!(ben.of_type("user_online").await["user"]["user"], user);
    let (_, _, snapshot) = ben.snapshot(NORTH, &["presence", "users"]).await;
    let is_ben = |entry: &&Value| **entry == user;
    assert_eq!(snapshot["users"].as_array().unwrap().iter().filter(is_ben).count(), 1);
    assert_eq!(snapshot["presence"][0]["user"], user);
}
