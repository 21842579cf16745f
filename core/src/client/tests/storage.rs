use super::*;
use crate::error::StorageError;
use crate::outbox::Loaded;

fn persistent() -> Config {
    Config { persist: true, ..config() }
}

fn for_ana() -> ConnectOptions {
    ConnectOptions { user: Some(UserId::from("ana")), ..ConnectOptions::default() }
}

/// Signed in, with nothing left by an earlier page.
fn online() -> World {
    let mut world = World::online_with(persistent());
    load(&mut world, Ok(Loaded::default()));
    world.storage.clear();
    world
}

fn load(world: &mut World, result: Result<Loaded, StorageError>) {
    world.step(Input::Loaded { operation: world.load, result });
}

/// What an earlier page stored.
fn left(texts: &[&str]) -> Loaded {
    let mut page = World::of(persistent(), [8; 32]);
    page.step(Input::Connect(ConnectOptions::default()));
    page.accept(welcome());
    load(&mut page, Ok(Loaded::default()));
    for text in texts {
        page.emit(text).unwrap();
    }
    Loaded { events: page.stores, refused: Vec::new() }
}

fn state(world: &World) -> &StorageState {
    world.client.storage_state()
}

#[test]
fn events_are_stored_until_they_have_their_outcome() {
    let mut world = online();
    assert_eq!(*state(&world), StorageState::Durable);
    world.emit("a").unwrap();
    assert_eq!(world.storage, ["store a"]);
    let durable = |world: &World| world.client.connection_state().queued_events[0].durable;
    assert!(!durable(&world));
    let operation = world.stores[0].sequence;
    world.step(Input::Stored { operation, result: Ok(()) });
    assert!(durable(&world));
    let (id, _) = world.emits().remove(0);
    world.ack(&id, AckStatus::Accepted);
    assert_eq!(world.storage, ["store a", "remove"]);
}

#[test]
fn what_an_earlier_page_left_goes_first() {
    let mut world = World::with(persistent());
    world.step(Input::Connect(ConnectOptions::default()));
    world.accept(welcome());
    world.emit("new").unwrap();
    assert!(world.written().is_empty(), "new events wait for the load");
    assert_eq!(
        (&*world.storage, state(&world)),
        (&["load ana".to_owned()][..], &StorageState::Loading)
    );
    load(&mut world, Ok(left(&["a", "b"])));
    assert_eq!(world.written(), ["a", "b", "new"]);
    assert_eq!(world.storage, ["load ana", "store new"]);
}

#[test]
fn who_is_expected_is_loaded_before_the_server_is_reached() {
    let mut world = World::with(persistent());
    world.step(Input::Connect(for_ana()));
    assert_eq!(world.storage, ["load ana"]);
    load(&mut world, Ok(left(&["a"])));
    world.emit("b").unwrap();
    assert_eq!(world.client.connection_state().queued_events.len(), 2);
    world.accept(welcome());
    assert_eq!(world.written(), ["a", "b"]);
    assert_eq!(world.storage, ["load ana", "store b"], "once is enough");
}

#[test]
fn what_belongs_to_another_than_was_expected_is_put_back_untouched() {
    let mut world = World::with(persistent());
    world.step(Input::Connect(for_ana()));
    load(&mut world, Ok(left(&["a"])));
    world.emit("b").unwrap();
    world.accept(Welcome { user_id: UserId::from("ben"), ..welcome() });
    assert_eq!(world.outcomes(), ["unconfirmed", "unconfirmed"], "the next page may send them");
    assert_eq!(world.storage, ["load ana", "store b", "load ben"], "neither removed nor erased");
    load(&mut world, Ok(Loaded::default()));
    assert!(world.written().is_empty());
}

#[test]
fn what_was_loaded_for_one_is_not_sent_as_another_who_is_expected_later() {
    let mut world = World::with(persistent());
    world.step(Input::Connect(for_ana()));
    load(&mut world, Ok(left(&["a"])));
    world.emit("b").unwrap();
    world.step(Input::Disconnect);
    let for_ben = ConnectOptions { user: Some(UserId::from("ben")), ..ConnectOptions::default() };
    world.step(Input::Connect(for_ben));
    assert_eq!(world.outcomes(), ["unconfirmed", "unconfirmed"], "the next page may send them");
    assert_eq!(world.storage, ["load ana", "store b", "load ben"]);
    load(&mut world, Ok(Loaded::default()));
    world.accept(Welcome { user_id: UserId::from("ben"), ..welcome() });
    assert!(world.written().is_empty());
}

#[test]
fn the_end_of_a_sign_in_erases_and_the_end_of_a_page_does_not() {
    for (input, stored, outcome) in
        [(Input::SignOut, "erase ana", "discarded"), (Input::End, "", "unconfirmed")]
    {
        let mut world = online();
        world.close(1006);
        world.emit("a").unwrap();
        let operation = world.stores[0].sequence;
        world.step(Input::Stored { operation, result: Ok(()) });
        world.emit("b").unwrap();
        world.storage.clear();
        world.step(input);
        assert_eq!(world.storage.join(","), stored);
        // The second one is still on its way to be stored.
        assert_eq!(world.outcomes(), [outcome, outcome]);
        assert_eq!(*state(&world), StorageState::Off);
    }
    let mut world = online();
    world.close(4002);
    assert_eq!(world.storage, ["erase ana"], "revoked");
    let mut world = online();
    world.close(1006);
    world.come_back(Welcome { user_id: UserId::from("ben"), ..welcome() });
    assert_eq!(world.storage, ["erase ana", "load ben"], "another user");
}

#[test]
fn after_a_sign_out_in_another_tab_what_this_one_stored_is_erased() {
    let mut world = online();
    world.step(Input::SignedOutElsewhere(UserId::from("ana")));
    assert_eq!(
        (&*world.storage, state(&world)),
        (&["erase held ana".to_owned()][..], &StorageState::Off)
    );
}

#[test]
fn what_the_browser_took_away_is_stored_again() {
    let lost = |world: &mut World| world.step(Input::StorageLost(UserId::from("ana")));
    let durable = |world: &World| -> Vec<bool> {
        world.client.connection_state().queued_events.iter().map(|event| event.durable).collect()
    };
    let mut world = online();
    world.close(1006);
    world.emit("a").unwrap();
    world.emit("b").unwrap();
    for event in world.stores.clone() {
        world.step(Input::Stored { operation: event.sequence, result: Ok(()) });
    }
    let kept = world.stores[0].clone();
    assert_eq!(durable(&world), [true, true]);
    world.storage.clear();
    lost(&mut world);
    assert_eq!((durable(&world), state(&world)), (vec![false, false], &StorageState::Loading));
    lost(&mut world);
    assert_eq!(world.storage, ["load ana"], "one load is enough");
    load(&mut world, Ok(Loaded { events: vec![kept], refused: Vec::new() }));
    assert_eq!(state(&world), &StorageState::Durable);
    assert_eq!(world.storage, ["load ana", "store a", "store b"]);
    world.come_back(welcome());
    assert_eq!(world.written(), ["a", "b"], "in order, and once");

    let mut world = online();
    world.step(Input::StorageLost(UserId::from("ben")));
    assert!(world.storage.is_empty(), "of somebody else");
}

#[test]
fn what_has_its_outcome_does_not_come_back_with_a_later_load() {
    let mut world = online();
    world.emit("a").unwrap();
    let kept = world.stores[0].clone();
    world.step(Input::Stored { operation: kept.sequence, result: Ok(()) });
    world.step(Input::StorageLost(UserId::from("ana")));
    let (id, _) = world.emits().remove(0);
    world.ack(&id, AckStatus::Accepted);
    assert_eq!(world.storage, ["store a", "load ana", "remove"]);
    load(&mut world, Ok(Loaded { events: vec![kept], refused: Vec::new() }));
    assert!(world.written().is_empty());
    assert_eq!(world.outcomes(), ["acknowledged"]);
}

#[test]
fn what_a_later_load_does_not_find_is_stored_again() {
    let mut world = online();
    world.emit("a").unwrap();
    let operation = world.stores[0].sequence;
    world.step(Input::StorageLost(UserId::from("ana")));
    // The answer to the store that was under way.
    world.step(Input::Stored { operation, result: Ok(()) });
    load(&mut world, Ok(Loaded { events: Vec::new(), refused: vec![StorageError::Damaged] }));
    assert!(!world.client.connection_state().queued_events[0].durable);
    assert_eq!(world.storage, ["store a", "load ana", "store a"]);
}

#[test]
fn a_lost_organization_takes_its_stored_events_along() {
    let mut world = online();
    world.close(1006);
    world.emit("a").unwrap();
    world.emit_as("note", Some("south"), "b").unwrap();
    world.storage.clear();
    world.step(Input::UpdateUserOrganizations(organizations(&["north"])));
    assert_eq!((world.storage.len(), world.outcomes()), (1, vec!["discarded"]));
}

#[test]
fn memory_serves_where_storage_does_not() {
    let unavailable = StorageError::Unavailable { reason: "forbidden".into() };
    let errors = [
        unavailable,
        StorageError::Blocked,
        StorageError::NewerVersion,
        StorageError::HeldElsewhere,
    ];
    for error in errors {
        let mut world = World::online_with(persistent());
        world.emit("a").unwrap();
        load(&mut world, Err(error.clone()));
        assert_eq!(world.written(), ["a"]);
        assert_eq!(*state(&world), StorageState::Memory(error.clone()));
        assert_eq!(world.error_codes(), [error.code()]);
        assert_eq!(world.storage, ["load ana"], "nothing is stored");
    }
}

#[test]
fn storage_that_does_not_answer_is_done_without_and_a_late_answer_counts() {
    let mut world = World::online_with(persistent());
    world.emit("a").unwrap();
    world.pass(secs(5));
    assert_eq!(world.written(), ["a"]);
    assert!(matches!(state(&world), StorageState::Memory(StorageError::Unavailable { .. })));
    world.storage.clear();
    let result = Ok(left(&["of an earlier load"]));
    world.step(Input::Loaded { operation: world.load - 1, result });
    assert!(world.written().is_empty(), "an earlier load is no longer of interest");
    load(&mut world, Ok(left(&["late"])));
    assert_eq!((world.written(), state(&world)), (vec!["late".to_owned()], &StorageState::Durable));
    assert_eq!(world.storage, ["store a"]);
    load(&mut world, Ok(left(&["twice"])));
    assert!(world.written().is_empty(), "one answer is enough");
}

#[test]
fn what_another_tab_left_is_adopted() {
    let mut world = World::online_with(persistent());
    load(&mut world, Err(StorageError::HeldElsewhere));
    world.emit("own").unwrap();
    world.written();
    world.storage.clear();
    world.step(Input::StorageReleased(UserId::from("ben")));
    assert!(world.storage.is_empty(), "somebody else's");
    world.step(Input::StorageReleased(UserId::from("ana")));
    load(&mut world, Ok(left(&["orphan"])));
    assert_eq!(world.written(), ["orphan"]);
    assert_eq!(world.storage, ["load ana", "store own"]);
    assert_eq!(*state(&world), StorageState::Durable);
}

#[test]
fn a_full_storage_loses_nothing_and_is_tried_again() {
    let mut world = online();
    world.close(1006);
    world.emit("a").unwrap();
    let first = world.stores[0].sequence;
    world.step(Input::Stored { operation: first, result: Err(StorageError::Full) });
    assert_eq!(*state(&world), StorageState::Memory(StorageError::Full));
    assert_eq!(world.client.connection_state().queued_events.len(), 1);
    world.emit("b").unwrap();
    let second = world.stores[1].sequence;
    world.storage.clear();
    world.step(Input::Stored { operation: second, result: Ok(()) });
    assert_eq!(*state(&world), StorageState::Durable);
    assert_eq!(world.storage, ["store a"], "what did not fit before");
}

#[test]
fn refused_records_are_reported_once_for_each_kind_and_counted() {
    let mut world = World::online_with(persistent());
    let refused = vec![StorageError::Damaged; 500];
    let refused = refused.into_iter().chain([StorageError::Stale, StorageError::Foreign]).collect();
    load(&mut world, Ok(Loaded { events: Vec::new(), refused }));
    assert_eq!(world.error_codes(), ["record_damaged", "record_stale", "record_foreign"]);
    assert_eq!(world.client.metrics().records_refused, 502);
    assert_eq!(world.client.refused_records(), 502);
    world.step(Input::SignOut);
    assert_eq!(world.client.refused_records(), 0, "the next user lost nothing");
}

#[test]
fn what_could_not_be_erased_is_told_to_whoever_is_there_then() {
    let mut world = World::online_with(persistent());
    load(&mut world, Ok(Loaded::default()));
    world.step(Input::SignOut);
    assert!(world.error_codes().is_empty());
    world.step(Input::NotErased);
    assert_eq!(world.error_codes(), ["storage_not_erased"]);
}

#[test]
fn an_event_whose_type_is_gone_is_removed_and_reported() {
    let mut loaded = left(&["a"]);
    loaded.events[0].event_type = "earlier_version".into();
    let mut world = World::online_with(persistent());
    load(&mut world, Ok(loaded));
    assert!(world.written().is_empty());
    assert_eq!(world.error_codes(), ["record_stale"]);
    assert_eq!(world.storage.last().map(String::as_str), Some("remove"));
}

#[test]
fn without_the_setting_nothing_is_stored() {
    let mut world = World::online();
    world.emit("a").unwrap();
    world.step(Input::SignOut);
    assert!(world.storage.is_empty());
}

#[test]
fn a_restored_event_of_an_organization_that_is_no_longer_the_users_is_not_sent() {
    let mut world = World::with(persistent());
    world.step(Input::Connect(ConnectOptions::default()));
    world.accept(Welcome { organizations: memberships(&["south"]), ..welcome() });
    load(&mut world, Ok(left(&["a"])));
    assert!(world.written().is_empty());
    assert_eq!(world.outcomes(), ["unconfirmed"], "the earlier page may have written it");
}

#[test]
fn what_is_volatile_is_not_stored() {
    let mut world = online();
    world.emit_as("cursor", Some("north"), "a").unwrap();
    assert!(world.storage.is_empty());
}
