//! Emitted events: acceptance, sending, outcomes.

use super::*;
use crate::config::Rate;
use crate::wire::EmitRate;

#[test]
fn an_emitted_event_is_written_and_acknowledged() {
    let mut world = World::online();
    let accepted = world.emit("a").unwrap();
    assert!(accepted.in_flight);
    assert_eq!(accepted.id.as_str().len(), 32, "128 bits");
    let queued = &world.client.connection_state().queued_events;
    assert_eq!((queued.len(), queued[0].in_flight, queued[0].retry_count), (1, true, 0));
    assert_eq!(world.emits(), [(accepted.id.clone(), "a".to_owned())]);
    world.ack(&accepted.id, AckStatus::Accepted);
    world.ack(&accepted.id, AckStatus::Accepted);
    world.ack(&EventId::from("never heard of"), AckStatus::Accepted);
    assert_eq!(world.settled, [(accepted.id, Outcome::Acknowledged)], "once");
    assert!(world.client.connection_state().queued_events.is_empty());
    assert_eq!(world.client.metrics().events_acknowledged, 1);
}

#[test]
fn the_server_may_refuse() {
    let mut world = World::online();
    let (first, second) = (world.emit("a").unwrap().id, world.emit("b").unwrap().id);
    world.ack(&second, AckStatus::Conflict);
    let ack = Ack {
        id: first.clone(),
        status: AckStatus::Rejected,
        code: Some("not_permitted".into()),
        reason: Some("Your role does not allow this.".into()),
    };
    world.say(&ServerMessage::Ack(ack));
    let rejected =
        |code: &str, reason: &str| Outcome::Rejected { code: code.into(), reason: reason.into() };
    assert_eq!(
        world.settled,
        [
            (second, rejected("conflict", "The server did not accept the event.")),
            (first, rejected("not_permitted", "Your role does not allow this.")),
        ]
    );
}

#[test]
fn what_is_emitted_while_disconnected_is_replayed_in_order_and_once() {
    let mut world = World::online();
    world.close(1006);
    let texts = ["a", "b", "c"];
    for text in texts {
        assert!(!world.emit(text).unwrap().in_flight);
    }
    assert!(world.emits().is_empty());
    assert_eq!(world.client.connection_state().queued_events.len(), 3);
    world.come_back(resumed(&["north", "south"]));
    let emits = world.emits();
    assert_eq!(emits.iter().map(|(_, text)| &**text).collect::<Vec<_>>(), texts);
    for (id, _) in &emits {
        world.ack(id, AckStatus::Accepted);
    }
    assert_eq!(world.outcomes(), ["acknowledged"; 3]);
    world.close(1006);
    world.come_back(resumed(&["north", "south"]));
    assert!(world.emits().is_empty());
}

#[test]
fn what_was_not_acknowledged_goes_again_first_under_its_key() {
    let mut world = World::online();
    world.emit("a").unwrap();
    world.emit("b").unwrap();
    let first = world.emits();
    world.ack(&first[0].0, AckStatus::Accepted);
    world.close(1006);
    world.emit_as("alarm", Some("north"), "alarm").unwrap();
    world.come_back(welcome());
    let second = world.emits();
    assert_eq!(second[0], first[1]);
    assert_eq!(second[1].1, "alarm");
    assert_eq!(second.len(), 2);
    assert_eq!(world.client.connection_state().queued_events[0].retry_count, 1);
}

#[test]
fn an_event_is_repeated_only_while_the_server_knows_its_key() {
    let brief = || Welcome { dedupe_ms: Some(1_000), ..welcome() };
    let mut world = World::online();
    world.close(1006);
    world.come_back(brief());
    world.emit("a").unwrap();
    world.emits();
    world.pass(secs(2));
    assert!(world.outcomes().is_empty(), "the ack may still come");
    world.close(1006);
    world.emit("b").unwrap();
    world.come_back(brief());
    assert_eq!((world.written(), world.outcomes()), (vec!["b".to_owned()], vec!["unconfirmed"]));
}

#[test]
fn expiry_tells_the_written_from_the_unwritten() {
    let mut world = World::online();
    world.emit("written").unwrap();
    world.pass(secs(10));
    world.close(4003);
    world.emit("unwritten").unwrap();
    world.pass(ms(49_999));
    assert!(world.outcomes().is_empty());
    world.pass(ms(1));
    assert_eq!(world.outcomes(), ["unconfirmed"]);
    world.pass(secs(10));
    assert_eq!(world.outcomes(), ["expired"]);
    assert_eq!(world.client.metrics().events_failed, 2);
    world.emits();
    world.step(Input::Connect(ConnectOptions::default()));
    world.accept(welcome());
    assert!(world.emits().is_empty(), "a stale command is never replayed");
}

#[test]
fn a_time_to_live_without_end_is_no_overflow() {
    let mut world = World::online();
    world.pass(secs(1));
    world.emit_as("order", Some("north"), "a").unwrap();
    world.pass(secs(1));
    assert_eq!(world.written(), ["a"]);
}

#[test]
fn only_so_many_wait_for_their_ack_at_once() {
    let mut config = config();
    config.max_in_flight = 5;
    for (allowed, expected) in [(None, 3), (Some(2), 1), (Some(9), 3), (Some(0), 1)] {
        let mut world = World::with(config.clone());
        world.step(Input::Connect(ConnectOptions::default()));
        world.accept(Welcome { max_in_flight: allowed, ..welcome() });
        world.forget();
        for text in ["a", "b", "c", "d", "e", "f"] {
            world.emit(text).unwrap();
        }
        let emits = world.emits();
        assert_eq!(emits.len(), expected, "{allowed:?}: one organization leaves room for others");
        world.ack(&emits[0].0, AckStatus::Accepted);
        assert_eq!(world.emits().len(), 1, "an ack makes room");
    }
}

#[test]
fn a_limit_of_an_earlier_session_does_not_outlive_it() {
    let mut world = World::online();
    world.close(1006);
    world.come_back(Welcome { max_in_flight: Some(1), ..welcome() });
    world.close(1006);
    world.come_back(welcome());
    world.emit("a").unwrap();
    world.emit("b").unwrap();
    assert_eq!(world.written(), ["a", "b"]);
}

#[test]
fn the_servers_rate_paces_what_is_written() {
    let mut world = World::new();
    world.step(Input::Connect(ConnectOptions::default()));
    world.accept(Welcome { emit_rate: Some(EmitRate { per_second: 2.0, burst: 2 }), ..welcome() });
    world.forget();
    for text in ["a", "b", "c", "d"] {
        world.emit(text).unwrap();
    }
    assert_eq!(world.written(), ["a", "b"]);
    world.pass(ms(499));
    assert!(world.written().is_empty());
    world.pass(ms(1));
    assert_eq!(world.written(), ["c"]);
    world.pass(ms(500));
    assert_eq!(world.written(), ["d"]);
}

#[test]
fn emitting_too_fast_is_refused_with_the_time_to_wait() {
    let mut config = config();
    config.emit_rate = Rate { per_second: 2.0, burst: 1 };
    let mut world = World::online_with(config);
    world.emit("a").unwrap();
    assert_eq!(world.emit("b"), Err(EmitError::RateLimited { retry_after_ms: 500 }));
    world.pass(ms(500));
    world.emit("b").unwrap();
    assert_eq!(world.client.metrics().events_emitted, 2);
}

#[test]
fn a_full_queue_refuses() {
    let mut config = config();
    config.outbox.max_events = 2;
    let mut world = World::online_with(config);
    world.close(1006);
    world.emit("a").unwrap();
    world.emit("b").unwrap();
    assert!(matches!(world.emit("c"), Err(EmitError::QueueFull { events: 2, .. })));
    world.come_back(welcome());
    let (id, _) = world.emits().remove(0);
    world.ack(&id, AckStatus::Accepted);
    world.emit("c").unwrap();
}

#[test]
fn what_is_wrong_is_refused_at_once() {
    let mut world = World::online();
    let code = |result: Result<Accepted, EmitError>| result.unwrap_err().code();
    assert_eq!(code(world.emit_as("nonsense", Some("north"), "a")), "unknown_type");
    assert_eq!(code(world.emit_as("user_offline", Some("north"), "a")), "wrong_direction");
    assert_eq!(code(world.emit_as("note", Some("research"), "a")), "foreign_organization");
    assert_eq!(code(world.emit_as("note", None, "a")), "organization_missing");
    assert_eq!(code(world.emit_as("notice", Some("north"), "a")), "organization_unexpected");
    assert_eq!(code(world.emit(&"x".repeat(65 << 10))), "event_too_large");
    let raw = |json: String| EmitRequest {
        event_type: "note".into(),
        organization: Some(organization("north")),
        payload: RawJson::parse(json).unwrap(),
    };
    let deep = format!(r#"{{"text":"a","deep":{}{}}}"#, "[".repeat(64), "]".repeat(64));
    for (json, expected) in [
        (deep, "too_complex"),
        (r#"{"text":"a","organizationId":"south"}"#.to_owned(), "payload_shape"),
        ("[]".to_owned(), "payload_shape"),
        (r#"{"text":7}"#.to_owned(), "invalid_structure"),
    ] {
        assert_eq!(world.client.emit(world.now, &raw(json)).unwrap_err().code(), expected);
    }
    assert!(world.client.connection_state().queued_events.is_empty());
    assert!(world.client.poll_effect().is_none());
}

#[test]
fn nobody_emits_before_connect_and_after_sign_out() {
    let mut world = World::new();
    assert_eq!(world.emit("a"), Err(EmitError::Closed));
    let mut world = World::online();
    world.step(Input::Disconnect);
    assert!(world.emit("a").is_ok(), "who disconnected is still signed in");
    world.step(Input::SignOut);
    assert_eq!(world.emit("a"), Err(EmitError::Closed));
}

#[test]
fn what_is_emitted_before_the_first_welcome_is_checked_at_it() {
    let mut world = World::new();
    world.step(Input::Connect(ConnectOptions::default()));
    let foreign = world.emit_as("note", Some("research"), "a").unwrap().id;
    world.emit("b").unwrap();
    world.accept(welcome());
    assert_eq!(world.written(), ["b"]);
    assert!(matches!(
        &world.settled[..],
        [(id, Outcome::Rejected { code, .. })] if *id == foreign && code == "foreign_organization"
    ));
}

#[test]
fn what_the_server_cannot_take_is_not_written_again_and_again() {
    let mut world = World::new();
    world.step(Input::Connect(ConnectOptions::default()));
    world.emit(&"x".repeat(2_000)).unwrap();
    world.emit("small").unwrap();
    world.accept(Welcome { max_frame_bytes: Some(1_000), ..welcome() });
    assert_eq!(world.written(), ["small"]);
    assert!(
        matches!(&world.settled[..], [(_, Outcome::Rejected { code, .. })] if code == "event_too_large")
    );
    let refused = world.emit(&"x".repeat(2_000));
    assert!(
        matches!(
            refused,
            Err(EmitError::Invalid(crate::error::ValidationError::EventTooLarge {
                limit: 1_000,
                ..
            }))
        ),
        "once the limit is known, at once: {refused:?}"
    );
}

#[test]
fn higher_lanes_go_first() {
    let mut world = World::online();
    world.close(1006);
    world.emit("a").unwrap();
    world.emit_as("alarm", Some("south"), "alarm").unwrap();
    world.come_back(welcome());
    assert_eq!(world.written(), ["alarm", "a"]);
}

#[test]
fn what_outlived_its_time_while_the_machine_slept_is_not_sent() {
    let mut world = World::online();
    world.answers = false;
    world.close(1006);
    world.emit("a").unwrap();
    // A minute to live, and the steady clock stood still for two.
    world.now.wall = world.now.wall.after(secs(120));
    world.signal(Signal::Thawed);
    assert_eq!(world.outcomes(), ["expired"]);
    // Small disagreements add up.
    world.emit("b").unwrap();
    for _ in 0..30 {
        world.now.wall = world.now.wall.after(secs(3));
        world.step(Input::Tick);
    }
    assert_eq!(world.outcomes(), ["expired"]);
}

#[test]
fn what_was_written_and_may_not_be_written_again_is_unconfirmed() {
    let small = Welcome { max_frame_bytes: Some(150), ..welcome() };
    let foreign = Welcome { organizations: memberships(&["north", "south"]), ..small };
    let mut world = World::online();
    world.emit("a").unwrap();
    world.close(1006);
    world.emit("b").unwrap();
    world.come_back(foreign);
    assert_eq!(world.outcomes(), ["unconfirmed", "rejected"], "the server may have acted");
}

#[test]
fn a_server_that_knows_no_keys_gets_nothing_twice() {
    let mut world = World::online();
    world.emit("a").unwrap();
    world.close(1006);
    world.emit("b").unwrap();
    world.come_back(plain());
    assert_eq!(world.written(), ["a", "b"]);
    assert_eq!(world.outcomes(), ["unconfirmed", "unconfirmed"]);
}
