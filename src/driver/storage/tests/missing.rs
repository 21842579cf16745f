//! A browser that does not let the page keep anything.

use wasm_bindgen_test::wasm_bindgen_test;
use yewdux_socket_core::error::StorageError;

use super::{Changed, Tab, event, records, user};

async fn is_unavailable(why: &str) {
    let user = user("missing");
    let mut tab = Tab::open();
    let error = tab.load(&user).await.unwrap_err();
    let StorageError::Unavailable { reason } = &error else { panic!("{error:?}") };
    assert!(reason.contains(why), "{reason}");
    assert!(!reason.contains(user.as_str()));
    assert_eq!(tab.store(&user, &event(1)).await, Err(error));
    tab.storage.remove(user.clone(), event(1).id);
    tab.storage.erase(user.clone());
    assert!(tab.load(&user).await.is_err(), "the queue goes on");
}

#[wasm_bindgen_test]
async fn there_is_no_web_crypto() {
    let _changed = Changed::new(
        "Object.defineProperty(crypto, 'subtle', { value: undefined, configurable: true })",
        "delete crypto.subtle",
    );
    is_unavailable("secure context").await;
}

#[wasm_bindgen_test]
async fn there_are_no_web_locks() {
    let _changed = Changed::new(
        "Object.defineProperty(navigator, 'locks', { value: undefined, configurable: true })",
        "delete navigator.locks",
    );
    is_unavailable("Web Locks").await;
}

#[wasm_bindgen_test]
async fn web_locks_are_forbidden() {
    let _changed = Changed::new(
        "window.requestBefore = LockManager.prototype.request;
         LockManager.prototype.request = () => Promise.reject(new DOMException('no', 'SecurityError'));",
        "LockManager.prototype.request = window.requestBefore",
    );
    is_unavailable("SecurityError").await;
}

#[wasm_bindgen_test]
async fn there_is_no_database() {
    for value in ["null", "undefined"] {
        let _changed = Changed::new(
            &format!(
                "window.databasesBefore = Object.getOwnPropertyDescriptor(window, 'indexedDB');
                 Object.defineProperty(window, 'indexedDB', {{ value: {value}, configurable: true }});"
            ),
            "Object.defineProperty(window, 'indexedDB', window.databasesBefore)",
        );
        is_unavailable("IndexedDB").await;
    }
}

#[wasm_bindgen_test]
async fn databases_are_forbidden() {
    for name in ["SecurityError", "InvalidStateError"] {
        let _changed = Changed::new(
            &format!(
                "window.openBefore = IDBFactory.prototype.open;
                 IDBFactory.prototype.open = () => {{ throw new DOMException('no', '{name}'); }};"
            ),
            "IDBFactory.prototype.open = window.openBefore",
        );
        is_unavailable(name).await;
    }
}

#[wasm_bindgen_test]
async fn a_refusal_lets_the_outbox_go() {
    let user = user("refusal");
    let mut tab = Tab::open();
    {
        let _changed = Changed::new(
            "window.openBefore = IDBFactory.prototype.open;
             IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError'); };",
            "IDBFactory.prototype.open = window.openBefore",
        );
        assert!(tab.load(&user).await.is_err());
    }
    let (mut other, _) = Tab::holding(&user).await;
    assert_eq!(other.store(&user, &event(1)).await, Ok(()));
    assert_eq!(records(&user).await.len(), 1);
}
