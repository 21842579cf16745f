//! Heartbeat, probes, and clocks.

use super::*;

#[test]
fn a_silent_link_is_dead_within_twenty_one_seconds() {
    let mut world = World::online();
    world.pass(secs(7));
    world.say_raw(&note("north", 1, "the last sign of life"));
    world.answers = false;
    world.pass(ms(12_999));
    assert_eq!(world.status(), Status::Connected);
    world.pass(ms(8_001));
    assert!(world.is_closed(world.opened[0]));
    assert_eq!(world.last_error(), "heartbeat_timeout");
    assert_eq!(world.tokens.len(), 1, "and it is made anew at once");
}

#[test]
fn a_link_that_answers_lives() {
    let mut world = World::online();
    world.pass(secs(600));
    assert_eq!((world.status(), world.pings()), (Status::Connected, 40));
}

#[test]
fn the_server_may_ask_for_a_faster_heartbeat_but_not_for_a_flood() {
    for (asked_for, pings) in [(5_000, 12), (0, 60), (60_000, 4)] {
        let mut world = World::new();
        world.step(Input::Connect(ConnectOptions::default()));
        world.accept(Welcome { heartbeat_ms: Some(asked_for), ..welcome() });
        world.forget();
        world.pass(secs(60));
        assert_eq!(world.pings(), pings, "{asked_for} ms");
    }
}

#[test]
fn the_latency_is_measured() {
    let mut world = World::new();
    world.answers = false;
    world.step(Input::Connect(ConnectOptions::default()));
    world.accept(welcome());
    assert_eq!(world.client.connection_state().latency, None);
    world.pass(secs(1));
    world.pass(ms(80));
    world.pong(1);
    assert_eq!(world.client.connection_state().latency, Some(80.0));
    assert_eq!(world.client.metrics().latency_ms, Some(80.0));
    world.close(1006);
    assert_eq!(world.client.connection_state().latency, None);
}

#[test]
fn news_of_the_page_put_a_live_link_in_doubt() {
    for signal in
        [Signal::Online, Signal::Offline, Signal::Visible, Signal::Thawed, Signal::NetworkChanged]
    {
        let mut world = World::online();
        world.answers = false;
        world.signal(signal);
        world.signal(signal);
        assert_eq!(world.pings(), 1, "one probe at a time");
        world.pass(ms(1_999));
        assert_eq!(world.status(), Status::Connected);
        world.pass(ms(1));
        assert_eq!(world.status(), Status::Reconnecting, "{signal:?}");
        assert_eq!(world.closed.last(), Some(&(world.socket(), 4200)));
        assert!(world.wait() <= ms(500));
    }
}

#[test]
fn any_frame_answers_a_probe() {
    let mut world = World::online();
    world.answers = false;
    world.signal(Signal::Visible);
    world.say_raw(&note("north", 1, "a"));
    world.pass(secs(10));
    assert_eq!(world.status(), Status::Connected);
}

#[test]
fn clocks_that_disagree_put_the_link_in_doubt() {
    for (skew, pings) in [(5_000, 0), (5_001, 1), (-5_000, 0), (-5_001, 1)] {
        let mut world = World::online();
        world.answers = false;
        world.now.wall = Timestamp::from_millis(world.now.wall.as_millis() + skew);
        world.step(Input::Tick);
        assert_eq!(world.pings(), pings, "{skew} ms");
    }
}

#[test]
fn nothing_is_emitted_into_a_link_in_doubt() {
    let mut world = World::online();
    world.answers = false;
    world.signal(Signal::Visible);
    world.forget();
    assert!(!world.emit("a").unwrap().in_flight);
    world.pass(secs(1));
    assert!(world.written().is_empty());
    world.say(&ServerMessage::Ping(crate::wire::Ping { id: 9 }));
    assert_eq!(world.written(), ["a"], "a sign of life is enough");
}

#[test]
fn a_ping_of_the_server_is_answered() {
    let mut world = World::online();
    world.say(&ServerMessage::Ping(crate::wire::Ping { id: 9 }));
    assert_eq!(world.sent, [ClientMessage::Pong(Pong { id: 9, ..Pong::default() })]);
}

#[test]
fn a_steady_clock_that_goes_back_stands_still() {
    let mut world = World::online();
    world.pass(secs(100));
    world.step(Input::Tick);
    let deadline = world.client.deadline();
    world.client.step(Now { monotonic: secs(1), wall: world.now.wall }, Input::Tick);
    assert_eq!(world.client.connection_state().status, Status::Connected);
    assert!(world.client.deadline() <= deadline);
    let request = EmitRequest {
        event_type: "note".into(),
        organization: Some(organization("north")),
        payload: RawJson::parse(r#"{"text":"a"}"#.into()).unwrap(),
    };
    let accepted = (0..200).filter(|step| {
        let monotonic = if step % 2 == 0 { secs(1) } else { secs(100) };
        world.client.emit(Now { monotonic, wall: world.now.wall }, &request).is_ok()
    });
    assert_eq!(accepted.count(), 100, "time that passes twice fills no bucket");
}

#[test]
fn a_link_that_closes_while_it_is_in_doubt_is_replaced_without_backoff() {
    for (code, prompt) in [(1006, true), (1001, true), (4100, false)] {
        let mut world = World::online();
        world.answers = false;
        world.signal(Signal::Thawed);
        world.close(code);
        assert_eq!(world.wait() <= ms(500), prompt, "{code}");
    }
}

#[test]
fn the_errors_of_a_connection_that_has_ended_are_forgotten_though_nothing_happens() {
    let mut world = World::online();
    world.say_raw("nothing that could be read");
    world.step(Input::Disconnect);
    let ended = world.now.monotonic;
    assert_eq!(world.client.health_at(ended).errors_per_minute, 1);
    assert_eq!(world.client.health_at(ended + Duration::from_secs(61)).errors_per_minute, 0);
}
