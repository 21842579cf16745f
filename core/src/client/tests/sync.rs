//! Resuming, snapshots, resynchronization.

use super::*;

fn snapshot_of(world: &mut World, name: &str) -> u64 {
    let position = world.requests();
    position
        .into_iter()
        .find(|(_, organization, _)| organization == name)
        .expect("no snapshot was asked for")
        .0
}

#[test]
fn the_first_welcome_asks_for_everything() {
    let mut world = World::new();
    world.step(Input::Connect(ConnectOptions::default()));
    world.accept(welcome());
    let requests = world.requests();
    assert_eq!(requests[0].2, ["presence", "patients"]);
    assert_eq!(requests.len(), 2);
    world.say_raw(&note("north", 4, "old"));
    world.say_raw(&note("north", 5, "new"));
    assert!(world.delivered().is_empty(), "events wait for the snapshot");
    world.say(&ServerMessage::Snapshot(part(requests[0].0, "north", 4)));
    assert_eq!(world.delivered(), ["snapshot north@e/4", "new"]);
    world.say_raw(&note("north", 6, "newer"));
    assert_eq!(world.delivered(), ["newer"]);
    assert_eq!(world.client.metrics().resyncs, 0, "nothing was missed");
}

#[test]
fn a_topic_that_the_server_leaves_out_is_empty() {
    let mut world = World::new();
    world.step(Input::Connect(ConnectOptions::default()));
    world.accept(welcome());
    let (id, ..) = world.requests().remove(0);
    let frame = encode_server(&ServerMessage::Snapshot(part(id, "north", 1)));
    world.client.step(world.now, Input::Frame { socket: world.socket(), data: frame.into() });
    match world.client.poll_effect() {
        Some(Effect::Deliver(Inbound::Snapshot(snapshot))) => {
            assert_eq!(snapshot.topics, Map::from([("patients".to_owned(), Vec::new())]));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_gap_is_closed_by_a_snapshot() {
    let mut world = World::online();
    world.say_raw(&note("north", 1, "a"));
    world.say_raw(&note("north", 3, "c"));
    assert_eq!(world.delivered(), ["a"]);
    let id = snapshot_of(&mut world, "north");
    world.say_raw(&note("north", 4, "d"));
    world.say(&ServerMessage::Snapshot(part(id, "north", 3)));
    assert_eq!(world.delivered(), ["snapshot north@e/3", "d"]);
    assert_eq!((world.client.metrics().resyncs, world.error_codes()), (1, vec!["resynchronized"]));
}

#[test]
fn another_epoch_is_a_gap() {
    let mut world = World::online();
    world.say_raw(&event("note", "north", Some(("restarted", 1)), "a"));
    assert!(world.delivered().is_empty());
    assert_eq!(world.asked_for(), ["all north"]);
}

#[test]
fn a_gap_among_held_events_is_none_less() {
    let mut world = World::online();
    world.resync("north");
    world.say_raw(&note("north", 5, "e"));
    world.say_raw(&note("north", 5, "e"));
    world.say_raw(&note("north", 7, "g"));
    let requests = world.requests();
    assert_eq!(requests.len(), 1, "a server that leaves gaps is not flooded with requests");
    world.say(&ServerMessage::Snapshot(part(requests[0].0, "north", 4)));
    assert!(world.delivered().is_empty(), "it does not hold what is missing");
    world.say(&ServerMessage::Snapshot(part(requests[0].0, "north", 6)));
    assert_eq!(world.delivered(), ["snapshot north@e/6", "g"]);
}

#[test]
fn a_snapshot_that_is_too_old_for_what_is_held_is_followed_by_another() {
    let mut world = World::online();
    world.resync("north");
    world.say_raw(&note("north", 7, "g"));
    world.snapshots(4);
    assert!(world.delivered().is_empty(), "5 and 6 are missing");
    assert!(world.client.synchronizing().any(|organization| organization.as_str() == "north"));
    assert!(world.asked_for().is_empty(), "not at once");
    world.pass(secs(10));
    world.snapshots(7);
    assert_eq!(world.delivered(), ["snapshot north@e/7"]);
    world.say_raw(&note("north", 8, "h"));
    assert_eq!(world.delivered(), ["h"]);
}

#[test]
fn what_is_dropped_while_events_are_held_leaves_no_gap() {
    let mut world = World::online();
    world.resync("north");
    world.say_raw(&event("later_version", "north", Some(("e", 5)), "unknown"));
    world.snapshots(4);
    world.say_raw(&note("north", 6, "f"));
    assert_eq!(world.delivered(), ["snapshot north@e/4", "f"]);
    assert!(world.asked_for().is_empty());
}

#[test]
fn a_resumed_connection_says_where_it_was_and_goes_on_there() {
    let mut world = World::online();
    world.say_raw(&note("north", 1, "a"));
    world.close(1006);
    world.wait();
    world.open();
    let resume = world.hello().resume.clone().unwrap();
    assert_eq!(resume.session, SessionId::from("s1"));
    let offsets: Vec<_> =
        resume.offsets.entries().map(|(name, at)| (name.as_str(), at.offset)).collect();
    assert_eq!(offsets, [("north", 1), ("south", 0)]);
    world.say(&ServerMessage::Welcome(resumed(&["north"])));
    assert_eq!(world.asked_for(), ["presence north", "all south"]);
    world.delivered();
    world.say_raw(&note("north", 1, "a"));
    world.say_raw(&note("north", 2, "b"));
    world.say_raw(&note("south", 7, "held"));
    assert_eq!(world.delivered(), ["b"], "replayed, and not doubled");
}

#[test]
fn presence_alone_delivers_no_snapshot_and_moves_no_place() {
    let mut world = World::online();
    world.close(1006);
    world.come_back(resumed(&["north", "south"]));
    world.snapshots(5);
    assert!(world.delivered().is_empty());
    world.say_raw(&note("north", 1, "a"));
    assert_eq!(world.delivered(), ["a"]);
}

#[test]
fn a_server_that_resumes_what_never_began_is_asked_for_everything() {
    let mut world = World::new();
    world.step(Input::Connect(ConnectOptions::default()));
    world.accept(resumed(&["north", "south"]));
    assert_eq!(world.asked_for(), ["all north", "all south"]);
}

#[test]
fn a_cut_between_request_and_snapshot_begins_the_same_again() {
    let mut world = World::online();
    world.say_raw(&note("north", 1, "a"));
    world.say_raw(&note("north", 5, "held"));
    let id = snapshot_of(&mut world, "north");
    world.close(1006);
    world.wait();
    world.open();
    let offsets = world.hello().resume.clone().unwrap().offsets;
    assert_eq!(offsets["north"].offset, 1, "the place moves with the snapshot alone");
    world.say(&ServerMessage::Welcome(welcome()));
    world.say(&ServerMessage::Snapshot(part(id, "north", 5)));
    assert_eq!(world.delivered(), ["a"], "an answer to the old connection");
    world.snapshots(6);
    assert_eq!(world.delivered(), ["snapshot north@e/6", "snapshot south@e/6"]);

    // Or the server can replay after all.
    let mut world = World::online();
    world.say_raw(&note("north", 3, "held"));
    world.close(1006);
    world.come_back(resumed(&["north", "south"]));
    world.say_raw(&note("north", 1, "a"));
    world.say_raw(&note("north", 2, "b"));
    assert_eq!(world.delivered(), ["a", "b"]);
}

#[test]
fn a_resync_that_is_repeated_is_one() {
    let mut world = World::online();
    for _ in 0..3 {
        world.resync("north");
    }
    world.resync("research");
    assert_eq!(world.requests().len(), 1);
    assert!(world.error_codes().is_empty(), "it is told when it is done");
    assert_eq!(world.client.metrics().dropped_foreign, 1);
}

#[test]
fn a_snapshot_that_does_not_come_is_asked_for_again() {
    let mut world = World::online();
    world.resync("north");
    world.forget();
    world.pass(ms(9_999));
    assert!(world.asked_for().is_empty());
    world.pass(ms(1));
    assert_eq!(world.asked_for(), ["all north"]);
    world.pass(secs(10));
    world.snapshots(3);
    assert_eq!(world.delivered(), ["snapshot north@e/3"]);
    world.pass(secs(100));
    assert!(world.asked_for().is_empty());
}

#[test]
fn a_snapshot_that_comes_slowly_is_not_asked_for_again() {
    let mut world = World::online();
    world.resync("north");
    let id = snapshot_of(&mut world, "north");
    for _ in 0..5 {
        world.pass(secs(9));
        world.say(&ServerMessage::Snapshot(SnapshotPart { done: false, ..part(id, "north", 3) }));
    }
    assert!(world.asked_for().is_empty() && world.delivered().is_empty());
    world.say(&ServerMessage::Snapshot(part(id, "north", 3)));
    assert_eq!(world.delivered(), ["snapshot north@e/3"]);
}

#[test]
fn what_is_held_and_what_a_snapshot_weighs_is_bounded() {
    let mut config = config();
    config.inbound.max_held_events = 2;
    config.inbound.max_snapshot_bytes = 20;
    let mut world = World::online_with(config);
    world.resync("north");
    for offset in 1..=3 {
        world.say_raw(&note("north", offset, "held"));
    }
    assert_eq!(world.error_codes(), ["buffer_full"]);
    let requests = world.requests();
    assert_eq!(requests.len(), 2, "and what was dropped is part of the next one");
    let mut large = part(requests[1].0, "north", 3);
    large.topics.insert("patients".into(), vec![RawJson::of(&"x".repeat(30)).unwrap()]);
    for _ in 0..3 {
        world.say(&ServerMessage::Snapshot(large.clone()));
    }
    assert_eq!(world.error_codes(), ["buffer_full", "frame_too_large"]);
    assert_eq!(world.client.recent_errors().len(), 2);
    assert!(world.delivered().is_empty());
    world.pass(secs(10));
    assert_eq!(world.asked_for(), ["all north"], "it is asked for again, but not without pause");
}

#[test]
fn presence_from_before_it_was_asked_for_is_no_answer() {
    let mut world = World::online();
    for offset in 1..=3 {
        world.say_raw(&presence_event(
            "user_online",
            ["ana", "ben", "dora"][offset - 1],
            offset as u64,
        ));
    }
    world.close(1006);
    world.come_back(resumed(&["north", "south"]));
    let north = world.requests().into_iter().find(|(_, name, _)| name == "north").unwrap();
    world.say(&ServerMessage::Snapshot(part(north.0, "north", 2)));
    assert_eq!(world.shown(), ["ana", "ben", "dora"], "what it lacks would be lost");
    world.pass(secs(10));
    assert!(world.asked_for().contains(&"presence north".to_owned()), "it is asked for again");
}
