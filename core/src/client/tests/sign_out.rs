//! The end of a sign-in, in the tab where it ends and in the others.

use super::*;
use crate::wire::Revoked;

fn elsewhere(world: &mut World, user: &str) {
    world.step(Input::SignedOutElsewhere(UserId::from(user)));
}

#[test]
fn the_other_tabs_are_told_of_each_end_that_is_for_good() {
    let ends: [fn(&mut World); 4] = [
        |world| world.step(Input::SignOut),
        |world| world.close(4002),
        |world| world.say(&ServerMessage::Revoked(Revoked { code: "left".into() })),
        |world| {
            world.close(1006);
            world.come_back(Welcome { user_id: UserId::from("ben"), ..welcome() });
        },
    ];
    for end in ends {
        let mut world = World::online();
        end(&mut world);
        assert_eq!(world.told, ["ana"]);
    }
    let stays: [fn(&mut World); 3] = [
        |world| world.step(Input::Disconnect),
        |world| world.step(Input::End),
        |world| world.close(1006),
    ];
    for stay in stays {
        let mut world = World::online();
        stay(&mut world);
        assert!(world.told.is_empty());
    }
}

#[test]
fn who_was_only_expected_can_sign_out_too() {
    let mut world = World::new();
    let user = Some(UserId::from("ana"));
    world.step(Input::Connect(ConnectOptions { user, ..ConnectOptions::default() }));
    world.step(Input::SignOut);
    assert_eq!(world.told, ["ana"]);
    world.step(Input::SignOut);
    assert_eq!(world.told.len(), 1, "nobody is signed in any more");

    let mut world = World::new();
    world.step(Input::SignOut);
    assert!(world.told.is_empty(), "nobody was");
}

#[test]
fn a_sign_out_in_another_tab_ends_this_one_too() {
    let mut world = World::online();
    world.say_raw(&note("north", 1, "a"));
    world.emit("b").unwrap();
    world.forget();
    elsewhere(&mut world, "ana");
    assert_eq!((world.status(), world.last_error()), (Status::Error, "signed_out_elsewhere"));
    assert_eq!(
        (world.delivered(), world.outcomes()),
        (vec!["purge all".into()], vec!["unconfirmed"])
    );
    assert_eq!(world.client.principal(), None);
    assert_eq!(world.client.tenant_filter().visible().count(), 0);
    assert!(world.is_closed(world.socket()));
    assert!(world.told.is_empty(), "whoever said it told all");
    world.signal(Signal::Online);
    world.pass(secs(100));
    assert!(world.tokens.is_empty(), "no signal revives it");
    elsewhere(&mut world, "ana");
    assert!(world.delivered().is_empty(), "once is enough");
}

#[test]
fn it_ends_a_tab_that_was_disconnected_on_purpose_or_is_on_its_way() {
    let mut world = World::online();
    world.step(Input::Disconnect);
    elsewhere(&mut world, "ana");
    assert_eq!((world.last_error(), world.client.principal()), ("signed_out_elsewhere", None));

    let mut world = World::new();
    let user = Some(UserId::from("ana"));
    world.step(Input::Connect(ConnectOptions { user, ..ConnectOptions::default() }));
    world.open();
    elsewhere(&mut world, "ana");
    assert_eq!((world.status(), world.last_error()), (Status::Error, "signed_out_elsewhere"));
    assert_eq!(world.results.last(), Some(&Err(ConnectionError::SignedOutElsewhere)));
}

#[test]
fn the_sign_out_of_another_user_is_not_ours() {
    let mut world = World::online();
    elsewhere(&mut world, "ben");
    assert_eq!(world.status(), Status::Connected);
    assert_eq!(world.log, [""; 0]);
}

#[test]
fn only_a_new_sign_in_connects_afterwards() {
    let elsewhere = || Input::SignedOutElsewhere(UserId::from("ana"));
    let revoked = |world: &World| Input::Closed { socket: world.socket(), code: 4002 };
    for error in [
        ConnectionError::Unauthorized,
        ConnectionError::Revoked,
        ConnectionError::SignedOutElsewhere,
    ] {
        let mut world = World::online();
        let end = match error {
            ConnectionError::Unauthorized => Input::SignOut,
            ConnectionError::Revoked => revoked(&world),
            _ => elsewhere(),
        };
        world.step(end);
        world.step(Input::Reconnect);
        assert_eq!(world.results.last(), Some(&Err(error)));
        assert!(world.tokens.is_empty(), "the source may still have the token");
    }
    let mut world = World::online();
    world.step(elsewhere());
    world.step(Input::Connect(ConnectOptions::default()));
    world.accept(welcome());
    assert_eq!((world.status(), world.last_error()), (Status::Connected, "none"));
}

#[test]
fn what_was_emitted_for_one_is_not_sent_as_another() {
    let named = |user: &str| {
        Input::Connect(ConnectOptions {
            user: Some(UserId::from(user)),
            ..ConnectOptions::default()
        })
    };
    let ben = || Welcome { user_id: UserId::from("ben"), ..welcome() };
    let becomes_another: [fn(&mut World, Input); 2] = [
        |_, _| {},
        |world, for_ben| {
            world.step(Input::Disconnect);
            world.step(for_ben);
        },
    ];
    for become_another in becomes_another {
        let mut world = World::new();
        world.step(named("ana"));
        world.emit("a").unwrap();
        become_another(&mut world, named("ben"));
        world.accept(ben());
        assert_eq!((world.outcomes(), world.written()), (vec!["discarded"], vec![]));
        assert!(world.told.is_empty(), "nobody was signed in");
    }
}

#[test]
fn who_is_expected_may_emit_although_nothing_is_connected() {
    let mut world = World::new();
    let user = Some(UserId::from("ana"));
    world.step(Input::Connect(ConnectOptions { user, ..ConnectOptions::default() }));
    world.step(Input::Disconnect);
    world.emit("a").unwrap();
    world.step(Input::Connect(ConnectOptions::default()));
    world.accept(welcome());
    assert_eq!(world.written(), ["a"]);
}
