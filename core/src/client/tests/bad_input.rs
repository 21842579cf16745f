//! What a server, a network or a page could say that makes no sense. Each has a typed result.

use super::*;

#[test]
fn every_close_code_leads_to_a_typed_error_and_to_what_its_range_says() {
    for code in (0..=999).step_by(37).chain(1_000..=5_000).chain([u16::MAX]) {
        let mut world = World::online();
        world.close(code);
        let (status, error) = (world.status(), world.last_error());
        let expected = match code {
            4001 => (Status::Reconnecting, "closed"),
            4002 => (Status::Error, "revoked"),
            4000..=4099 => (Status::Error, "forbidden"),
            _ => (Status::Reconnecting, "closed"),
        };
        assert_eq!((status, error), expected, "{code}");
        let is_at_once = world.tokens == [(world.answered + 1, true)];
        let waits = status == Status::Reconnecting && !is_at_once;
        let wait = waits.then(|| world.wait());
        let fits = match code {
            4001 => is_at_once,
            4000..=4099 => wait.is_none(),
            4200..=4299 => wait.is_some_and(|wait| wait <= ms(500)),
            _ => wait.is_some_and(|wait| (secs(1)..=secs(2)).contains(&wait)),
        };
        assert!(fits, "{code}: {wait:?}");
    }
}

#[test]
fn a_close_in_place_of_the_welcome_is_as_typed() {
    // 1005: no code. 1006: no closing handshake, which is all that a browser tells of a refusal.
    for (code, status, error) in [
        (1000, Status::Reconnecting, "closed"),
        (1005, Status::Reconnecting, "closed"),
        (1006, Status::Reconnecting, "unreachable"),
        (1011, Status::Reconnecting, "closed"),
        (4000, Status::Error, "forbidden"),
        (4001, Status::Reconnecting, "closed"),
        (4002, Status::Error, "revoked"),
        (4100, Status::Reconnecting, "closed"),
        (4201, Status::Reconnecting, "closed"),
    ] {
        let mut world = World::new();
        world.step(Input::Connect(ConnectOptions::default()));
        world.open();
        world.close(code);
        assert_eq!((world.status(), world.last_error()), (status, error), "{code}");
        assert_eq!(world.results.len(), 1, "the call that waits is told");
    }
}

#[test]
fn a_welcome_that_comes_too_late_is_not_heard() {
    let mut world = World::new();
    world.step(Input::Connect(ConnectOptions::default()));
    world.open();
    let late = world.socket();
    world.pass(secs(10));
    assert_eq!(world.last_error(), "connect_timeout");
    world.step(Input::Frame {
        socket: late,
        data: encode_server(&ServerMessage::Welcome(welcome())).into(),
    });
    assert_eq!(world.status(), Status::Reconnecting);
}

#[test]
fn a_welcome_with_fields_and_organizations_that_nobody_knows_is_a_welcome() {
    let mut world = World::new();
    world.step(Input::Connect(ConnectOptions::default()));
    world.open();
    let resumed = Map::from([(organization("unheard-of"), true)]);
    let welcome = Welcome { resumed, ..welcome() };
    let json = encode_server(&ServerMessage::Welcome(welcome));
    world.say_raw(&json.replacen('{', r#"{"later":{"version":[1]},"#, 1));
    assert_eq!(world.status(), Status::Connected);
    assert_eq!(world.asked_for(), ["all north", "all south"]);
}

#[test]
fn a_welcome_that_is_none_ends_the_attempt() {
    let json = encode_server(&ServerMessage::Welcome(welcome()));
    for broken in [
        json.replace(r#""userId":"ana""#, r#""userId":"""#),
        json.replace(r#""userId":"ana","#, ""),
        json.replace(r#""session":"s1""#, r#""session":5"#),
        json.replace(r#""organizations":["#, r#""organizations":[{},"#),
        json.replacen('{', r#"{"session":"s0","#, 1),
    ] {
        assert_ne!(broken, json, "the replacement has to find its place");
        let mut world = World::new();
        world.step(Input::Connect(ConnectOptions::default()));
        world.open();
        world.say_raw(&broken);
        assert_eq!((world.status(), world.last_error()), (Status::Reconnecting, "protocol"));
        assert_eq!(world.error_codes()[0], "invalid_structure");
    }
}

#[test]
fn acks_that_nobody_waits_for_are_counted_and_change_nothing() {
    let mut world = World::online();
    world.ack(&EventId::from("unknown"), AckStatus::Accepted);
    world.emit("a").unwrap();
    let (id, _) = world.emits().remove(0);
    world.ack(&id, AckStatus::Accepted);
    world.ack(&id, AckStatus::Rejected);
    assert_eq!(world.outcomes(), ["acknowledged"], "once, by the first");
    world.step(Input::SignOut);
    world.step(Input::Connect(ConnectOptions::default()));
    world.accept(welcome());
    world.ack(&id, AckStatus::Accepted);
    assert!(world.outcomes().is_empty(), "of another session");
    assert_eq!(world.client.metrics().unexpected_acks, 3);
}

#[test]
fn offsets_that_are_none_are_refused_and_the_stream_goes_on() {
    let mut world = World::online_with(without_repairs());
    let event = note("north", 1, "x");
    for offset in ["9007199254740992", "-1", "1.5", r#""1""#, "null", "18446744073709551616"] {
        world.say_raw(&event.replace(r#""offset":1"#, &format!(r#""offset":{offset}"#)));
    }
    assert!(world.delivered().is_empty());
    assert_eq!(world.client.metrics().dropped_invalid, 6);
    world.say_raw(&event);
    assert_eq!(world.delivered(), ["x"]);
}

#[test]
fn offsets_that_go_back_are_duplicates_and_those_that_jump_are_gaps() {
    let mut world = World::online();
    for offset in 1..=3 {
        world.say_raw(&note("north", offset, "x"));
    }
    world.delivered();
    world.say_raw(&note("north", 2, "back"));
    assert!(world.delivered().is_empty());
    assert_eq!(world.client.metrics().dropped_duplicate, 1);
    world.say_raw(&note("north", 9_007_199_254_740_991, "far"));
    assert_eq!(world.asked_for(), ["all north"]);
    assert!(world.delivered().is_empty());
}

#[test]
fn a_snapshot_beyond_the_last_offset_is_refused() {
    let mut world = World::online();
    world.resync("north");
    let (id, name, _) = world.requests().remove(0);
    world.say(&ServerMessage::Snapshot(part(id, &name, 1 << 53)));
    assert_eq!(world.error_codes(), ["invalid_value"]);
    assert_eq!(world.client.synchronizing().count(), 1, "it is still waited for");
}

#[test]
fn what_the_server_reports_is_shown_with_its_code() {
    let mut world = World::online();
    world.server_error(None);
    assert_eq!(world.error_codes(), ["reported"]);
    let shown = world.client.recent_errors().first().unwrap().error.to_string();
    assert!(shown.contains("overloaded"), "{shown}");
    assert_eq!(world.status(), Status::Connected);
}

#[test]
fn limits_beyond_what_a_browser_counts_to_are_limits() {
    let mut world = World::new();
    world.step(Input::Connect(ConnectOptions::default()));
    world.open();
    let mut said = serde_json::from_str::<serde_json::Value>(&encode_server(
        &ServerMessage::Welcome(welcome()),
    ))
    .unwrap();
    said["maxFrameBytes"] = u64::MAX.into();
    said["maxInFlight"] = (1_u64 << 53).into();
    said["emitRate"] = serde_json::json!({ "perSecond": 10, "burst": 1_u64 << 32 });
    world.say_raw(&said.to_string());
    assert_eq!(world.status(), Status::Connected);
    world.emit("a").unwrap();
    assert_eq!(world.written(), ["a"]);
}
