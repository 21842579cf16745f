//! Who signs out leaves nothing.

use wasm_bindgen_test::wasm_bindgen_test;
use yewdux_socket_core::error::StorageError;
use yewdux_socket_core::{Input, StoredEvent, Timestamp};

use super::{Changed, Tab, event, events, key, leave, now, owner, records, run, user, wait_for};
use crate::driver::storage::signed_out;

#[wasm_bindgen_test]
async fn erasing_leaves_neither_records_nor_key() {
    let (ana, ben) = (user("ana"), user("ben"));
    leave(&ben, &events(2)).await;
    let (mut tab, _) = Tab::holding(&ana).await;
    tab.store(&ana, &event(1)).await.unwrap();
    tab.storage.erase(ana.clone());
    // The load comes after it.
    let loaded = Tab::load(&mut tab, &ana).await.unwrap();
    assert_eq!((loaded.events, loaded.refused), (vec![], vec![]));
    assert_eq!(records(&ana).await.len(), 0);
    assert!(key(&ana).await.is_undefined());
    assert_eq!(records(&ben).await.len(), 2, "others keep theirs");
    assert!(!key(&ben).await.is_undefined());
}

#[wasm_bindgen_test]
async fn it_is_done_even_if_the_page_ends_at_once() {
    let user = user("ana");
    leave(&user, &events(2)).await;
    let (mut next, _) = {
        let (tab, _) = Tab::holding(&user).await;
        tab.storage.erase(user.clone());
        drop(tab);
        Tab::holding(&user).await
    };
    assert_eq!(records(&user).await.len(), 0);
    assert!(next.store(&user, &event(1)).await.is_ok());
}

#[wasm_bindgen_test]
async fn it_is_done_by_a_page_that_does_not_hold_the_outbox() {
    let user = user("ana");
    let (mut holder, _) = Tab::holding(&user).await;
    holder.store(&user, &event(1)).await.unwrap();
    let mut other = Tab::open();
    assert_eq!(other.load(&user).await.unwrap_err(), StorageError::HeldElsewhere);
    other.storage.erase(user.clone());
    assert_eq!(other.load(&user).await.unwrap_err(), StorageError::HeldElsewhere);
    assert_eq!(records(&user).await.len(), 0);
    // Whoever is still signed in goes on with a key.
    holder.store(&user, &event(2)).await.unwrap();
    drop(holder);
    other.released(&user).await;
    assert_eq!(other.load(&user).await.unwrap().events.len(), 1);
}

#[wasm_bindgen_test]
async fn nothing_that_was_asked_before_is_answered() {
    let (ana, ben) = (user("ana"), user("ben"));
    let (mut tab, _) = Tab::holding(&ana).await;
    tab.storage.store(1, ana.clone(), event(1));
    tab.storage.load(2, ana.clone());
    tab.storage.store(3, ana.clone(), event(3));
    tab.storage.erase(ana.clone());
    tab.storage.load(4, ben.clone());
    assert!(matches!(tab.next().await, Input::Loaded { operation: 4, .. }));
    assert_eq!(records(&ana).await.len(), 0);
}

#[wasm_bindgen_test]
async fn an_answer_on_its_way_is_kept_back() {
    let (ana, ben) = (user("ana"), user("ben"));
    let (mut tab, _) = Tab::holding(&ana).await;
    tab.storage.store(1, ana.clone(), event(1));
    // Lets the task begin: the operation is not in the queue any more.
    wait_for("return Promise.resolve()").await;
    tab.storage.erase(ana.clone());
    tab.storage.load(2, ben.clone());
    assert!(matches!(tab.next().await, Input::Loaded { operation: 2, .. }));
    assert_eq!(records(&ana).await.len(), 0, "what was being written is erased after it");
}

#[wasm_bindgen_test]
async fn it_lets_the_outbox_go() {
    let user = user("ana");
    let (holder, _) = Tab::holding(&user).await;
    let mut other = Tab::open();
    assert_eq!(other.load(&user).await.unwrap_err(), StorageError::HeldElsewhere);
    holder.storage.erase(user.clone());
    other.released(&user).await;
    assert_eq!(other.load(&user).await.unwrap().events, []);
    drop(holder);
}

#[wasm_bindgen_test]
async fn a_tab_that_is_told_of_a_sign_out_erases_what_it_wrote_and_lets_go() {
    let user = user("ana");
    let (holder, _) = Tab::holding(&user).await;
    let mut other = Tab::open();
    assert_eq!(other.load(&user).await.unwrap_err(), StorageError::HeldElsewhere);
    holder.storage.store(1, user.clone(), event(1));
    // Lets the writing begin: its end comes after the erasing of the other tab.
    wait_for("return Promise.resolve()").await;
    other.storage.erase(user.clone());
    holder.storage.store(2, user.clone(), event(2));
    holder.storage.erase_held(user.clone());
    let (_next, loaded) = Tab::holding(&user).await;
    assert_eq!((loaded.events, loaded.refused), (vec![], vec![]));
    assert!(key(&user).await.is_undefined());
    drop(holder);
}

#[wasm_bindgen_test]
async fn a_tab_that_is_told_late_leaves_a_later_sign_in_alone() {
    let user = user("ana");
    let (mut holder, _) = Tab::holding(&user).await;
    holder.store(&user, &event(1)).await.unwrap();
    let mut late = Tab::open();
    assert_eq!(late.load(&user).await.unwrap_err(), StorageError::HeldElsewhere);
    late.storage.erase_held(user.clone());
    // Answered once the erasing is done.
    assert_eq!(late.load(&user).await.unwrap_err(), StorageError::HeldElsewhere);
    assert_eq!(records(&user).await.len(), 1);
}

#[wasm_bindgen_test]
async fn who_never_comes_back_leaves_nothing_beyond_its_time() {
    let (ana, ben) = (user("ana"), user("ben"));
    let over = StoredEvent { expires_at: Timestamp::from_millis(now() - 1), ..event(1) };
    leave(&ben, &[over.clone(), event(2)]).await;
    leave(&ana, &[over]).await;
    let (_tab, loaded) = Tab::holding(&ana).await;
    assert_eq!(loaded.refused, [StorageError::Stale], "one's own are not removed without a word");
    let left: Vec<_> = records(&ben).await.into_iter().map(|(id, _)| id).collect();
    assert_eq!(left, [event(2).id]);
}

/// The notes of sign-outs whose erasing is not done.
fn notes() -> usize {
    let noted = "return Object.keys(localStorage).filter(key => key.startsWith('yewdux-socket signed out ')).join()";
    run(noted).as_string().unwrap().split_terminator(',').count()
}

#[wasm_bindgen_test]
async fn a_page_that_goes_with_the_sign_out_has_noted_it() {
    let user = user("ana");
    leave(&user, &events(2)).await;
    let (mut tab, _) = Tab::holding(&user).await;
    tab.storage.erase(user.clone());
    assert_eq!(notes(), 1, "before anything can happen to the page");
    assert_eq!(Tab::load(&mut tab, &user).await.unwrap().events, []);
    assert_eq!(notes(), 0, "it is done");
}

#[wasm_bindgen_test]
async fn what_an_earlier_page_could_not_erase_any_more_is_erased_before_a_load() {
    let (ana, ben) = (user("ana"), user("ben"));
    for next in [&ana, &ben] {
        leave(&ana, &events(2)).await;
        signed_out::note(&owner(&ana).await.tag);
        let (_tab, loaded) = Tab::holding(next).await;
        assert_eq!((loaded.events, loaded.refused), (vec![], vec![]));
        assert_eq!(records(&ana).await.len(), 0);
        assert!(key(&ana).await.is_undefined());
        assert_eq!(notes(), 0);
    }
}

#[wasm_bindgen_test]
async fn what_cannot_be_erased_is_told_and_left_to_the_next_page() {
    let user = user("ana");
    leave(&user, &events(2)).await;
    let (mut tab, _) = Tab::holding(&user).await;
    {
        let _changed = Changed::new(
            "window.transactionBefore = IDBDatabase.prototype.transaction;
             IDBDatabase.prototype.transaction = () => { throw new DOMException('no', 'UnknownError'); };",
            "IDBDatabase.prototype.transaction = window.transactionBefore",
        );
        tab.storage.erase(user.clone());
        assert!(matches!(tab.next().await, Input::NotErased));
    }
    assert_eq!((records(&user).await.len(), notes()), (2, 1));
    let (_next, loaded) = Tab::holding(&user).await;
    assert_eq!((loaded.events, loaded.refused), (vec![], vec![]));
    assert_eq!((records(&user).await.len(), notes()), (0, 0));
}
