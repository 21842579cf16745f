//! What `$welcome` opens, and what breaks the protocol.

use super::*;
use crate::error::ValidationError;
use crate::wire::Revoked;

#[test]
fn a_second_welcome_changes_nothing() {
    let mut world = World::online();
    let sent = world.sent.len();
    world.say(&ServerMessage::Welcome(Welcome { user_id: UserId::from("ben"), ..welcome() }));
    assert_eq!(world.client.principal().unwrap().user_id, UserId::from("ana"));
    assert_eq!((world.status(), world.error_codes()), (Status::Connected, vec!["protocol"]));
    assert_eq!((world.sent.len(), world.log.len()), (sent, 0));
}

#[test]
fn no_control_message_counts_before_the_welcome() {
    let mut world = World::new();
    world.step(Input::Connect(ConnectOptions::default()));
    world.open();
    world.forget();
    world.resync("north");
    assert_eq!(world.log, [""; 0]);
    assert_eq!((world.status(), world.error_codes()), (Status::Connecting, vec!["protocol"]));
}

#[test]
fn what_stands_behind_the_end_in_a_frame_is_not_heard() {
    let mut world = World::online();
    let revoked = encode_server(&ServerMessage::Revoked(Revoked { code: "left".into() }));
    world.say_raw(&format!(
        "[{},{revoked},{}]",
        note("north", 1, "before"),
        note("north", 2, "behind")
    ));
    assert_eq!(world.delivered(), ["purge all"], "nor is what nobody may see any more");
    assert_eq!(world.client.metrics().events_delivered, 1);
    assert!(world.error_codes().is_empty(), "what stands behind is not even looked at");

    let mut world = World::new();
    world.step(Input::Connect(ConnectOptions::default()));
    world.open();
    let welcome = encode_server(&ServerMessage::Welcome(Welcome { protocol: 9, ..welcome() }));
    world.say_raw(&format!("[{welcome},{}]", note("north", 1, "behind")));
    assert!(world.delivered().is_empty());
    assert_eq!(world.error_codes(), ["protocol_mismatch"]);
}

#[test]
fn a_frame_holds_one_message_or_several() {
    let mut world = World::online();
    world.say_raw(&format!("[{},{}]", note("north", 1, "a"), note("north", 2, "b")));
    world.say_raw(&note("north", 3, "c"));
    world.say_raw("[]");
    world.say_raw(r#"{"type":"$later","what":1}"#);
    assert_eq!(world.delivered(), ["a", "b", "c"]);
    assert_eq!((world.client.metrics().dropped_invalid, world.status()), (0, Status::Connected));
}

#[test]
fn a_frame_over_the_limit_costs_the_connection_and_what_it_held_is_fetched() {
    let by_size: fn(&mut World) = |world| world.say_raw(&note("north", 2, &"x".repeat(1 << 20)));
    let by_driver: fn(&mut World) = |world| {
        let error = ValidationError::FrameTooLarge { bytes: 2, limit: 1 };
        world.step(Input::FrameRefused { socket: world.socket(), error });
    };
    for refuse in [by_size, by_driver] {
        let mut world = World::online();
        world.say_raw(&note("north", 1, "a"));
        refuse(&mut world);
        assert!(world.is_closed(world.socket()));
        assert_eq!(world.delivered(), ["a"]);
        assert!(world.wait() >= secs(1));
        world.open();
        assert!(world.hello().resume.as_ref().unwrap().offsets.is_empty());
        world.say(&ServerMessage::Welcome(resumed(&["north", "south"])));
        assert_eq!(world.asked_for(), ["all north", "all south"], "whatever the server says");
    }
}

#[test]
fn a_server_that_can_do_nothing_delivers() {
    let mut world = World::new();
    world.step(Input::Connect(ConnectOptions::default()));
    world.accept(plain());
    assert_eq!(world.status(), Status::Connected);
    assert!(world.asked_for().is_empty(), "there are no snapshots to ask for");
    world.say_raw(&event("note", "north", None, "a"));
    world.say_raw(&event("note", "north", None, "b"));
    world.say_raw(&event("note", "research", None, "foreign"));
    assert_eq!(world.delivered(), ["a", "b"]);
    let accepted = world.emit("mine").unwrap();
    assert_eq!(world.written(), ["mine"]);
    assert_eq!(world.settled, [(accepted.id, Outcome::Unconfirmed)], "nobody will ever say more");
    for _ in 0..40 {
        world.emit("more").unwrap();
    }
    assert_eq!(world.written().len(), 40, "nothing waits for acks that do not come");
    assert!(world.client.connection_state().queued_events.is_empty());
}

#[test]
fn a_plain_server_that_skips_events_is_followed_and_the_gap_is_told() {
    let mut world = World::new();
    world.step(Input::Connect(ConnectOptions::default()));
    world.accept(plain());
    world.say_raw(&note("north", 1, "a"));
    world.say_raw(&note("north", 3, "c"));
    world.say_raw(&note("north", 3, "c"));
    world.say_raw(&note("north", 4, "d"));
    assert_eq!(world.delivered(), ["a", "c", "d"]);
    assert_eq!(world.error_codes(), ["events_missed"]);
    world.close(1006);
    world.come_back(plain());
    assert_eq!(world.error_codes(), ["closed", "events_missed"], "a new connection begins anew");
}

#[test]
fn a_server_that_replays_but_has_no_snapshots_keeps_the_place() {
    let capabilities = vec![capability::RESUME.to_owned()];
    let mut world = World::new();
    world.step(Input::Connect(ConnectOptions::default()));
    world.accept(Welcome { capabilities: capabilities.clone(), ..welcome() });
    world.say_raw(&note("north", 1, "a"));
    world.close(1006);
    world.come_back(Welcome { capabilities: capabilities.clone(), ..resumed(&["north"]) });
    world.close(1006);
    world.come_back(Welcome { capabilities, ..resumed(&["north"]) });
    let offsets = &world.hello().resume.as_ref().unwrap().offsets;
    assert_eq!(offsets["north"].offset, 1);
    world.delivered();
    world.say_raw(&note("north", 1, "a"));
    world.say_raw(&note("north", 2, "b"));
    assert_eq!(world.delivered(), ["b"]);
}

#[test]
fn what_a_plain_server_sends_beyond_the_limit_is_told_as_missed() {
    let mut world = World::new();
    world.step(Input::Connect(ConnectOptions::default()));
    world.accept(plain());
    world.say_raw(&note("north", 1, "a"));
    world.say_raw(&" ".repeat((1 << 20) + 1));
    assert_eq!(world.error_codes(), ["frame_too_large", "events_missed", "protocol"]);
}

#[test]
fn after_a_loss_a_snapshot_that_is_too_old_is_no_answer() {
    let mut world = World::online();
    world.say_raw(&note("north", 1, "a"));
    world.say_raw(&note("north", 2, "b"));
    world.say_raw(&" ".repeat((1 << 20) + 1));
    world.delivered();
    world.come_back(resumed(&["north", "south"]));
    assert!(world.hello().resume.as_ref().unwrap().offsets.get("north").is_none());
    let north = world.requests().into_iter().find(|(_, name, _)| name == "north").unwrap();
    world.say(&ServerMessage::Snapshot(part(north.0, "north", 1)));
    assert!(world.delivered().is_empty(), "it would take the state back");
    world.say(&ServerMessage::Snapshot(part(north.0, "north", 2)));
    assert_eq!(world.delivered(), ["snapshot north@e/2"]);
}
