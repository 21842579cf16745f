//! What is stored comes back, and only to its owner.

use std::collections::BTreeSet;

use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::CryptoKey;
use yewdux_socket_core::{EventId, Input, StoredEvent};

use super::{SECRET, Tab, bytes, event, events, get, key, leave, records, user};

#[wasm_bindgen_test]
async fn what_one_page_stored_the_next_one_loads() {
    let user = user("round-trip");
    let events = events(5);
    leave(&user, &events).await;
    let (_tab, loaded) = Tab::holding(&user).await;
    assert_eq!((loaded.events, loaded.refused), (events, vec![]));
}

#[wasm_bindgen_test]
async fn events_come_back_exactly_and_in_their_order() {
    let user = user("order");
    let mut backwards = events(20);
    // Idempotency keys are random: their order is not that of the events.
    for event in &mut backwards {
        event.id = EventId::from_bits(u128::MAX - u128::from(event.sequence));
    }
    leave(&user, &backwards).await;
    let (_tab, loaded) = Tab::holding(&user).await;
    assert_eq!(loaded.events, backwards);
}

#[wasm_bindgen_test]
async fn a_sequence_keeps_all_its_bits() {
    let user = user("bits");
    let event = StoredEvent { sequence: u64::MAX - 1, ..event(1) };
    leave(&user, std::slice::from_ref(&event)).await;
    let (_tab, loaded) = Tab::holding(&user).await;
    assert_eq!(loaded.events, [event]);
}

#[wasm_bindgen_test]
async fn a_thousand_events_in_a_burst() {
    let user = user("burst");
    let begin = js_sys::Date::now();
    let events = events(1_000);
    leave(&user, &events).await;
    let stored = js_sys::Date::now();
    let (_tab, loaded) = Tab::holding(&user).await;
    wasm_bindgen_test::console_log!(
        "1 000 events: stored in {} ms, loaded in {} ms",
        stored - begin,
        js_sys::Date::now() - stored
    );
    assert!(loaded.events == events, "all of them, in order");
    assert!(js_sys::Date::now() - begin < 30_000.0);
}

#[wasm_bindgen_test]
async fn a_removed_event_does_not_come_back() {
    let user = user("removed");
    let (mut tab, _) = Tab::holding(&user).await;
    for sequence in [1, 2, 3] {
        tab.store(&user, &event(sequence)).await.unwrap();
    }
    tab.storage.remove(user.clone(), event(2).id);
    drop(tab);
    let (_tab, loaded) = Tab::holding(&user).await;
    let left: Vec<_> = loaded.events.iter().map(|event| event.sequence).collect();
    assert_eq!(left, [1, 3], "it was removed although the page ended at once");
}

#[wasm_bindgen_test]
async fn an_event_that_is_removed_before_its_turn_is_never_written() {
    let user = user("withdrawn");
    let (mut tab, _) = Tab::holding(&user).await;
    tab.storage.store(1, user.clone(), event(1));
    tab.storage.store(2, user.clone(), event(2));
    tab.storage.remove(user.clone(), event(1).id);
    tab.stored(2).await.unwrap();
    let left: Vec<_> = records(&user).await.into_iter().map(|(id, _)| id).collect();
    assert_eq!(left, [event(2).id]);
}

#[wasm_bindgen_test]
async fn storing_again_replaces() {
    let user = user("replaced");
    let (mut tab, _) = Tab::holding(&user).await;
    tab.store(&user, &event(1)).await.unwrap();
    let first = records(&user).await;
    tab.store(&user, &event(1)).await.unwrap();
    let second = records(&user).await;
    assert_eq!((first.len(), second.len()), (1, 1));
    let field = |records: &[(_, _)], name| bytes(&records[0].1, name);
    assert_ne!(field(&first, "nonce"), field(&second, "nonce"), "a nonce serves once");
    assert_ne!(field(&first, "ciphertext"), field(&second, "ciphertext"));
    assert_eq!(field(&first, "nonce").len(), 12);
}

#[wasm_bindgen_test]
async fn nonces_never_repeat_within_a_burst() {
    let user = user("nonces");
    leave(&user, &events(200)).await;
    let nonces: BTreeSet<_> =
        records(&user).await.iter().map(|(_, record)| bytes(record, "nonce")).collect();
    assert_eq!(nonces.len(), 200);
}

#[wasm_bindgen_test]
async fn the_disk_shows_neither_payload_nor_user_nor_organization() {
    let user = user("Ana-Ruiz");
    leave(&user, &[event(2)]).await;
    let (id, record) = records(&user).await.remove(0);
    assert_eq!(id, event(2).id);
    let ciphertext = bytes(&record, "ciphertext");
    let fields: Vec<_> =
        js_sys::Object::keys::<js_sys::Object>(record.unchecked_ref()).iter().collect();
    assert_eq!(fields, ["format", "sequence", "organization", "expiresAt", "nonce", "ciphertext"]);
    let organization = get(&record, "organization").as_string().unwrap();
    let tag = super::owner(&user).await.tag;
    for text in [SECRET, "patient_edited", "north", "Ana", user.as_str()] {
        let inside = ciphertext.windows(text.len()).any(|bytes| bytes == text.as_bytes());
        assert!(!inside, "{text} is in the ciphertext");
        assert!(!organization.contains(text) && !tag.contains(text), "{text} is in the clear");
    }
    assert_eq!((organization.len(), tag.len()), (64, 64));
}

#[wasm_bindgen_test]
async fn no_script_can_read_the_key() {
    let user = user("key");
    leave(&user, &events(1)).await;
    let key: CryptoKey = key(&user).await.dyn_into().unwrap();
    assert!(!key.extractable());
    let crypto = web_sys::window().unwrap().crypto().unwrap().subtle();
    let exported = crypto.export_key("raw", &key).unwrap();
    assert!(wasm_bindgen_futures::JsFuture::from(exported).await.is_err());
}

#[wasm_bindgen_test]
async fn users_do_not_see_each_others_events() {
    let (ana, ben) = (user("ana"), user("ben"));
    leave(&ana, &events(2)).await;
    leave(&ben, &[event(3)]).await;
    let (mut tab, loaded) = Tab::holding(&ana).await;
    assert_eq!(loaded.events.len(), 2);
    let loaded = tab.load(&ben).await.unwrap();
    assert_eq!(loaded.events.len(), 1, "the same page, for the next user");
    assert_eq!(loaded.events[0].sequence, 3);
    tab.storage.store(4, ana.clone(), event(4));
    assert!(
        matches!(tab.next().await, Input::Stored { operation: 4, result: Err(_) }),
        "the page does not hold Ana's outbox any more"
    );
}
