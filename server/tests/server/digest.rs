//! What `$pong` says of presence: exact at the position that it names.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use yewdux_socket_core::event::{Patient, PatientStatus, PatientUpdated};
use yewdux_socket_core::{OrganizationId, PresenceDigest, Sensitive, UserId, UserPresence};

use crate::common::{Client, NORTH, SOUTH, start};

async fn with_digests(addr: std::net::SocketAddr, user: &str) -> Client {
    Client::connect_with(addr, user, json!({"capabilities": ["digest"]})).await.0
}

async fn pong(client: &mut Client, id: u64) -> Value {
    client.send(&json!({"type": "$ping", "id": id})).await;
    let pong = client.of_type("$pong").await;
    assert_eq!(pong["id"], id);
    pong
}

/// Waits for news of a user's presence.
async fn news_of(client: &mut Client, event_type: &str, user: &str) {
    while client.of_type(event_type).await["userId"] != user {}
}

/// Compares the pong's summary with a snapshot of presence. Nothing may happen between the two.
async fn agrees(client: &mut Client, id: u64, users: usize) {
    let summary = pong(client, id).await["presence"][NORTH].clone();
    let (epoch, offset, snapshot) = client.snapshot(NORTH, &["presence"]).await;
    assert_eq!((&summary["epoch"], &summary["offset"]), (&json!(epoch), &json!(offset)));
    let entries: Vec<UserPresence> = serde_json::from_value(snapshot["presence"].clone()).unwrap();
    assert_eq!(summary["digest"], PresenceDigest::of(&entries).to_string());
    assert_eq!((&summary["users"], entries.len()), (&json!(users), users));
}

#[tokio::test]
async fn the_digest_is_that_of_a_snapshot_at_the_same_position() {
    let server = start().await;
    let mut ana = with_digests(server.addr(), "ana").await;
    news_of(&mut ana, "user_online", "ana").await;
    agrees(&mut ana, 1, 1).await;
    let first = Client::connect(server.addr(), "ben").await;
    news_of(&mut ana, "user_online", "ben").await;
    agrees(&mut ana, 2, 2).await;
    let second = Client::connect(server.addr(), "ben").await;
    news_of(&mut ana, "user_online", "ben").await;
    let own = Client::connect(server.addr(), "ana").await;
    news_of(&mut ana, "user_online", "ana").await;
    agrees(&mut ana, 3, 2).await;
    first.leave().await;
    news_of(&mut ana, "user_online", "ben").await;
    agrees(&mut ana, 4, 2).await;
    second.leave().await;
    news_of(&mut ana, "user_offline", "ben").await;
    agrees(&mut ana, 5, 1).await;
    own.leave().await;
    news_of(&mut ana, "user_online", "ana").await;
    agrees(&mut ana, 6, 1).await;
}

#[tokio::test]
async fn it_speaks_of_what_is_subscribed_and_only_to_whom_it_suits() {
    let server = start().await;
    let named = |pong: &Value| -> Vec<String> {
        pong["presence"].as_object().unwrap().keys().cloned().collect()
    };
    let mut ana = with_digests(server.addr(), "ana").await;
    assert_eq!(named(&pong(&mut ana, 1).await), [NORTH, SOUTH]);
    ana.send(&json!({"type": "$unsubscribe", "organizations": [NORTH]})).await;
    assert_eq!(named(&pong(&mut ana, 2).await), [SOUTH]);
    let south = BTreeMap::from([(OrganizationId::from(SOUTH), vec!["nurse".to_owned()])]);
    ana.send(&json!({"type": "$subscribe", "organizations": [NORTH]})).await;
    assert_eq!(named(&pong(&mut ana, 3).await), [NORTH, SOUTH]);
    server.set_membership(&UserId::from("ana"), south).await.unwrap();
    assert_eq!(named(&pong(&mut ana, 4).await), [SOUTH]);

    let mut plain = Client::connect(server.addr(), "ana").await;
    let pong = pong(&mut plain, 5).await;
    assert!(pong["serverTime"].is_string());
    assert_eq!(pong.get("presence"), None, "not asked for");
}

/// Folds what comes into a picture of presence, and compares it at each pong.
struct Picture {
    offset: u64,
    sockets: BTreeMap<String, Value>,
}

impl Picture {
    fn take(&mut self, event: &Value) {
        self.offset += 1;
        assert_eq!(event["offset"], self.offset, "no gap");
        let user = || event["userId"].as_str().unwrap().to_owned();
        match event["type"].as_str().unwrap() {
            "user_online" => {
                self.sockets.insert(user(), event["user"].clone());
            }
            "user_offline" => {
                self.sockets.remove(&user());
            }
            _ => {}
        }
    }

    fn compare(&self, pong: &Value) {
        let summary = &pong["presence"][NORTH];
        assert_eq!(summary["offset"], self.offset, "all before it is here, and nothing after it");
        let entries: Vec<UserPresence> = self
            .sockets
            .values()
            .map(|entry| serde_json::from_value(entry.clone()).unwrap())
            .collect();
        assert_eq!(summary["digest"], PresenceDigest::of(&entries).to_string());
        assert_eq!(summary["users"], entries.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pong_has_its_place_among_the_events() {
    const LAST: u16 = 300;
    let server = start().await;
    let north = OrganizationId::from(NORTH);
    let mut ana = with_digests(server.addr(), "ana").await;
    let (_, offset, snapshot) = ana.snapshot(NORTH, &["presence"]).await;
    let mut picture = Picture { offset, sockets: BTreeMap::new() };
    for entry in snapshot["presence"].as_array().unwrap() {
        picture.sockets.insert(entry["userId"].as_str().unwrap().to_owned(), entry.clone());
    }
    let publish = async {
        for heart_rate in 0..=LAST {
            let patient = Patient {
                id: "p".into(),
                name: "N".into(),
                ward: "A".into(),
                status: PatientStatus::Stable,
                heart_rate,
                diagnosis: Sensitive::default(),
            };
            server.publish(&north, &PatientUpdated { patient: patient.into() }).await.unwrap();
            if heart_rate % 10 == 0 {
                Client::connect(server.addr(), "ben").await.leave().await;
            }
        }
    };
    let watch = async {
        let (mut compared, mut over) = (0, false);
        ana.send(&json!({"type": "$ping", "id": compared})).await;
        loop {
            let message = ana.message().await;
            if message["type"] == "$pong" {
                assert_eq!(message["id"], compared);
                picture.compare(&message);
                compared += 1;
                if over {
                    return compared;
                }
                ana.send(&json!({"type": "$ping", "id": compared})).await;
            } else if message["organizationId"] == NORTH {
                picture.take(&message);
                over |= message["patient"]["heartRate"] == LAST;
            }
        }
    };
    let ((), compared) = tokio::join!(publish, watch);
    assert!(compared > 2, "while events flowed");
}
