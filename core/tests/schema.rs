//! The schemas in `docs/schema` are those of the present types, and say of messages what the types say.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use jsonschema::Validator;
use serde_json::{Value, json};
use yewdux_socket_core::EventRegistry;
use yewdux_socket_core::schema::documents;
use yewdux_socket_core::wire::{RawJson, decode_client, decode_server, skim_event, split_frame};

#[test]
fn the_documents_are_fresh() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schema");
    let written: BTreeMap<String, String> = fs::read_dir(&directory)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            (
                path.file_name().unwrap().to_str().unwrap().to_owned(),
                fs::read_to_string(path).unwrap(),
            )
        })
        .collect();
    let made: BTreeMap<_, _> =
        documents().into_iter().map(|(name, schema)| (name, format!("{schema:#}\n"))).collect();
    assert_eq!(written, made, "`cargo xtask schema` makes them anew");
}

#[test]
fn every_event_type_has_one() {
    let documents = documents();
    for kind in EventRegistry::builtin().kinds() {
        let name = format!("event-{}.json", kind.event_type);
        assert!(documents.contains_key(&name), "{name}");
    }
}

fn validator(name: &str) -> Validator {
    jsonschema::options().should_validate_formats(true).build(&documents()[name]).unwrap()
}

/// Whether the type and the schema agree, and on what.
fn verdict(name: &str, json: &Value, decodes: bool) -> bool {
    let valid = validator(name).is_valid(json);
    assert_eq!(valid, decodes, "schema and type differ about {json}");
    valid
}

#[test]
fn schemas_and_types_agree_on_events() {
    let event = |change: &dyn Fn(&mut Value)| {
        let mut event = json!({
            "type": "patient_updated", "organizationId": "north", "timestamp": "2026-11-23T09:00:00Z",
            "epoch": "e", "offset": 1,
            "patient": {"id": "p1", "name": "Ida", "ward": "A1", "status": "stable", "heartRate": 72},
        });
        change(&mut event);
        let registry = EventRegistry::builtin();
        let raw = RawJson::of(&event).unwrap();
        let decodes = skim_event(&raw).is_ok_and(|envelope| {
            let kind = registry.get("patient_updated").unwrap();
            envelope.organization.is_some()
                && *envelope.event_type == *"patient_updated"
                && kind.decode(envelope, raw.as_str()).is_ok()
        });
        verdict("event-patient_updated.json", &event, decodes)
    };
    assert!(event(&|_| ()));
    assert!(event(&|event| event["patient"]["diagnosis"] = json!("Influenza")));
    assert!(event(&|event| event["patient"]["diagnosis"] = Value::Null));
    assert!(event(&|event| event["later"] = json!(1)), "what is not known is let pass");
    let refused: [&dyn Fn(&mut Value); 13] = [
        &|event| event["patient"]["diagnosis"] = json!("x".repeat(201)),
        &|event| event["type"] = json!("patient_removed"),
        &|event| event["organizationId"] = json!("no rth"),
        &|event| event["organizationId"] = Value::Null,
        &|event| event["timestamp"] = json!("soon"),
        &|event| event["offset"] = json!(9_007_199_254_740_992_u64),
        &|event| drop(event.as_object_mut().unwrap().remove("epoch")),
        &|event| drop(event.as_object_mut().unwrap().remove("patient")),
        &|event| event["patient"]["heartRate"] = json!(351),
        &|event| event["patient"]["status"] = json!("fine"),
        &|event| event["patient"]["id"] = json!("p\u{202e}1"),
        &|event| event["patient"]["name"] = json!("x".repeat(201)),
        &|event| event["patient"]["diagnosis"] = json!(7),
    ];
    for change in refused {
        assert!(!event(change));
    }
}

#[test]
fn schemas_and_types_agree_on_control_messages() {
    for (json, fine) in [
        (json!({"type": "$emit", "id": "k", "event": {"type": "a"}}), true),
        (json!({"type": "$emit", "id": "", "event": {}}), false),
        (json!({"type": "$connect", "protocol": 1, "token": "t", "capabilities": []}), true),
        (json!({"type": "$connect", "protocol": 1}), false),
        (json!({"type": "$snapshot", "id": 1, "organizationId": "n", "topics": ["a"]}), true),
        (json!({"type": "$snapshot", "id": -1, "organizationId": "n", "topics": []}), false),
        (json!({"type": "$later"}), false),
    ] {
        let text = json.to_string();
        let read = split_frame(text.as_bytes()).next().unwrap().and_then(decode_client);
        assert_eq!(verdict("client-message.json", &json, read.is_ok()), fine);
    }
    for (json, fine) in [
        (json!({"type": "$ack", "id": "k", "status": "accepted"}), true),
        (json!({"type": "$ack", "id": "k", "status": "maybe"}), false),
        (json!({"type": "$withheld", "organizationId": "n", "epoch": "e", "offset": 1}), true),
        (
            json!({"type": "$welcome", "protocol": 1, "session": "s", "userId": "a", "organizations": []}),
            true,
        ),
        (
            json!({"type": "$welcome", "protocol": 1, "session": "s", "userId": "a b", "organizations": []}),
            false,
        ),
    ] {
        let text = json.to_string();
        let item = split_frame(text.as_bytes()).next().unwrap().unwrap();
        assert_eq!(verdict("server-message.json", &json, decode_server(item).is_ok()), fine);
    }
}
