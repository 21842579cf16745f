//! Events that come before `$welcome`.

use super::*;

/// A client whose socket is open and has no answer to `$connect` yet.
fn waiting(config: Config) -> World {
    let mut world = World::with(config);
    world.step(Input::Connect(ConnectOptions::default()));
    world.open();
    world.forget();
    world
}

#[test]
fn they_are_held_and_decided_on_when_the_welcome_comes() {
    let mut world = waiting(config());
    world.say_raw(&note("north", 1, "early"));
    world.say_raw(&note("research", 1, "foreign"));
    assert_eq!((world.delivered(), world.error_codes()), (vec![], vec![]));
    world.say(&ServerMessage::Welcome(welcome()));
    assert!(world.delivered().is_empty(), "its organization is fetched first");
    world.snapshots(0);
    world.say_raw(&note("north", 1, "again"));
    world.say_raw(&note("north", 2, "next"));
    assert_eq!(world.delivered(), ["snapshot north@e/0", "early", "snapshot south@e/0", "next"]);
    let metrics = world.client.metrics();
    assert_eq!((metrics.dropped_foreign, metrics.dropped_duplicate), (1, 1));
}

#[test]
fn without_a_welcome_they_are_discarded() {
    let endings: [fn(&mut World); 3] = [
        |world| world.close(1006),
        |world| {
            world.close(4003);
            world.step(Input::Reconnect);
        },
        |world| {
            world.pass(secs(10));
            assert_eq!(world.last_error(), "connect_timeout");
        },
    ];
    for end in endings {
        let mut world = waiting(config());
        world.say_raw(&note("north", 1, "early"));
        end(&mut world);
        world.come_back(welcome());
        world.snapshots(0);
        assert_eq!(world.delivered(), ["snapshot north@e/0", "snapshot south@e/0"]);
    }
}

#[test]
fn they_are_bounded() {
    for (events, bytes) in [(3, usize::MAX), (usize::MAX, 400)] {
        let mut config = config();
        config.inbound.max_held_events = events;
        config.inbound.max_early_bytes = bytes;
        let mut world = waiting(config);
        for offset in 1..=3 {
            world.say_raw(&note("north", offset, "early"));
        }
        assert_eq!((world.status(), world.error_codes()), (Status::Connecting, vec![]));
        world.say_raw(&note("north", 4, "early"));
        assert_eq!(world.status(), Status::Reconnecting);
        assert_eq!(world.error_codes(), ["buffer_full", "protocol"]);
    }
}
