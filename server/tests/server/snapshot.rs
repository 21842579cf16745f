//! Snapshots: everything at one position, while events flow.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use yewdux_socket_core::event::{Patient, PatientStatus, PatientUpdated};
use yewdux_socket_core::{OrganizationId, Sensitive};

use crate::common::{Client, NORTH, start};

#[tokio::test]
async fn topics_come_at_one_position_and_unknown_ones_are_empty() {
    let server = start().await;
    let mut ana = Client::connect(server.addr(), "ana").await;
    let topics = ["presence", "patients", "organization", "users", "beds"];
    let (_, offset, snapshot) = ana.snapshot(NORTH, &topics).await;
    assert_eq!(offset, 1, "the own presence");
    let sizes: BTreeMap<_, _> = snapshot
        .as_object()
        .unwrap()
        .iter()
        .map(|(topic, entries)| (topic.as_str(), entries.as_array().unwrap().len()))
        .collect();
    let expected =
        [("beds", 0), ("organization", 1), ("patients", 18), ("presence", 1), ("users", 2)];
    assert_eq!(sizes, BTreeMap::from(expected));
    ana.send(
        &json!({"type": "$snapshot", "id": 1, "organizationId": NORTH, "topics": vec!["t"; 17]}),
    )
    .await;
    let error = ana.of_type("$error").await;
    assert_eq!(
        (&error["code"], &error["regarding"]),
        (&json!("invalid_value"), &json!("$snapshot"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_and_the_events_after_it_have_neither_gap_nor_overlap() {
    let server = start().await;
    let north = OrganizationId::from(NORTH);
    let publish = async {
        for round in 0..300_u16 {
            let patient = Patient {
                id: format!("p{}", round % 40),
                name: "N".into(),
                ward: "A".into(),
                status: PatientStatus::Stable,
                heart_rate: round,
                diagnosis: Sensitive::default(),
            };
            server.publish(&north, &PatientUpdated { patient: patient.into() }).await.unwrap();
        }
    };
    let watch = async {
        let (mut ana, _) =
            Client::connect_with(server.addr(), "ana", json!({"capabilities": ["coalesce"]})).await;
        let mut checked = 0;
        let mut state: Option<(u64, BTreeMap<String, u64>)> = None;
        let rates = |entries: &Value| -> BTreeMap<String, u64> {
            let entries = entries.as_array().unwrap().iter();
            entries
                .map(|entry| {
                    (entry["id"].as_str().unwrap().into(), entry["heartRate"].as_u64().unwrap())
                })
                .collect()
        };
        let request =
            json!({"type": "$snapshot", "id": 7, "organizationId": NORTH, "topics": ["patients"]});
        ana.send(&request).await;
        loop {
            let message = ana.message().await;
            if message["type"] == "$snapshot" {
                let (offset, taken) =
                    (message["offset"].as_u64().unwrap(), rates(&message["topics"]["patients"]));
                assert_eq!(message["done"], true);
                if let Some(before) = &state {
                    assert_eq!(
                        before,
                        &(offset, taken.clone()),
                        "the snapshot is what the events up to it made"
                    );
                    checked += 1;
                }
                state = Some((offset, taken));
                ana.send(&request).await;
            } else if message["organizationId"] == NORTH
                && let Some((offset, rates)) = &mut state
            {
                *offset += 1;
                assert_eq!(message["offset"], *offset, "no gap");
                if message["type"] == "patient_updated" {
                    let patient = &message["patient"];
                    rates.insert(
                        patient["id"].as_str().unwrap().into(),
                        patient["heartRate"].as_u64().unwrap(),
                    );
                    if patient["heartRate"] == 299 {
                        return checked;
                    }
                }
            }
        }
    };
    let ((), checked) = tokio::join!(publish, watch);
    assert!(checked > 0, "snapshots were taken while events flowed");
}

#[tokio::test]
async fn large_snapshots_come_in_parts() {
    let server = start().await;
    let north = OrganizationId::from(NORTH);
    for index in 0..1_200 {
        let id = format!("p{index}");
        let patient = Patient {
            id,
            name: "N".repeat(150),
            ward: "A".into(),
            status: PatientStatus::Stable,
            heart_rate: 60,
            diagnosis: Sensitive::default(),
        };
        server.publish(&north, &PatientUpdated { patient: patient.into() }).await.unwrap();
    }
    let mut ana = Client::connect(server.addr(), "ana").await;
    ana.send(&json!({"type": "$snapshot", "id": 9, "organizationId": NORTH, "topics": ["patients", "users"]})).await;
    let (mut parts, mut patients, mut positions) = (0, 0, Vec::new());
    loop {
        let part = ana.of_type("$snapshot").await;
        assert_eq!(part["id"], 9);
        assert!(part.to_string().len() < 210 * 1024);
        let entries = part["topics"]["patients"].as_array().map_or(0, Vec::len);
        assert!(entries <= 500);
        patients += entries;
        parts += 1;
        positions.push(part["offset"].as_u64());
        if part["done"] == true {
            break;
        }
    }
    positions.dedup();
    assert_eq!((patients, positions.len()), (1_218, 1));
    assert!(parts >= 3, "{parts} parts");
}
