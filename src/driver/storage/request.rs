//! IndexedDB's events as futures, and the browser's refusals as errors.

use futures::StreamExt;
use futures::channel::mpsc;
use gloo_events::EventListener;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{EventTarget, IdbRequest, IdbTransaction};
use yewdux_socket_core::error::StorageError;

/// Waits for the first of some events. Nobody listens any more once this is dropped.
async fn first_of(target: &EventTarget, names: [&'static str; 2]) -> Option<&'static str> {
    let (sender, mut receiver) = mpsc::unbounded();
    let _listeners = names.map(|name| {
        let sender = sender.clone();
        EventListener::once(target, name, move |_| {
            // An error means that nobody waits.
            let _ = sender.unbounded_send(name);
        })
    });
    receiver.next().await
}

/// Waits for the result of a request. It must be polled in the task that made the request, before its events come.
pub(super) async fn result(request: &IdbRequest) -> Result<JsValue, StorageError> {
    first_of(request, ["success", "error"]).await;
    match request.error() {
        Ok(Some(error)) => Err(refusal(&error)),
        Ok(None) => request.result().map_err(|error| refusal(&error)),
        Err(error) => Err(refusal(&error)),
    }
}

/// Waits until a transaction is on disk, or undone.
///
/// A request that fails undoes its transaction, so it is enough to look at the end: a full disk is noticed
/// only there.
pub(super) async fn finished(transaction: &IdbTransaction) -> Result<(), StorageError> {
    if first_of(transaction, ["complete", "abort"]).await == Some("complete") {
        return Ok(());
    }
    Err(transaction
        .error()
        .map_or_else(|| unavailable("the transaction was aborted"), |error| refusal(&error)))
}

/// What an exception of the browser means.
pub(super) fn refusal(error: &JsValue) -> StorageError {
    // A `DOMException` is an `Error` too.
    let Some(error) = error.dyn_ref::<js_sys::Error>() else {
        return unavailable("something was thrown that is no error");
    };
    let name = String::from(error.name());
    match name.as_str() {
        "QuotaExceededError" => StorageError::Full,
        "VersionError" => StorageError::NewerVersion,
        _ => StorageError::Unavailable { reason: format!("{name}: {}", error.message()) },
    }
}

pub(super) fn unavailable(reason: &str) -> StorageError {
    StorageError::Unavailable { reason: reason.to_owned() }
}
