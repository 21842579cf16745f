//! A database that is not as this version left it.

use wasm_bindgen_test::wasm_bindgen_test;
use yewdux_socket_core::Input;
use yewdux_socket_core::error::StorageError;

use super::{Changed, Tab, event, leave, run, user, wait_for};

/// Deletes the database. Connections of ours give way.
async fn delete() {
    wait_for(
        "return new Promise((resolve, reject) => {
            const request = indexedDB.deleteDatabase('yewdux-socket');
            request.onsuccess = resolve;
            request.onerror = reject;
            // A connection that gives way takes the browser a moment.
            request.onblocked = () => setTimeout(reject, 10000, new Error('a connection stays open'));
        })",
    )
    .await;
}

/// Makes a database of the given version with one object store.
async fn make(version: u32, store: &str) {
    wait_for(&format!(
        "return new Promise((resolve, reject) => {{
            const request = indexedDB.open('yewdux-socket', {version});
            request.onupgradeneeded = () => {{
                if (!request.result.objectStoreNames.contains('{store}')) {{
                    request.result.createObjectStore('{store}').put('left', 'here');
                }}
            }};
            request.onblocked = () => setTimeout(reject, 10000, new Error('a connection stays open'));
            request.onerror = reject;
            request.onsuccess = () => {{ request.result.close(); resolve(); }};
        }})"
    ))
    .await;
}

/// What is in an object store that is not ours.
async fn left(version: u32, store: &str) -> Option<String> {
    wait_for(&format!(
        "return new Promise((resolve, reject) => {{
            const request = indexedDB.open('yewdux-socket', {version});
            request.onerror = reject;
            request.onsuccess = () => {{
                const transaction = request.result.transaction('{store}');
                const got = transaction.objectStore('{store}').get('here');
                transaction.oncomplete = () => {{ request.result.close(); resolve(got.result); }};
            }};
        }})"
    ))
    .await
    .as_string()
}

#[wasm_bindgen_test]
async fn a_newer_database_is_not_touched() {
    delete().await;
    make(2, "newer").await;
    let user = user("newer");
    let mut tab = Tab::open();
    assert_eq!(tab.load(&user).await.unwrap_err(), StorageError::NewerVersion);
    assert_eq!(tab.store(&user, &event(1)).await, Err(StorageError::NewerVersion));
    tab.storage.erase(user.clone());
    assert!(matches!(tab.next().await, Input::NotErased));
    assert_eq!(tab.load(&user).await.unwrap_err(), StorageError::NewerVersion);
    assert_eq!(left(2, "newer").await.as_deref(), Some("left"));
    delete().await;
    assert!(tab.load(&user).await.is_ok(), "a refusal is not for ever");
}

#[wasm_bindgen_test]
async fn a_newer_page_is_not_blocked() {
    let user = user("upgrade");
    let (mut tab, _) = Tab::holding(&user).await;
    tab.store(&user, &event(1)).await.unwrap();
    // Fails if our connection stays open.
    make(2, "newer").await;
    tab.lost(&user).await;
    assert_eq!(tab.store(&user, &event(2)).await, Err(StorageError::NewerVersion));
    let mut newer = Tab::open();
    let refused = newer.load(&user).await.unwrap_err();
    assert_eq!(refused, StorageError::HeldElsewhere, "this tab has the events");
    drop(tab);
    newer.released(&user).await;
    delete().await;
}

#[wasm_bindgen_test]
async fn a_database_without_our_object_stores() {
    for store in ["other", "records", "keys"] {
        delete().await;
        make(1, store).await;
        let mut tab = Tab::open();
        let user = user("without");
        let error = tab.load(&user).await.unwrap_err();
        assert!(format!("{error:?}").contains("lacks"), "{error:?}");
        assert_eq!(tab.store(&user, &event(1)).await, Err(error));
        assert_eq!(left(1, store).await.as_deref(), Some("left"));
    }
    delete().await;
}

#[wasm_bindgen_test]
async fn an_older_page_that_does_not_give_way() {
    let user = user("blocked");
    leave(&user, &[event(1)]).await;
    // As if this were version 2, and a page of version 1 were open that does not listen.
    wait_for(
        "return new Promise(resolve => {
            const request = indexedDB.open('yewdux-socket', 1);
            request.onsuccess = () => { window.olderPage = request.result; resolve(); };
        })",
    )
    .await;
    let changed = Changed::new(
        "const open = IDBFactory.prototype.open;
         window.openBefore = open;
         IDBFactory.prototype.open = function (name) { return open.call(this, name, 2); };",
        "IDBFactory.prototype.open = window.openBefore",
    );
    let mut tab = Tab::open();
    assert_eq!(tab.load(&user).await.unwrap_err(), StorageError::Blocked);
    drop((changed, tab));
    run("window.olderPage.close()");
    // The opening that was given up ends now. Its connection must not be left behind.
    delete().await;
}

#[wasm_bindgen_test]
async fn a_database_that_is_taken_away_is_made_anew() {
    let user = user("taken-away");
    let (mut tab, _) = Tab::holding(&user).await;
    tab.store(&user, &event(1)).await.unwrap();
    delete().await;
    tab.lost(&user).await;
    assert_eq!(tab.load(&user).await.unwrap().events, [], "this tab still holds the outbox");
    assert_eq!(tab.store(&user, &event(2)).await, Ok(()));
    drop(tab);
    let (_tab, loaded) = Tab::holding(&user).await;
    assert_eq!((loaded.events.len(), loaded.refused), (1, vec![]), "its key is there again too");
}

#[wasm_bindgen_test]
async fn no_room() {
    let user = user("full");
    let (mut tab, _) = Tab::holding(&user).await;
    tab.store(&user, &event(1)).await.unwrap();
    let full = Changed::new(
        "window.putBefore = IDBObjectStore.prototype.put;
         IDBObjectStore.prototype.put = () => { throw new DOMException('no', 'QuotaExceededError'); };",
        "IDBObjectStore.prototype.put = window.putBefore",
    );
    tab.storage.remove(user.clone(), event(1).id);
    assert_eq!(tab.store(&user, &event(2)).await, Err(StorageError::Full));
    drop(full);
    assert_eq!(tab.load(&user).await.unwrap().events, [], "what was removed with it is removed");
    assert_eq!(tab.store(&user, &event(3)).await, Ok(()));
}

#[wasm_bindgen_test]
async fn a_transaction_that_the_browser_undoes() {
    let user = user("undone");
    let (mut tab, _) = Tab::holding(&user).await;
    let undone = Changed::new(
        "window.putBefore = IDBObjectStore.prototype.put;
         IDBObjectStore.prototype.put = function (...all) {
             const request = window.putBefore.apply(this, all);
             request.onsuccess = () => this.transaction.abort();
             return request;
         };",
        "IDBObjectStore.prototype.put = window.putBefore",
    );
    let error = tab.store(&user, &event(1)).await.unwrap_err();
    assert_eq!(error.code(), "storage_unavailable");
    drop(undone);
    assert_eq!(tab.store(&user, &event(2)).await, Ok(()));
    assert_eq!(tab.load(&user).await.unwrap().events.len(), 1);
}
