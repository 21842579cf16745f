//! Frames to events.

use super::*;

#[test]
fn events_come_in_order_and_once() {
    let mut world = World::online();
    for (offset, text) in [(1, "a"), (2, "b"), (2, "b"), (1, "a"), (3, "c")] {
        world.say_raw(&note("north", offset, text));
    }
    world.say_raw(&note("south", 1, "another stream"));
    assert_eq!(world.delivered(), ["a", "b", "c", "another stream"]);
    let metrics = world.client.metrics();
    assert_eq!((metrics.dropped_duplicate, metrics.events_delivered), (2, 4));
}

#[test]
fn events_of_a_foreign_organization_go_nowhere() {
    let mut world = World::online();
    world.say_raw(&note("research", 1, "secret"));
    // Not even a broken payload is looked at.
    world.say_raw(r#"{"type":"note","organizationId":"research","timestamp":"2026-11-23T08:00:00Z","text":1}"#);
    world.say_raw(&event("unknown", "research", Some(("e", 9)), "x"));
    assert!(world.log.is_empty(), "no snapshot is asked for either");
    let metrics = world.client.metrics();
    assert_eq!(
        (metrics.dropped_foreign, metrics.dropped_invalid, metrics.dropped_unknown),
        (3, 0, 0)
    );
    assert_eq!(world.error_codes(), ["foreign_organization"]);
}

#[test]
fn scope_and_organization_must_agree() {
    let mut world = World::online();
    let global = r#"{"type":"notice","timestamp":"2026-11-23T08:00:00Z","text":"to all"}"#;
    world.say_raw(global);
    world.say_raw(&event("notice", "north", None, "to some"));
    world.say_raw(&global.replace("notice", "note"));
    assert_eq!(world.delivered(), ["notice"]);
    assert_eq!(world.error_codes(), ["organization_unexpected", "organization_missing"]);
}

#[test]
fn what_is_dropped_has_its_place_nevertheless() {
    let mut world = World::online_with(without_repairs());
    world.know_the_servers_clock();
    world.say_raw(&event("later_version", "north", Some(("e", 1)), "unknown"));
    world.say_raw(&event("order", "north", Some(("e", 2)), "outbound"));
    let invalid = note("north", 3, "x").replace(r#""text":"x""#, r#""text":5"#);
    world.say_raw(&invalid);
    world.say_raw(&note("north", 4, "y").replace("2026-11-23", "2027-11-23"));
    world.say_raw(&note("north", 5, "a"));
    assert_eq!(world.delivered(), ["a"]);
    assert!(world.asked_for().is_empty(), "nothing is missing");
    let metrics = world.client.metrics();
    assert_eq!(
        (metrics.dropped_unknown, metrics.dropped_not_permitted, metrics.dropped_invalid),
        (1, 1, 2)
    );
    assert_eq!(
        world.error_codes(),
        ["unknown_type", "wrong_direction", "invalid_structure", "future_timestamp"]
    );
}

#[test]
fn an_unknown_type_without_organization_is_unknown_and_not_foreign() {
    let mut world = World::online();
    world.say_raw(r#"{"type":"later_version","timestamp":"2026-11-23T08:00:00Z"}"#);
    let metrics = world.client.metrics();
    assert_eq!((metrics.dropped_unknown, metrics.dropped_foreign), (1, 0));
}

#[test]
fn what_is_no_message_is_counted_and_the_stream_goes_on() {
    let mut world = World::online();
    for frame in ["", "{", "7", "nonsense", r#"{"no":"type"}"#, r#"{"type":"$ack"}"#, "[1]"] {
        world.say_raw(frame);
    }
    world.say_raw(&note("north", 1, "a"));
    assert_eq!((world.delivered(), world.status()), (vec!["a".to_owned()], Status::Connected));
    assert_eq!(world.client.metrics().dropped_invalid, 7);
}

#[test]
fn the_future_is_measured_by_the_servers_clock() {
    // The client's clock is an hour slow: what the server says is not in the future.
    let mut world = World::with(without_repairs());
    world.server_ahead = 3_600_000;
    world.step(Input::Connect(ConnectOptions::default()));
    world.accept(welcome());
    world.snapshots(0);
    world.know_the_servers_clock();
    world.delivered();
    let at = |offset, minute: u32| {
        note("north", offset, "a").replace("08:00", &format!("09:{minute:02}"))
    };
    world.say_raw(&at(1, 4));
    assert_eq!(world.delivered(), ["a"], "four minutes ahead");
    world.say_raw(&at(2, 6));
    assert!(world.delivered().is_empty(), "six are too many");
    world.pass(secs(120));
    world.say_raw(&at(3, 6));
    assert_eq!(world.delivered(), ["a"], "the server's clock has gone on");
}

#[test]
fn while_the_servers_clock_is_not_known_nothing_is_in_the_future() {
    let mut world = World::with(without_repairs());
    world.answers = false;
    world.step(Input::Connect(ConnectOptions::default()));
    world.accept(welcome());
    world.snapshots(0);
    world.delivered();
    let future = |offset| note("north", offset, "a").replace("08:00", "09:00");
    world.say_raw(&future(1));
    assert_eq!(world.delivered(), ["a"], "our own clock may be wrong");
    world.know_the_servers_clock();
    world.pong(1);
    world.say_raw(&future(2));
    assert!(world.delivered().is_empty());
    world.now.wall = Timestamp::from_millis(world.now.wall.as_millis() + 3_600_000);
    world.say_raw(&future(3));
    assert_eq!(world.delivered(), ["a"], "after a sleep it is not known any more");
}

#[test]
fn the_past_is_what_a_replay_is() {
    let mut world = World::online();
    world.say_raw(&note("north", 1, "a").replace("2026", "1996"));
    assert_eq!(world.delivered(), ["a"]);
}

#[test]
fn presence_follows_its_snapshot() {
    let mut world = World::new();
    world.step(Input::Connect(ConnectOptions::default()));
    world.accept(welcome());
    let (id, ..) = world.requests().remove(0);
    let mut snapshot = part(id, "north", 5);
    let entries = ["ana", "ben"].map(|user| RawJson::of(&presence(user)).unwrap());
    snapshot.topics.insert("presence".into(), entries.into());
    world.say_raw(&presence_event("user_offline", "ana", 4));
    world.say_raw(&presence_event("user_online", "cleo", 5));
    world.say_raw(&presence_event("user_online", "dora", 6));
    assert!(world.shown().is_empty());
    world.say(&ServerMessage::Snapshot(snapshot));
    assert_eq!(
        world.shown(),
        ["ana", "ben", "dora"],
        "what the snapshot holds is not folded in again"
    );
    world.say_raw(&presence_event("user_offline", "ben", 7));
    assert_eq!(world.shown(), ["ana", "dora"]);
    assert_eq!(world.delivered(), ["snapshot north@e/5", "user_online", "user_offline"]);
}

#[test]
fn presence_is_asked_for_again_if_too_much_happens_before_it_comes() {
    let mut world = World::online();
    world.close(1006);
    world.come_back(resumed(&["north", "south"]));
    assert_eq!(world.asked_for(), ["presence north", "presence south"]);
    let last = 5_000;
    for offset in 1..=last {
        let event = if offset % 2 == 0 { "user_offline" } else { "user_online" };
        world.say_raw(&presence_event(event, if offset == last { "zoe" } else { "ana" }, offset));
    }
    assert_eq!(world.asked_for(), ["presence north"]);
}

#[test]
fn presence_does_not_wait_for_a_snapshot_of_a_lost_connection() {
    let mut world = World::online();
    world.resync("north");
    world.close(1006);
    world.come_back(Welcome { capabilities: vec![capability::PRESENCE.to_owned()], ..welcome() });
    world.say_raw(&presence_event("user_online", "ana", 1));
    assert_eq!(world.shown(), ["ana"]);
}

#[test]
fn an_event_knows_when_it_came_in_also_if_it_was_held() {
    let mut world = World::online();
    world.know_the_servers_clock();
    world.resync("north");
    world.say_raw(&note("north", 10, "held"));
    let came = world.now.monotonic;
    world.advance(ms(300));
    let [(id, ..)] = world.requests()[..] else { panic!("one snapshot is asked for") };
    let data = encode_server(&ServerMessage::Snapshot(part(id, "north", 9))).into_bytes();
    world.client.step(world.now, Input::Frame { socket: world.socket(), data });
    let mut received = Vec::new();
    while let Some(effect) = world.client.poll_effect() {
        if let Effect::Deliver(Inbound::Event(event)) = effect {
            received.push(event.received_at());
        }
    }
    assert_eq!(received, [came], "its frame came before the snapshot's");
}

#[test]
fn the_servers_clock_goes_on_with_the_steady_one() {
    let mut world = World::online();
    assert_eq!(world.client.server_time(world.now.monotonic), None, "nobody has told yet");
    world.server_ahead = 60_000;
    world.know_the_servers_clock();
    let told = world.now.wall.after(ms(60_000));
    assert_eq!(world.client.server_time(world.now.monotonic), Some(told));
    let later = world.now.monotonic + ms(1_500);
    assert_eq!(world.client.server_time(later), Some(told.after(ms(1_500))));
    assert_eq!(world.client.connected_for(), Some(ms(1_000)));
    world.close(1006);
    assert_eq!(world.client.connected_for(), None);
}

#[test]
fn a_pong_that_waited_behind_events_does_not_set_the_servers_clock_back() {
    let mut world = World::online();
    world.know_the_servers_clock();
    world.answers = false;
    let before = world.sent.len();
    world.pass(ms(15_000));
    let ping = world.sent[before..].iter().find_map(|sent| match sent {
        ClientMessage::Ping(ping) => Some(ping.id),
        _ => None,
    });
    let pong = Pong {
        id: ping.expect("it is time for one"),
        server_time: Some(world.now.wall),
        ..Pong::default()
    };
    world.advance(ms(400));
    world.say(&ServerMessage::Pong(pong));
    assert_eq!(world.client.server_time(world.now.monotonic), Some(world.now.wall));
}
