//! Settings that nobody should choose: the client neither panics nor keeps the page busy.

use super::*;

/// All spans of time of a configuration are this one.
fn all(span: Duration) -> Config {
    let mut config = config();
    config.backoff.min = span;
    config.backoff.max = span;
    config.backoff.prompt = span;
    config.backoff.stable_after = span;
    config.heartbeat.interval = span;
    config.heartbeat.timeout = span;
    config.heartbeat.probe_timeout = span;
    config.heartbeat.clock_tolerance = span;
    config.connect_timeout = span;
    config.snapshot_timeout = span;
    config.grace = span;
    config.inbound.max_future = span;
    config.refusals.within = span;
    config.repair_interval = span;
    config.refresh_before = span;
    config.storage_timeout = span;
    config.audit.interval = span;
    config.audit.head_interval = span;
    config.persist = true;
    config
}

/// What a client goes through, as far as it comes, with a moment after each: how much it has to say meanwhile.
fn go_through(config: Config) -> usize {
    let moment = Duration::from_millis(100);
    let mut world = World::with(config);
    world.step(Input::Connect(ConnectOptions::default()));
    let attempt = world.tokens.last().map_or(0, |(attempt, _)| *attempt);
    world.step(Input::Token { attempt, result: Ok("secret".into()) });
    if let Some(socket) = world.opened.last().copied() {
        world.step(Input::Opened { socket });
        let welcome = Welcome { token_expires_in_ms: Some(1 << 53), ..welcome() };
        for frame in [
            encode_server(&ServerMessage::Welcome(welcome)),
            note("north", 1, "a"),
            note("north", 9, "behind a gap"),
            event("note", "north", Some(("e", 10)), "").replace("text", "none"),
            r#"{"type":"$error","code":"busy","message":"","retryable":true,"retryAfterMs":9007199254740992}"#.to_owned(),
        ] {
            world.step(Input::Frame { socket, data: frame.into() });
            world.pass(moment);
        }
        drop(world.emit("x"));
        for signal in [Signal::Offline, Signal::Online, Signal::Visible, Signal::Thawed] {
            world.signal(signal);
            world.pass(moment);
        }
        world.step(Input::Closed { socket, code: 1006 });
        world.pass(moment);
    }
    world.step(Input::SignOut);
    world.log.len()
}

#[test]
fn the_longest_spans_are_no_overflow() {
    assert!(go_through(all(Duration::MAX)) < 100);
}

#[test]
fn no_spans_at_all_keep_no_page_busy() {
    assert!(go_through(all(Duration::ZERO)) < 1_000);
}
