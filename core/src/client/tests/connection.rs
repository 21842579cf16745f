//! From the wish to be connected to `$welcome`, and back after a loss.

use super::*;
use crate::error::Error;
use crate::wire::Revoked;

#[test]
fn connected_comes_with_the_welcome_and_not_before() {
    let mut world = World::new();
    assert_eq!(world.status(), Status::Disconnected);
    assert_eq!(world.client.deadline(), None);
    world.step(Input::Connect(ConnectOptions::default()));
    assert_eq!((world.status(), &*world.tokens), (Status::Connecting, &[(1, false)][..]));
    world.token();
    assert!(world.sent.is_empty(), "the socket is not open yet");
    world.step(Input::Opened { socket: world.socket() });
    assert_eq!((world.status(), world.results.len()), (Status::Connecting, 0));
    assert_eq!(world.hello().token.reveal(), "hush-hush");
    assert_eq!((world.hello().protocol, &world.hello().resume), (1, &None));
    world.say(&ServerMessage::Welcome(welcome()));
    assert_eq!(world.status(), Status::Connected);
    assert_eq!(world.results, [Ok(())]);
    assert_eq!(world.client.connection_state().last_connected, Some(world.now.wall));
    assert_eq!(world.client.principal().unwrap().user_id, UserId::from("ana"));
}

#[test]
fn an_open_socket_without_a_welcome_times_out() {
    let mut world = World::new();
    world.step(Input::Connect(ConnectOptions::default()));
    world.open();
    world.pass(ms(9_999));
    assert_eq!(world.status(), Status::Connecting);
    world.pass(ms(1));
    assert_eq!(world.results, [Err(ConnectionError::ConnectTimeout)]);
    assert_eq!(world.closed, [(world.socket(), 1000)]);
    assert_eq!(world.status(), Status::Reconnecting);
    world.say(&ServerMessage::Welcome(welcome()));
    assert_eq!(world.status(), Status::Reconnecting, "a late welcome on the closed socket");
}

#[test]
fn a_token_that_comes_late_belongs_to_no_attempt() {
    let mut world = World::new();
    world.step(Input::Connect(ConnectOptions::default()));
    world.pass(secs(10));
    assert!(matches!(
        world.results[..],
        [Err(ConnectionError::TokenUnavailable { retryable: true, .. })]
    ));
    world.token();
    assert!(world.opened.is_empty());
    world.wait();
    world.step(Input::Token { attempt: 1, result: Ok(Token::new("late")) });
    assert!(world.opened.is_empty(), "the second attempt has its own token");
    world.token();
    assert_eq!(world.opened.len(), 1);
}

#[test]
fn a_token_source_says_whether_asking_again_helps() {
    for (retryable, status) in [(true, Status::Reconnecting), (false, Status::Error)] {
        let mut world = World::new();
        world.step(Input::Connect(ConnectOptions::default()));
        let error = ConnectionError::TokenUnavailable { reason: "no session".into(), retryable };
        world.step(Input::Token { attempt: 1, result: Err(error.clone()) });
        assert_eq!((world.status(), &*world.results), (status, &[Err(error)][..]));
        world.pass(secs(3));
        assert_eq!(world.tokens.len(), 1 + usize::from(retryable));
    }
}

#[test]
fn what_an_earlier_socket_says_is_not_heard() {
    let mut world = World::online();
    let old = world.socket();
    world.close(1006);
    world.come_back(resumed(&["north", "south"]));
    world.forget();
    world.step(Input::Frame { socket: old, data: note("north", 1, "ghost").into_bytes() });
    world.step(Input::Closed { socket: old, code: 4003 });
    world.step(Input::FrameRefused {
        socket: old,
        error: crate::error::ValidationError::PayloadShape,
    });
    world.step(Input::InvalidAddress { socket: old, reason: "late".into() });
    world.step(Input::Opened { socket: old });
    assert_eq!((world.status(), &*world.log), (Status::Connected, &[][..]));
}

#[test]
fn failures_back_off_and_only_a_stable_connection_resets_them() {
    let mut world = World::new();
    world.step(Input::Connect(ConnectOptions::default()));
    for (attempt, cap) in [(1, 2), (2, 4), (3, 8), (4, 16), (5, 30), (6, 30)] {
        world.open();
        world.close(1006);
        assert_eq!(world.last_error(), "unreachable");
        assert_eq!(world.client.connection_state().reconnect_attempts, attempt);
        assert!(world.client.connection_state().next_attempt.is_some());
        let wait = world.wait();
        assert!(wait >= secs(1) && wait <= secs(cap), "attempt {attempt}: {wait:?}");
    }
    world.accept(welcome());
    world.pass(ms(9_999));
    world.close(1006);
    assert_eq!(world.client.connection_state().reconnect_attempts, 7, "not stable yet");
    world.wait();
    world.accept(welcome());
    world.pass(secs(10));
    assert_eq!(world.client.connection_state().reconnect_attempts, 0);
    world.close(1006);
    assert_eq!(world.client.connection_state().reconnect_attempts, 1);
}

#[test]
fn attempts_can_be_limited() {
    let mut config = config();
    config.backoff.max_attempts = Some(2);
    let mut world = World::with(config);
    world.step(Input::Connect(ConnectOptions::default()));
    for _ in 0..2 {
        world.open();
        world.close(1006);
        world.wait();
    }
    world.results.clear();
    world.open();
    world.close(1006);
    assert_eq!(
        world.results,
        [Err(ConnectionError::AttemptsExhausted { attempts: 2 })],
        "the caller hears of it"
    );
    assert_eq!(world.status(), Status::Error);
    world.pass(secs(100));
    assert_eq!(world.tokens.len(), 3);
}

#[test]
fn news_of_the_page_cut_a_wait_short() {
    for signal in [Signal::Online, Signal::Visible, Signal::Thawed, Signal::NetworkChanged] {
        let mut world = World::online();
        world.close(1006);
        world.signal(Signal::Offline);
        world.pass(ms(501));
        assert!(world.tokens.is_empty(), "being offline is no reason");
        let attempts = world.client.connection_state().reconnect_attempts;
        world.signal(signal);
        world.signal(signal);
        world.pass(ms(500));
        assert_eq!(world.tokens.len(), 1, "{signal:?}");
        assert_eq!(
            world.client.connection_state().reconnect_attempts,
            attempts,
            "it is the same attempt"
        );
    }
}

#[test]
fn nothing_but_the_application_revives_a_deliberate_disconnect() {
    let mut world = World::online();
    let socket = world.socket();
    world.step(Input::Disconnect);
    assert_eq!(
        (world.status(), world.closed.last()),
        (Status::Disconnected, Some(&(socket, 1000)))
    );
    assert_eq!(world.client.deadline(), None);
    world.forget();
    for signal in
        [Signal::Online, Signal::Offline, Signal::Visible, Signal::Thawed, Signal::NetworkChanged]
    {
        world.signal(signal);
    }
    world.step(Input::Closed { socket, code: 4200 });
    world.step(Input::Token { attempt: 1, result: Ok(Token::new("late")) });
    world.step(Input::Tick);
    world.pass(secs(1_000));
    assert_eq!((world.status(), &*world.log), (Status::Disconnected, &[][..]));
    assert!(!world.client.connection_state().is_lost, "it is not lost, it is not wanted");
    world.step(Input::Connect(ConnectOptions::default()));
    assert_eq!((world.status(), world.tokens.len()), (Status::Connecting, 1));
}

#[test]
fn disconnecting_ends_an_attempt() {
    let mut world = World::new();
    world.step(Input::Connect(ConnectOptions::default()));
    world.open();
    world.step(Input::Disconnect);
    assert_eq!(world.results, [Err(ConnectionError::Disconnected)]);
    assert_eq!(world.closed.len(), 1);
    world.pass(secs(100));
    assert_eq!(world.tokens.len(), 1);
}

#[test]
fn close_codes_say_what_is_next() {
    for code in [4000, 4003, 4004, 4099] {
        let mut world = World::online();
        world.close(code);
        assert_eq!((world.status(), world.last_error()), (Status::Error, "forbidden"), "{code}");
        world.signal(Signal::Online);
        world.pass(secs(100));
        assert!(world.tokens.is_empty(), "{code}");
    }
    for code in [1000, 1001, 1005, 1006, 1011, 4100, 4101, 4199, 4300] {
        let mut world = World::online();
        world.close(code);
        let wait = world.wait();
        assert!(wait >= secs(1) && wait <= secs(2), "{code}: {wait:?}");
    }
    for code in [4200, 4201, 4299] {
        let mut world = World::online();
        world.close(code);
        assert!(world.wait() <= ms(500), "{code}");
    }
}

#[test]
fn a_server_that_closes_whatever_it_opens_is_not_hammered() {
    let mut world = World::online();
    for _ in 0..5 {
        world.close(4201);
        assert!(world.wait() <= ms(500));
        world.accept(welcome());
    }
    world.close(4201);
    assert!(world.wait() >= secs(1), "news without end are no news");
    world.accept(welcome());
    world.pass(secs(10));
    world.close(4201);
    assert!(world.wait() <= ms(500), "after a stable connection they are");
}

#[test]
fn a_refused_token_is_replaced_once() {
    let mut world = World::online();
    world.close(4001);
    assert_eq!(world.tokens, [(2, true)], "a fresh one, at once");
    world.open();
    world.close(4001);
    assert_eq!((world.status(), world.last_error()), (Status::Error, "unauthorized"));
    assert_eq!(world.results, [Err(ConnectionError::Unauthorized)]);
    world.pass(secs(100));
    assert_eq!(world.tokens.len(), 1);
}

#[test]
fn a_token_that_is_welcome_and_then_refused_is_no_endless_loop() {
    let mut world = World::online();
    world.close(4001);
    world.accept(welcome());
    world.close(4001);
    assert_eq!(world.last_error(), "unauthorized");

    let mut world = World::online();
    world.close(4001);
    world.accept(welcome());
    world.pass(secs(10));
    world.close(4001);
    assert_eq!(world.status(), Status::Reconnecting);
    assert!(world.tokens.last().unwrap().1, "after a stable connection it is another story");
}

#[test]
fn revocation_ends_the_principal() {
    let by_code: fn(&mut World) = |world| world.close(4002);
    let by_word: fn(&mut World) =
        |world| world.say(&ServerMessage::Revoked(Revoked { code: "left".into() }));
    for revoke in [by_code, by_word] {
        let mut world = World::online();
        revoke(&mut world);
        assert_eq!((world.status(), world.last_error()), (Status::Error, "revoked"));
        assert_eq!(world.delivered(), ["purge all"]);
        assert_eq!(world.client.principal(), None);
        assert_eq!(world.client.tenant_filter().visible().count(), 0);
        assert!(world.is_closed(world.socket()));
        world.signal(Signal::Online);
        world.pass(secs(100));
        assert!(world.tokens.is_empty());
    }
}

#[test]
fn the_server_may_put_off_the_next_attempt() {
    let mut world = World::online();
    world.server_error(Some(60_000));
    world.close(4100);
    world.pass(secs(1));
    world.signal(Signal::Online);
    assert_eq!(world.wait(), secs(59), "no news of the page make it sooner");

    let mut world = World::online();
    world.server_error(Some(u64::MAX));
    world.close(4100);
    assert_eq!(world.wait(), secs(3_600), "but not for good");

    let mut world = World::online();
    world.server_error(Some(60_000));
    world.server_error(None);
    world.pass(secs(61));
    world.close(4100);
    assert!(world.wait() <= secs(2), "what is over does not count");

    let mut world = World::online();
    world.server_error(Some(60_000));
    world.close(4100);
    world.step(Input::Reconnect);
    assert_eq!(world.tokens.len(), 1, "the user may insist");
}

#[test]
fn another_protocol_is_final() {
    let mut world = World::new();
    world.step(Input::Connect(ConnectOptions::default()));
    world.accept(Welcome { protocol: 2, ..welcome() });
    assert_eq!(world.results, [Err(ConnectionError::ProtocolMismatch { offered: 2, expected: 1 })]);
    assert_eq!((world.status(), &*world.closed), (Status::Error, &[(world.socket(), 4000)][..]));
    assert_eq!(world.client.principal(), None);
}

#[test]
fn an_address_that_is_none_is_not_tried_again() {
    let mut world = World::new();
    world.step(Input::Connect(ConnectOptions::default()));
    world.token();
    world.step(Input::InvalidAddress { socket: world.socket(), reason: "no scheme".into() });
    assert_eq!((world.status(), world.last_error()), (Status::Error, "invalid_address"));
    world.pass(secs(100));
    assert_eq!(world.tokens.len(), 1);
}

#[test]
fn reconnecting_a_live_connection_makes_it_anew() {
    let mut world = World::online();
    let old = world.socket();
    world.step(Input::Reconnect);
    assert_eq!((world.status(), world.tokens.len()), (Status::Reconnecting, 1));
    assert_eq!(
        (world.closed.last(), world.last_error()),
        (Some(&(old, 1000)), "none"),
        "it is no error"
    );
    world.accept(resumed(&["north", "south"]));
    assert_eq!((world.status(), &*world.results), (Status::Connected, &[Ok(())][..]));
    world.results.clear();
    world.step(Input::Connect(ConnectOptions::default()));
    assert_eq!(world.results, [Ok(())], "connecting while connected is done at once");
}

#[test]
fn a_lost_connection_is_shown_as_lost_after_the_grace_time() {
    let mut world = World::online();
    world.close(1006);
    world.pass(ms(4_999));
    assert!(!world.client.connection_state().is_lost);
    world.pass(ms(1));
    assert!(world.client.connection_state().is_lost);
    world.come_back(welcome());
    assert!(!world.client.connection_state().is_lost);
}

#[test]
fn a_connection_that_comes_back_within_the_grace_time_was_never_lost() {
    let mut world = World::online();
    world.close(4200);
    world.wait();
    world.accept(welcome());
    world.pass(secs(60));
    assert!(!world.client.connection_state().is_lost);
}

#[test]
fn neither_tokens_nor_payloads_are_printed() {
    let mut world = World::new();
    world.step(Input::Connect(ConnectOptions::default()));
    world.token();
    world.client.step(world.now, Input::Opened { socket: world.socket() });
    let sent = world.client.poll_effect();
    let debug = format!("{:?} {sent:?}", world.client);
    assert!(debug.contains("Send") && !debug.contains("hush-hush"), "{debug}");
    let frame = Input::Frame { socket: world.socket(), data: b"hush".to_vec() };
    assert_eq!(format!("{frame:?}"), "Frame(4 bytes)");
    let token = Input::Token { attempt: 1, result: Ok(Token::new("hush-hush")) };
    assert!(!format!("{token:?}").contains("hush"));
}

#[test]
fn errors_of_the_driver_are_shown_like_the_clients_own() {
    let mut world = World::online();
    world.client.report_error(world.now, crate::error::ValidationError::PayloadShape);
    assert_eq!(world.error_codes(), ["payload_shape"]);
    assert!(world.client.poll_effect().is_none());
}

#[test]
fn a_flood_of_one_error_evicts_no_other() {
    let mut world = World::online();
    world.say_raw("{");
    for _ in 0..100 {
        world.say_raw(&note("research", 1, "foreign"));
    }
    assert_eq!(world.error_codes(), ["malformed", "foreign_organization"]);
    let last = world.client.recent_errors().last().unwrap();
    assert!(matches!(*last.error, Error::Permission(_)));
}
