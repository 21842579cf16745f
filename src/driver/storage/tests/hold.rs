//! One page of a user has the outbox.

use wasm_bindgen_test::wasm_bindgen_test;
use yewdux_socket_core::error::StorageError::HeldElsewhere;
use yewdux_socket_core::{Input, UserId};

use super::{Tab, event, key, owner, records, user, wait_for};

/// How many requests for a user's lock wait, and how many have it.
async fn locks(user: &UserId) -> String {
    let tag = owner(user).await.tag;
    let code = format!(
        "const count = list => list.filter(lock => lock.name.includes('{tag}')).length;
         return navigator.locks.query().then(all => `${{count(all.pending)}} wait, ${{count(all.held)}} held`);"
    );
    wait_for(&code).await.as_string().unwrap()
}

#[wasm_bindgen_test]
async fn the_second_page_waits_and_then_loads_what_the_first_one_left() {
    let user = user("two-pages");
    let (mut first, _) = Tab::holding(&user).await;
    let mut second = Tab::open();
    assert_eq!(second.load(&user).await.unwrap_err(), HeldElsewhere);
    first.store(&user, &event(1)).await.unwrap();
    drop(first);
    second.released(&user).await;
    let loaded = second.load(&user).await.unwrap();
    assert_eq!(loaded.events.len(), 1);
    assert_eq!(second.store(&user, &event(2)).await, Ok(()));
}

#[wasm_bindgen_test]
async fn the_outbox_comes_free_while_it_is_asked_for() {
    let user = user("meanwhile");
    let (first, _) = Tab::holding(&user).await;
    let mut second = Tab::open();
    assert_eq!(second.load(&user).await.unwrap_err(), HeldElsewhere);
    drop(first);
    // What waits gets the lock, so that asking again finds it taken: by this very page.
    second.storage.load(8, user.clone());
    second.released(&user).await;
    assert!(matches!(second.next().await, Input::Loaded { operation: 8, result: Ok(_) }));
}

#[wasm_bindgen_test]
async fn who_does_not_hold_the_outbox_touches_nothing() {
    let user = user("bystander");
    let (mut first, _) = Tab::holding(&user).await;
    first.store(&user, &event(1)).await.unwrap();
    let mut second = Tab::open();
    assert_eq!(second.store(&user, &event(2)).await, Err(HeldElsewhere), "it was never loaded");
    assert_eq!(second.load(&user).await.unwrap_err(), HeldElsewhere);
    assert_eq!(second.store(&user, &event(3)).await, Err(HeldElsewhere));
    second.storage.remove(user.clone(), event(1).id);
    assert_eq!(second.load(&user).await.unwrap_err(), HeldElsewhere);
    let left: Vec<_> = records(&user).await.into_iter().map(|(id, _)| id).collect();
    assert_eq!(left, [event(1).id]);
    drop(first);
    second.released(&user).await;
    assert_eq!(second.store(&user, &event(4)).await, Err(HeldElsewhere), "it must load first");
}

#[wasm_bindgen_test]
async fn one_request_waits_however_often_it_is_asked_for() {
    let user = user("asking");
    let (_first, _) = Tab::holding(&user).await;
    let mut second = Tab::open();
    for _ in 0..3 {
        assert_eq!(second.load(&user).await.unwrap_err(), HeldElsewhere);
    }
    assert_eq!(locks(&user).await, "1 wait, 1 held");
}

#[wasm_bindgen_test]
async fn waiting_ends_with_the_page_with_erasing_and_with_another_user() {
    let (ana, ben) = (user("ana"), user("ben"));
    let (_first, _) = Tab::holding(&ana).await;

    let mut second = Tab::open();
    assert_eq!(second.load(&ana).await.unwrap_err(), HeldElsewhere);
    drop(second);
    assert_eq!(locks(&ana).await, "0 wait, 1 held");

    let mut second = Tab::open();
    assert_eq!(second.load(&ana).await.unwrap_err(), HeldElsewhere);
    second.storage.erase(ana.clone());
    assert_eq!(locks(&ana).await, "0 wait, 1 held");

    assert_eq!(second.load(&ana).await.unwrap_err(), HeldElsewhere);
    second.load(&ben).await.unwrap();
    assert_eq!(locks(&ana).await, "0 wait, 1 held");
    assert_eq!(locks(&ben).await, "0 wait, 1 held");
}

#[wasm_bindgen_test]
async fn a_page_that_ends_lets_the_outbox_go_at_once() {
    let user = user("ends");
    let (mut tab, _) = Tab::holding(&user).await;
    tab.store(&user, &event(1)).await.unwrap();
    assert_eq!(locks(&user).await, "0 wait, 1 held");
    drop(tab);
    assert_eq!(locks(&user).await, "0 wait, 0 held");
}

#[wasm_bindgen_test]
async fn a_page_that_ends_writes_what_it_was_told_before() {
    let user = user("unload");
    let (tab, _) = Tab::holding(&user).await;
    tab.storage.store(1, user.clone(), event(1));
    drop(tab);
    let (_tab, loaded) = Tab::holding(&user).await;
    assert_eq!(loaded.events.len(), 1);
}

#[wasm_bindgen_test]
async fn a_page_that_ends_while_it_loads_leaves_nothing_behind() {
    let user = user("gone");
    let mut tab = Tab::open();
    tab.storage.load(1, user.clone());
    // Lets the task begin.
    wait_for("return Promise.resolve()").await;
    drop(tab.storage);
    assert!(futures::StreamExt::next(&mut tab.inputs).await.is_none(), "nothing is reported");
    assert_eq!(locks(&user).await, "0 wait, 0 held");
}

#[wasm_bindgen_test]
async fn the_lock_does_not_name_the_user() {
    let user = user("Ana-Ruiz");
    let (_tab, _) = Tab::holding(&user).await;
    let names = wait_for(
        "return navigator.locks.query().then(all => all.held.map(lock => lock.name).join(' '))",
    );
    let names = names.await.as_string().unwrap();
    assert!(names.contains(&owner(&user).await.tag) && !names.contains("Ana"), "{names}");
}

#[wasm_bindgen_test]
async fn loading_again_keeps_the_hold() {
    let user = user("again");
    let (mut tab, _) = Tab::holding(&user).await;
    tab.store(&user, &event(1)).await.unwrap();
    assert_eq!(tab.load(&user).await.unwrap().events.len(), 1);
    assert_eq!(tab.store(&user, &event(2)).await, Ok(()));
    assert!(!key(&user).await.is_undefined());
}

#[wasm_bindgen_test]
async fn operations_are_answered_in_their_order() {
    let user = user("in-order");
    let (mut tab, _) = Tab::holding(&user).await;
    tab.storage.store(1, user.clone(), event(1));
    tab.storage.load(2, user.clone());
    tab.storage.remove(user.clone(), event(1).id);
    tab.storage.store(3, user.clone(), event(3));
    tab.storage.load(4, user.clone());
    assert!(matches!(tab.next().await, Input::Stored { operation: 1, result: Ok(()) }));
    let sequences = |input: Input| match input {
        Input::Loaded { operation, result } => {
            (operation, result.unwrap().events.iter().map(|event| event.sequence).collect())
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(sequences(tab.next().await), (2, vec![1]));
    assert!(matches!(tab.next().await, Input::Stored { operation: 3, result: Ok(()) }));
    assert_eq!(sequences(tab.next().await), (4, vec![3]));
}
