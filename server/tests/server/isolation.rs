//! What belongs to one organization never reaches another's users.

use serde_json::json;

use crate::common::{Client, NORTH, RESEARCH, SOUTH, concerning, patient_updated, start};

#[tokio::test]
async fn nothing_of_a_foreign_organization_is_ever_delivered() {
    let server = start().await;
    let fields = json!({"organizations": [NORTH, SOUTH, RESEARCH]});
    let (mut dora, welcome) = Client::connect_with(server.addr(), "dora", fields).await;
    assert_eq!(welcome["organizations"].as_array().unwrap().len(), 1);
    assert_eq!(welcome["resumed"], json!({RESEARCH: false}), "foreign names are ignored");
    dora.send(&json!({"type": "$subscribe", "organizations": [NORTH]})).await;
    assert_eq!(dora.of_type("$subscribed").await["organizations"], json!([RESEARCH]));

    let mut ana = Client::connect(server.addr(), "ana").await;
    for (index, organization) in [NORTH, SOUTH].into_iter().enumerate() {
        let ack =
            ana.emit(&format!("k{index}"), &patient_updated(organization, "north-001", 90)).await;
        assert_eq!(ack["status"], "accepted");
    }
    ana.leave().await;
    let seen = dora.all_until_now().await;
    assert!(concerning(&seen, NORTH).is_empty() && concerning(&seen, SOUTH).is_empty(), "{seen:?}");
    assert!(!seen.iter().any(|message| message.to_string().contains("ana")), "not even a name");
}

#[tokio::test]
async fn foreign_organizations_give_no_snapshot_and_take_no_event() {
    let server = start().await;
    let mut dora = Client::connect(server.addr(), "dora").await;
    for organization in [NORTH, "no-such-place"] {
        let request = json!({"type": "$snapshot", "id": 1, "organizationId": organization, "topics": ["patients"]});
        dora.send(&request).await;
        assert_eq!(
            dora.of_type("$error").await["code"],
            "foreign_organization",
            "the same for both"
        );
        let ack = dora.emit(organization, &patient_updated(organization, "north-001", 90)).await;
        assert_eq!(
            (&ack["status"], &ack["code"]),
            (&json!("rejected"), &json!("foreign_organization"))
        );
    }
    let (_, _, snapshot) = dora.snapshot(RESEARCH, &["patients"]).await;
    assert_eq!(snapshot["patients"].as_array().unwrap().len(), 8, "still connected");
}

#[tokio::test]
async fn a_resumption_of_a_foreign_stream_is_not_answered() {
    let server = start().await;
    let mut ana = Client::connect(server.addr(), "ana").await;
    let (epoch, _, _) = ana.snapshot(NORTH, &[]).await;
    let resume =
        json!({"resume": {"session": "s", "offsets": {NORTH: {"epoch": epoch, "offset": 0}}}});
    let (mut dora, welcome) = Client::connect_with(server.addr(), "dora", resume).await;
    assert_eq!(welcome["resumed"], json!({RESEARCH: false}));
    assert!(concerning(&dora.all_until_now().await, NORTH).is_empty());
}

#[tokio::test]
async fn subscriptions_narrow_what_is_delivered() {
    let server = start().await;
    let (mut ana, welcome) =
        Client::connect_with(server.addr(), "ana", json!({"organizations": [SOUTH]})).await;
    assert_eq!(welcome["resumed"], json!({SOUTH: false}));
    assert_eq!(welcome["organizations"].as_array().unwrap().len(), 2, "the membership is whole");
    let mut ben = Client::connect(server.addr(), "ben").await;
    ben.emit("k1", &patient_updated(NORTH, "north-001", 90)).await;
    assert!(concerning(&ana.all_until_now().await, NORTH).is_empty());

    ana.send(&json!({"type": "$subscribe", "organizations": [NORTH]})).await;
    assert_eq!(ana.of_type("$subscribed").await["organizations"], json!([NORTH, SOUTH]));
    ben.emit("k2", &patient_updated(NORTH, "north-001", 91)).await;
    assert_eq!(ana.of_type("patient_updated").await["patient"]["heartRate"], 91);

    ana.send(&json!({"type": "$unsubscribe", "organizations": [NORTH]})).await;
    assert_eq!(ana.of_type("$subscribed").await["organizations"], json!([SOUTH]));
    ben.emit("k3", &patient_updated(NORTH, "north-001", 92)).await;
    let seen = ana.all_until_now().await;
    assert!(
        concerning(&seen, NORTH).iter().all(|message| message["type"] != "patient_updated"),
        "{seen:?}"
    );
}

#[tokio::test]
async fn presence_shows_only_the_viewers_organization() {
    let server = start().await;
    let mut ben = Client::connect(server.addr(), "ben").await;
    let _ana = Client::connect(server.addr(), "ana").await;
    let online = loop {
        let online = ben.of_type("user_online").await;
        if online["userId"] == "ana" {
            break online;
        }
    };
    assert_eq!(
        online["user"]["organizations"],
        json!([NORTH]),
        "that ana works in the south is not ben's business"
    );
    let (_, _, snapshot) = ben.snapshot(NORTH, &["presence"]).await;
    assert!(!snapshot.to_string().contains(SOUTH));
}
