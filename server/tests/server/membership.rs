//! Memberships that change and sessions that are revoked while somebody is looking.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use yewdux_socket_core::{OrganizationId, UserId};
use yewdux_socket_server::{Server, UpdateError};

use crate::common::{
    Client, NORTH, RESEARCH, SOUTH, concerning, config, patient_updated, start, token,
};

fn memberships(entries: &[(&str, &str)]) -> BTreeMap<OrganizationId, Vec<String>> {
    entries.iter().map(|(id, role)| (OrganizationId::from(*id), vec![(*role).to_owned()])).collect()
}

#[tokio::test]
async fn a_lost_organization_is_silent_at_once_and_a_gained_one_speaks() {
    let server = start().await;
    let mut ben = Client::connect(server.addr(), "ben").await;
    let mut dora = Client::connect(server.addr(), "dora").await;
    let mut ana = Client::connect(server.addr(), "ana").await;
    for client in [&mut ana, &mut ben, &mut dora] {
        client.all_until_now().await;
    }
    let entries = memberships(&[(SOUTH, "nurse"), (RESEARCH, "nurse")]);
    server.set_membership(&UserId::from("ana"), entries).await.unwrap();
    assert_eq!(ben.emit("k", &patient_updated(NORTH, "north-001", 90)).await["status"], "accepted");

    let seen = ana.all_until_now().await;
    assert_eq!(
        seen[0]["type"], "$membership",
        "before the first event of what was gained: {seen:?}"
    );
    let named: Vec<_> =
        seen[0]["organizations"].as_array().unwrap().iter().map(|entry| &entry["id"]).collect();
    assert_eq!(named, [RESEARCH, SOUTH]);
    assert!(concerning(&seen, NORTH).is_empty(), "{seen:?}");
    let types: Vec<_> =
        concerning(&seen, RESEARCH).iter().map(|event| event["type"].clone()).collect();
    assert_eq!(types, ["user_online", "user_updated"], "ana is online there, and a member");
    let ack = ana.emit("k", &patient_updated(NORTH, "north-001", 91)).await;
    assert_eq!(ack["code"], "foreign_organization");
    ana.send(&json!({"type": "$snapshot", "id": 1, "organizationId": NORTH, "topics": []})).await;
    let error = ana.of_type("$error").await;
    assert_eq!(error["code"], "foreign_organization");
    assert_eq!(error["regarding"], "$snapshot");

    let gone = |message: &&Value| message["type"] == "user_offline" && message["userId"] == "ana";
    // Ben's ack was waited for, and the farewell came before it.
    let (_, _, snapshot) = ben.snapshot(NORTH, &["presence", "users"]).await;
    assert!(!snapshot.to_string().contains("ana"), "{snapshot}");
    let seen = dora.all_until_now().await;
    assert!(
        seen.iter().any(|message| message["type"] == "user_online" && message["userId"] == "ana")
    );
    assert_eq!(seen.iter().filter(gone).count(), 0);
}

#[tokio::test]
async fn a_subscription_that_was_narrowed_stays_so() {
    let server = start().await;
    let (mut ana, _) =
        Client::connect_with(server.addr(), "ana", json!({"organizations": [NORTH]})).await;
    ana.all_until_now().await;
    let entries = memberships(&[(NORTH, "nurse"), (RESEARCH, "nurse")]);
    server.set_membership(&UserId::from("ana"), entries).await.unwrap();
    let seen = ana.all_until_now().await;
    assert_eq!(seen[0]["type"], "$membership");
    assert!(concerning(&seen, RESEARCH).is_empty());
}

#[tokio::test]
async fn unknown_names_are_errors() {
    let server = start().await;
    let unknown = server.set_membership(&UserId::from("mallory"), BTreeMap::new()).await;
    assert_eq!(unknown, Err(UpdateError::UnknownUser));
    let unknown =
        server.set_membership(&UserId::from("ana"), memberships(&[("nowhere", "nurse")])).await;
    assert_eq!(unknown, Err(UpdateError::UnknownOrganization(OrganizationId::from("nowhere"))));
    assert_eq!(server.revoke(&UserId::from("mallory")).await, Err(UpdateError::UnknownUser));
}

#[tokio::test]
async fn a_revoked_user_is_out_until_the_next_sign_in() {
    let directory = tempfile::tempdir().unwrap();
    let mut config = config();
    config.data = Some(directory.path().to_owned());
    let server = Server::start(config.clone()).await.unwrap();
    let before = token(server.addr(), "ana").await;
    let mut ben = Client::connect(server.addr(), "ben").await;
    let mut sockets =
        [Client::connect(server.addr(), "ana").await, Client::connect(server.addr(), "ana").await];
    server.revoke(&UserId::from("ana")).await.unwrap();
    for socket in &mut sockets {
        assert_eq!(socket.of_type("$revoked").await["code"], "revoked");
        assert_eq!(socket.end().await.1, 4002);
    }
    while ben.of_type("user_offline").await["userId"] != "ana" {}
    let refused = async |addr| {
        let mut ana = Client::open(addr).await;
        ana.send(&json!({"type": "$connect", "protocol": 1, "token": before})).await;
        ana.end().await
    };
    assert_eq!(refused(server.addr()).await, ("unauthorized".into(), 4001));
    Client::connect(server.addr(), "ana").await;
    // A refresh with a token from before is no way back either.
    let mut ana = Client::connect(server.addr(), "ana").await;
    ana.send(&json!({"type": "$refresh", "token": before})).await;
    let error = ana.of_type("$error").await;
    assert_eq!((&error["code"], &error["regarding"]), (&json!("unauthorized"), &json!("$refresh")));
    assert_eq!(ana.emit("k", &patient_updated(NORTH, "north-001", 90)).await["status"], "accepted");
    server.shutdown().await;

    let server = Server::start(config).await.unwrap();
    assert_eq!(refused(server.addr()).await, ("unauthorized".into(), 4001), "also after a restart");
}
