//! One tab of a user holds the outbox: an exclusive Web Lock.
//!
//! `web-sys` has the interface behind `--cfg=web_sys_unstable_apis` only, which an embedding application does
//! not inherit. So the little that is needed is declared here.

use std::fmt;

use js_sys::{Array, Function, Promise};
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AbortController, AbortSignal};
use yewdux_socket_core::error::StorageError;

use super::request::{refusal, settled, unavailable};

#[wasm_bindgen]
extern "C" {
    type WithLocks;
    #[wasm_bindgen(method, getter)]
    fn locks(this: &WithLocks) -> Option<LockManager>;

    type LockManager;
    #[wasm_bindgen(method, catch)]
    fn request(
        this: &LockManager,
        name: &str,
        options: &LockOptions,
        callback: &Function,
    ) -> Result<Promise, JsValue>;

    type LockOptions;
    #[wasm_bindgen(method, setter, js_name = "ifAvailable")]
    fn set_if_available(this: &LockOptions, value: bool);
    #[wasm_bindgen(method, setter)]
    fn set_signal(this: &LockOptions, value: &AbortSignal);
}

/// A lock that is held. Released when dropped, and by the browser when the page ends.
#[must_use = "the lock is held only as long as this lives"]
pub(super) struct Lock {
    release: Function,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // The function that resolves a promise does not throw.
        let _ = self.release.call0(&JsValue::UNDEFINED);
    }
}

impl fmt::Debug for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lock")
    }
}

/// Gives up waiting for a lock when dropped.
#[derive(Debug)]
#[must_use = "the lock is waited for only as long as this lives"]
pub(super) struct Patience(AbortController);

impl Patience {
    pub(super) fn new() -> Result<Self, StorageError> {
        AbortController::new().map(Self).map_err(|error| refusal(&error))
    }

    /// Waits for the lock. `None` if it was given up.
    pub(super) fn wait(&self, name: String) -> impl Future<Output = Option<Lock>> + use<> {
        let signal = self.0.signal();
        async move {
            let options = options();
            options.set_signal(&signal);
            let lock = request(&name, &options).await.ok().flatten();
            // It may have been granted and given up within the same turn.
            lock.filter(|_| !signal.aborted())
        }
    }
}

impl Drop for Patience {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Takes the lock. `None` if another tab holds it.
pub(super) async fn take(name: &str) -> Result<Option<Lock>, StorageError> {
    let options = options();
    options.set_if_available(true);
    request(name, &options).await
}

fn options() -> LockOptions {
    js_sys::Object::new().unchecked_into()
}

async fn request(name: &str, options: &LockOptions) -> Result<Option<Lock>, StorageError> {
    let window = web_sys::window().ok_or_else(|| unavailable("there is no window"))?;
    let locks = window
        .navigator()
        .unchecked_into::<WithLocks>()
        .locks()
        .ok_or_else(|| unavailable("there are no Web Locks here"))?;
    let mut answer = None;
    let answered = Promise::new(&mut |resolve, _| answer = Some(resolve));
    // Whoever waits does so to the end: a lock that is granted to nobody would stay.
    let callback = Closure::once(move |lock: JsValue| -> JsValue {
        let (mut release, mut held) = (JsValue::UNDEFINED, JsValue::UNDEFINED);
        if !lock.is_null() {
            // The lock is held until this promise resolves.
            held = Promise::new(&mut |resolve, _| release = resolve.into()).into();
        }
        if let Some(answer) = answer {
            // The function that resolves a promise does not throw.
            let _ = answer.call1(&JsValue::UNDEFINED, &release);
        }
        held
    });
    let over = locks.request(name, options, callback.as_ref().unchecked_ref());
    // It is over without an answer only if it failed.
    let first = over.map(|over| Promise::race(&Array::of2(&answered, &over)));
    let release = settled(first).await?;
    Ok(release.dyn_into().ok().map(|release| Lock { release }))
}
