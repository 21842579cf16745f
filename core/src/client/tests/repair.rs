use super::*;
use crate::presence::{PresenceDigest, UserPresence};
use crate::wire::PresenceSummary;

/// Signed in with a server that sends fingerprints, `ana` being online in the north.
fn online() -> World {
    let mut world = World::new();
    world.step(Input::Connect(ConnectOptions::default()));
    let mut welcome = welcome();
    welcome.capabilities.push(capability::DIGEST.to_owned());
    world.accept(welcome);
    world.snapshots(0);
    world.say_raw(&presence_event("user_online", "ana", 1));
    world.answers = false;
    world.pass(secs(1));
    world.forget();
    world
}

fn digest(users: &[&str]) -> PresenceDigest {
    let entries: Vec<UserPresence> =
        users.iter().map(|user| serde_json::from_value(presence(user)).unwrap()).collect();
    PresenceDigest::of(&entries)
}

/// The answer to the ping that is waited for.
fn pong(world: &mut World, offset: u64, users: &[&str]) {
    let summary = PresenceSummary {
        epoch: StreamEpoch::from("e"),
        offset,
        users: users.len(),
        digest: digest(users),
    };
    let presence = Map::from([(organization("north"), summary)]);
    world.say(&ServerMessage::Pong(Pong { id: 1, presence, ..Pong::default() }));
}

#[test]
fn presence_that_agrees_is_left_alone() {
    let mut world = online();
    pong(&mut world, 1, &["ana"]);
    assert!(world.asked_for().is_empty() && world.error_codes().is_empty());
}

#[test]
fn presence_that_differs_is_fetched_anew_and_counted() {
    for users in [&["ana", "ben"][..], &["ben"], &[]] {
        let mut world = online();
        pong(&mut world, 1, users);
        assert_eq!(world.asked_for(), ["presence north"]);
        assert_eq!(world.client.metrics().repairs, 1);
        assert_eq!(world.error_codes(), ["repaired"]);
    }
}

#[test]
fn a_fingerprint_of_another_position_says_nothing() {
    let mut world = online();
    pong(&mut world, 2, &["ana", "ben"]);
    assert!(world.asked_for().is_empty(), "an event is on its way");
    let mut world = online();
    world.resync("north");
    world.requests();
    pong(&mut world, 1, &["ben"]);
    assert!(world.asked_for().is_empty(), "it is being fetched already");
}

#[test]
fn a_fingerprint_while_presence_is_awaited_says_nothing() {
    let mut world = online();
    world.close(1006);
    let mut welcome = resumed(&["north", "south"]);
    welcome.capabilities.push(capability::DIGEST.to_owned());
    world.come_back(welcome);
    world.requests();
    world.pass(secs(1));
    pong(&mut world, 1, &["ben"]);
    assert!(world.asked_for().is_empty());
}

#[test]
fn fingerprints_follow_changes_as_well_as_snapshots() {
    let mut world = online();
    world.say_raw(&presence_event("user_online", "ana", 2));
    world.say_raw(&presence_event("user_online", "ben", 3));
    world.say_raw(&presence_event("user_offline", "ana", 4));
    world.say_raw(&presence_event("user_offline", "ana", 5));
    pong(&mut world, 5, &["ben"]);
    assert!(world.asked_for().is_empty());
    assert_eq!(world.shown(), ["ben"]);
}

/// An event of the north that cannot be used.
fn unusable(world: &mut World, offset: u64) {
    world.say_raw(&note("north", offset, "x").replace(r#""text":"x""#, r#""text":5"#));
}

#[test]
fn an_unusable_event_is_made_up_for_by_a_snapshot() {
    let mut world = World::online();
    unusable(&mut world, 1);
    assert_eq!(world.error_codes(), ["invalid_structure"]);
    assert_eq!(world.client.synchronizing().count(), 1);
    world.snapshots(1);
    assert_eq!(world.delivered(), ["snapshot north@e/1"]);
}

#[test]
fn rubbish_without_end_is_not_answered_by_snapshots_without_end() {
    let mut world = World::online();
    let mut asked = 0;
    for offset in 1..60 {
        unusable(&mut world, offset);
        world.pass(secs(1));
        for (id, name, _) in world.requests() {
            asked += 1;
            world.say(&ServerMessage::Snapshot(part(id, &name, offset)));
        }
    }
    assert_eq!(asked, 2);
}

#[test]
fn what_became_unusable_while_the_pause_lasts_is_fetched_after_it() {
    let mut world = World::online();
    unusable(&mut world, 1);
    world.snapshots(1);
    unusable(&mut world, 2);
    world.pass(secs(29));
    assert!(world.asked_for().is_empty());
    world.pass(secs(1));
    assert_eq!(world.asked_for(), ["all north"]);
}

#[test]
fn an_organization_that_was_lost_is_not_repaired() {
    let mut world = World::online();
    unusable(&mut world, 1);
    world.snapshots(1);
    unusable(&mut world, 2);
    world.step(Input::UpdateUserOrganizations(organizations(&["south"])));
    world.pass(secs(60));
    assert!(world.asked_for().is_empty());
}

#[test]
fn a_server_without_snapshots_cannot_make_up_for_it_and_the_place_stays() {
    let mut world = World::new();
    world.step(Input::Connect(ConnectOptions::default()));
    world.accept(plain());
    world.say_raw(&note("north", 1, "a"));
    unusable(&mut world, 2);
    assert_eq!(world.error_codes(), ["invalid_structure", "events_missed"]);
    world.say_raw(&note("north", 1, "again"));
    world.say_raw(&note("north", 3, "b"));
    assert_eq!(world.delivered(), ["a", "b"]);
}

#[test]
fn without_presence_there_is_nothing_to_compare() {
    let mut world = World::with(Config {
        capabilities: crate::Capabilities { presence: false, ..crate::Capabilities::default() },
        ..config()
    });
    world.step(Input::Connect(ConnectOptions::default()));
    let mut welcome = welcome();
    welcome.capabilities.push(capability::DIGEST.to_owned());
    world.accept(welcome);
    world.snapshots(0);
    world.answers = false;
    world.pass(secs(1));
    pong(&mut world, 0, &["ana"]);
    assert!(world.error_codes().is_empty() && world.asked_for().is_empty());
}
