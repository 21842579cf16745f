//! Who is signed in, which organizations count, and what is forgotten when that changes.

use super::*;
use crate::wire;

fn membership(world: &mut World, names: &[&str]) {
    world.say(&ServerMessage::Membership(wire::Membership { organizations: memberships(names) }));
}

/// Something of the north in every place, and something of the south beside it.
fn full() -> World {
    let mut world = World::online();
    world.say_raw(&presence_event("user_online", "ana", 1));
    world.emit("written").unwrap();
    world.answers = false;
    world.signal(Signal::Visible);
    world.emit("unwritten").unwrap();
    world.emit_as("note", Some("south"), "of the south").unwrap();
    world.forget();
    world
}

fn visible(world: &World) -> Vec<String> {
    world.client.tenant_filter().visible().map(ToString::to_string).collect()
}

#[test]
fn a_lost_membership_is_forgotten_in_every_place_at_once() {
    let server: fn(&mut World) = |world| membership(world, &["south"]);
    let narrowed: fn(&mut World) =
        |world| world.step(Input::UpdateUserOrganizations(organizations(&["south", "research"])));
    let subscriptions: fn(&mut World) =
        |world| world.step(Input::UpdateSubscriptions(Some(organizations(&["south"]))));
    for lose in [server, narrowed, subscriptions] {
        let mut world = full();
        assert_eq!(world.shown(), ["ana"]);
        lose(&mut world);
        assert_eq!(world.delivered(), ["purge north"], "once");
        assert_eq!(world.outcomes(), ["unconfirmed", "discarded"]);
        assert!(world.shown().is_empty());
        assert_eq!(visible(&world), ["south"]);
        world.say_raw(&note("north", 2, "late"));
        world.say_raw(&note("south", 1, "a"));
        assert_eq!(world.delivered(), ["a"]);
        assert_eq!(world.client.metrics().dropped_foreign, 1);
        world.forget();
        world.close(1006);
        world.come_back(welcome());
        let offsets = &world.hello().resume.as_ref().unwrap().offsets;
        assert_eq!(offsets.keys().map(OrganizationId::as_str).collect::<Vec<_>>(), ["south"]);
        assert_eq!(world.written(), ["of the south"]);
    }
}

#[test]
fn what_nobody_polled_yet_is_taken_back() {
    let mut world = World::online();
    for name in ["north", "south"] {
        let data = note(name, 1, name).into_bytes();
        world.client.step(world.now, Input::Frame { socket: world.socket(), data });
    }
    world.step(Input::UpdateUserOrganizations(organizations(&["south"])));
    assert_eq!(world.delivered(), ["south", "purge north"]);
}

#[test]
fn a_snapshot_on_its_way_does_not_outlive_the_membership() {
    let mut world = World::online();
    world.resync("north");
    world.say_raw(&note("north", 5, "held"));
    membership(&mut world, &["south"]);
    world.delivered();
    world.snapshots(5);
    assert!(world.delivered().is_empty());
    world.pass(secs(30));
    assert!(world.asked_for().is_empty());
}

#[test]
fn a_gained_membership_is_subscribed_and_fetched() {
    let mut world = World::online();
    membership(&mut world, &["north", "research", "south"]);
    assert_eq!(visible(&world), ["north", "research", "south"]);
    let list = wire::OrganizationList { organizations: organizations(&["research"]) };
    assert_eq!(world.sent[0], ClientMessage::Subscribe(list));
    assert_eq!(world.asked_for(), ["all research"]);
    assert!(world.delivered().is_empty(), "nothing is lost");
    let names: Vec<_> = world
        .client
        .principal()
        .unwrap()
        .organizations
        .iter()
        .map(|membership| membership.id.to_string())
        .collect();
    assert_eq!(names, ["north", "research", "south"]);
}

#[test]
fn what_was_subscribed_while_it_was_narrowed_away_is_subscribed_when_it_comes_back() {
    let mut world = World::new();
    let options = ConnectOptions {
        organizations: Some(organizations(&["north"])),
        ..ConnectOptions::default()
    };
    world.step(Input::Connect(options));
    world.accept(welcome());
    assert_eq!(world.hello().organizations, Some(organizations(&["north"])));
    world.step(Input::UpdateUserOrganizations(organizations(&["north"])));
    world.step(Input::UpdateSubscriptions(Some(organizations(&["north", "south"]))));
    world.forget();
    world.step(Input::UpdateUserOrganizations(organizations(&["north", "south"])));
    let list = wire::OrganizationList { organizations: organizations(&["south"]) };
    assert_eq!(world.sent[0], ClientMessage::Subscribe(list));
    assert_eq!(world.asked_for(), ["all south"]);
}

#[test]
fn the_client_can_only_narrow() {
    let mut world = World::online();
    world.step(Input::UpdateUserOrganizations(organizations(&["north", "research"])));
    assert_eq!(visible(&world), ["north"]);
    membership(&mut world, &["north", "south", "research"]);
    assert_eq!(visible(&world), ["north", "research"], "what the server says is narrowed too");
}

#[test]
fn a_membership_that_is_gone_at_the_next_welcome_is_forgotten_there() {
    let mut world = full();
    world.close(1006);
    world.come_back(Welcome { organizations: memberships(&["south"]), ..welcome() });
    assert_eq!(world.delivered(), ["purge north"]);
    assert_eq!(world.outcomes(), ["unconfirmed", "discarded"]);
}

#[test]
fn connecting_with_other_organizations_forgets_those_that_are_left_out() {
    let mut world = full();
    world.step(Input::Disconnect);
    world.step(Input::Connect(ConnectOptions {
        organizations: Some(organizations(&["south"])),
        ..ConnectOptions::default()
    }));
    assert_eq!(world.delivered(), ["purge north"]);
    assert!(world.shown().is_empty());
    assert_eq!(world.client.connection_state().queued_events.len(), 1);
}

#[test]
fn another_user_finds_nothing_of_the_former_ones() {
    let mut world = full();
    world.step(Input::UpdateUserOrganizations(organizations(&["north", "south"])));
    world.close(1006);
    world.come_back(Welcome { user_id: UserId::from("ben"), ..resumed(&["north", "south"]) });
    assert_eq!(world.delivered(), ["purge all"]);
    assert_eq!(world.outcomes(), ["unconfirmed", "discarded", "discarded"]);
    assert!(world.emits().is_empty() && world.shown().is_empty());
    assert_eq!(world.client.principal().unwrap().user_id, UserId::from("ben"));
    let place = |text: &str| world.log.iter().position(|entry| entry.contains(text));
    assert!(place("PurgeAll") < place("Connected"), "before anybody hears of the new session");
}

#[test]
fn the_same_user_in_a_new_session_keeps_the_outbox() {
    let mut world = full();
    world.close(1006);
    world.come_back(Welcome { session: SessionId::from("s2"), ..welcome() });
    assert!(world.delivered().is_empty() && world.outcomes().is_empty());
    assert_eq!(
        world.written(),
        ["written", "of the south", "unwritten"],
        "organizations take turns"
    );
}

#[test]
fn signing_out_forgets_everything() {
    let mut world = full();
    world.step(Input::SignOut);
    assert_eq!(world.status(), Status::Disconnected);
    assert_eq!(world.delivered(), ["purge all"]);
    assert_eq!(world.outcomes(), ["unconfirmed", "discarded", "discarded"]);
    assert!(world.is_closed(world.socket()));
    assert_eq!((world.client.principal(), world.client.deadline()), (None, None));
    assert!(world.shown().is_empty() && world.error_codes().is_empty());
    assert_eq!(*world.client.connection_state(), ConnectionState::default());
    world.step(Input::Connect(ConnectOptions::default()));
    world.open();
    assert_eq!(world.hello().resume, None);
}

#[test]
fn what_is_chosen_between_connect_and_welcome_is_told_after_it() {
    let choices = [(Some(&["north"][..]), None), (None, Some(&["north"][..]))];
    for (first, then) in choices {
        let chosen = |names: Option<&[&str]>| names.map(organizations);
        let mut world = World::new();
        let options = ConnectOptions { organizations: chosen(first), ..ConnectOptions::default() };
        world.step(Input::Connect(options));
        world.open();
        world.step(Input::UpdateSubscriptions(chosen(then)));
        world.say(&ServerMessage::Welcome(welcome()));
        let south = OrganizationList { organizations: organizations(&["south"]) };
        let expected = if then.is_none() {
            ClientMessage::Subscribe(south)
        } else {
            ClientMessage::Unsubscribe(south)
        };
        assert!(world.sent.contains(&expected), "{:?}", world.sent);
    }
}

#[test]
fn a_choice_that_did_not_change_is_told_once() {
    let mut world = World::new();
    world.step(Input::Connect(ConnectOptions::default()));
    world.accept(welcome());
    let told = |message: &ClientMessage| {
        matches!(message, ClientMessage::Subscribe(_) | ClientMessage::Unsubscribe(_))
    };
    assert!(!world.sent.iter().any(told));
}

#[test]
fn more_organizations_than_a_list_may_have_are_chosen_after_the_welcome() {
    let many = (0..1_001).map(|number| organization(&format!("o{number}")));
    let chosen: Vec<_> = many.chain([organization("north")]).collect();
    let mut world = World::with(config());
    world.step(Input::Connect(ConnectOptions {
        organizations: Some(chosen),
        ..ConnectOptions::default()
    }));
    world.accept(welcome());
    let named = world.sent.iter().find_map(|sent| match sent {
        ClientMessage::Connect(connect) => Some(connect.organizations.clone()),
        _ => None,
    });
    assert_eq!(named, Some(None), "a server ends the connection at a longer list");
    let unwanted = world.sent.iter().find_map(|sent| match sent {
        ClientMessage::Unsubscribe(list) => Some(list.organizations.clone()),
        _ => None,
    });
    assert_eq!(unwanted, Some(vec![organization("south")]));
}
