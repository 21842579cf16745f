//! What may come in and go out, and what becomes of the rest.

use super::*;
use crate::config::{Rate, UnknownEvents};
use crate::error::{ConnectionError as Broken, ValidationError};
use crate::wire::ShapeLimits;

fn small() -> Config {
    let mut config = without_repairs();
    config.shape = ShapeLimits { nesting: 3, string_bytes: 40, items: 8 };
    config
}

#[test]
fn the_parts_of_an_event_are_bounded_both_ways() {
    let mut world = World::online_with(small());
    let long = "x".repeat(41);
    world.say_raw(&note("north", 1, &long));
    let deep = note("north", 2, "x").replace(r#""text":"x""#, r#""text":"x","more":[[[1]]]"#);
    world.say_raw(&deep);
    let wide =
        note("north", 3, "x").replace(r#""text":"x""#, r#""text":"x","a":[1,2,3,4,5,6,7,8,9]"#);
    world.say_raw(&wide);
    world.say_raw(&note("north", 4, "fine"));
    assert_eq!(world.delivered(), ["fine"]);
    assert_eq!(world.client.metrics().dropped_invalid, 3);
    let what: Vec<_> = world.client.quarantine().iter().map(|entry| &*entry.reason).collect();
    assert_eq!(what[0], "An event's string is over the limit of 40.");
    assert_eq!(what[1], "An event's nesting is over the limit of 3.");
    assert_eq!(what[2], "An event's list is over the limit of 8.");
    let refused = world.emit(&long).unwrap_err();
    assert_eq!(refused.code(), "too_complex", "outbound by the same code");
}

#[test]
fn a_frame_of_too_many_messages_costs_the_connection() {
    let mut config = config();
    config.inbound.max_frame_messages = 2;
    let mut world = World::online_with(config);
    let frame = |count| {
        let notes: Vec<_> = (1..=count).map(|offset| note("north", offset, "x")).collect();
        format!("[{}]", notes.join(","))
    };
    world.say_raw(&frame(2));
    assert_eq!(world.delivered(), ["x", "x"]);
    world.say_raw(&frame(3));
    assert_eq!(world.status(), Status::Reconnecting);
    assert_eq!(world.error_codes()[0], "too_many_messages");
    assert!(matches!(
        *world.client.connection_state().error.as_ref().unwrap().error,
        Error::Connection(Broken::Protocol { .. })
    ));
    world.come_back(resumed(&["north", "south"]));
    assert_eq!(world.asked_for(), ["all north", "all south"], "what it held is fetched");
}

#[test]
fn the_quarantine_says_what_was_wrong_and_never_what_was_said() {
    let mut world = World::online_with(without_repairs());
    world.say_raw(&note("north", 1, "x").replace(r#""text":"x""#, r#""text":{"hush":"hush"}"#));
    world.say_raw(r#"{"type":"hush""#);
    world.say_raw(&note("research", 1, "x").replace(r#""text":"x""#, r#""text":5"#));
    let entries = world.client.quarantine();
    assert_eq!(entries.len(), 2, "what is foreign is only counted");
    assert_eq!(entries[0].event_type.as_deref(), Some("note"));
    assert_eq!(entries[0].organization, Some(organization("north")));
    assert_eq!((entries[0].code, entries[1].code), ("invalid_structure", "malformed"));
    assert_eq!((entries[1].event_type.clone(), entries[1].bytes), (None, 14));
    assert!(!format!("{entries:?}").contains("hush"));
    assert!(!serde_json::to_string(&entries[..]).unwrap().contains("hush"));
}

#[test]
fn the_quarantine_goes_with_the_organization_and_the_sign_in() {
    let mut world = World::online_with(without_repairs());
    for name in ["north", "south"] {
        world.say_raw(&note(name, 1, "x").replace(r#""text":"x""#, r#""text":5"#));
    }
    world.step(Input::UpdateUserOrganizations(organizations(&["south"])));
    let left: Vec<_> =
        world.client.quarantine().iter().map(|entry| entry.organization.clone()).collect();
    assert_eq!(left, [Some(organization("south"))]);
    world.step(Input::SignOut);
    assert!(world.client.quarantine().is_empty());
}

#[test]
fn unknown_types_follow_the_setting() {
    for (setting, quarantined, delivered) in [
        (UnknownEvents::Reject, 0, vec![]),
        (UnknownEvents::Quarantine, 1, vec![]),
        (UnknownEvents::Raw, 0, vec!["later_version"]),
    ] {
        let mut config = config();
        config.unknown_events = setting;
        let mut world = World::online_with(config);
        world.say_raw(&event("later_version", "north", Some(("e", 1)), "x"));
        world.say_raw(&event("later_version", "research", Some(("e", 1)), "foreign"));
        assert_eq!(world.delivered(), delivered, "{setting:?}");
        assert_eq!(world.client.quarantine().len(), quarantined, "{setting:?}");
        world.say_raw(&note("north", 2, "next"));
        assert_eq!(world.delivered(), ["next"], "it had its place");
    }
}

#[test]
fn raw_events_are_held_to_rules_and_limits_too() {
    let mut config = small();
    config.unknown_events = UnknownEvents::Raw;
    config.permissions.receive("for_doctors", Rule::any_of(["doctor"]));
    let mut world = World::online_with(config);
    world.say_raw(&event("for_doctors", "north", Some(("e", 1)), "x"));
    world.say_raw(&event("for_all", "north", Some(("e", 2)), &"x".repeat(41)));
    assert!(world.delivered().is_empty());
    assert_eq!(world.error_codes(), ["not_permitted", "too_complex"]);
}

#[test]
fn a_raw_event_is_its_json() {
    let mut config = config();
    config.unknown_events = UnknownEvents::Raw;
    let mut world = World::online_with(config);
    let json = event("later_version", "north", Some(("e", 1)), "x");
    let (socket, data) = (world.socket(), json.clone().into_bytes());
    world.client.step(world.now, Input::Frame { socket, data });
    let raw = std::iter::from_fn(|| world.client.poll_effect()).find_map(|effect| match effect {
        Effect::Deliver(Inbound::Event(event)) => {
            event.raw_json().map(|json| json.as_str().to_owned())
        }
        _ => None,
    });
    assert_eq!(raw, Some(json));
}

#[test]
fn what_a_type_does_not_know_of_is_not_sent() {
    let mut world = World::online();
    let payload = RawJson::of(&serde_json::json!({"text": "a", "admin": true})).unwrap();
    let request = EmitRequest {
        event_type: "note".into(),
        organization: Some(organization("north")),
        payload,
    };
    world.client.emit(world.now, &request).unwrap();
    world.drain();
    let sent = world.sent.iter().find_map(|sent| match sent {
        ClientMessage::Emit(emit) => Some(emit.event.as_str().to_owned()),
        _ => None,
    });
    assert!(sent.unwrap().ends_with(r#","text":"a"}"#));
}

/// An event with a rate of its own.
#[derive(Serialize, Deserialize)]
struct Typing {
    text: String,
}

impl SocketEvent for Typing {
    const TYPE: &'static str = "typing";

    fn emit_rate() -> Option<Rate> {
        Some(Rate { per_second: 1.0, burst: 2 })
    }
}

#[test]
fn a_type_may_have_a_rate_of_its_own() {
    let mut config = config();
    config.registry.register::<Typing>().unwrap();
    config.permissions.emit("typing", Rule::Member);
    config.emit_rate = Rate { per_second: 1.0, burst: 4 };
    let mut world = World::online_with(config);
    let mut emit = |event_type: &str| {
        world.emit_as(event_type, Some("north"), "x").map(|_| ()).map_err(|error| error.code())
    };
    assert_eq!(
        [emit("typing"), emit("typing"), emit("typing")],
        [Ok(()), Ok(()), Err("rate_limited")]
    );
    assert_eq!(
        [emit("note"), emit("note"), emit("note")],
        [Ok(()), Ok(()), Err("rate_limited")],
        "of all together four"
    );
    world.pass(secs(1));
    let refused = world.emit_as("note", Some("north"), "x");
    assert!(refused.is_ok());
    // The bucket of all is empty: the one of the type must not be charged for what was refused.
    for _ in 0..5 {
        assert!(world.emit_as("typing", Some("north"), "x").is_err());
    }
    world.pass(secs(1));
    assert!(world.emit_as("typing", Some("north"), "x").is_ok());
}

#[test]
fn values_of_events_are_checked_with_their_path() {
    let mut world = World::online_with(without_repairs());
    let update = serde_json::json!({
        "type": "patient_updated", "organizationId": "north", "timestamp": "2026-11-23T08:00:00Z",
        "epoch": "e", "offset": 1,
        "patient": {"id": "p", "name": "n", "ward": "w", "status": "stable", "heartRate": 400},
    });
    world.say_raw(&update.to_string());
    let entry = &world.client.quarantine()[0];
    assert_eq!((entry.path.as_deref(), entry.code), (Some("patient.heart_rate"), "invalid_value"));
    assert_eq!(ValidationError::value("a", "b").path(), Some("a"));
}
