//! What the browser was asked for, as a future, and its exceptions as errors.
//!
//! Promises, requests and transactions become the same type of future: with each further type, all that waits for it would be
//! in the program once more.

use std::pin::Pin;
use std::task::{Context, Poll};

use js_sys::{Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Event, IdbRequest, IdbTransaction};
use yewdux_socket_core::error::StorageError;

/// Waits for what the browser was asked for. It is listened to from the beginning, not from the first poll: several may be
/// waited for one after the other, and no promise is rejected without anybody who listens.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub(super) struct Pending {
    promise: Result<JsFuture, JsValue>,
    /// What has the result in the place of the promise.
    request: Option<IdbRequest>,
}

impl Future for Pending {
    type Output = Result<JsValue, StorageError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let settled = match &mut self.promise {
            Ok(promise) => Pin::new(promise).poll(context),
            Err(error) => Poll::Ready(Err(error.clone())),
        };
        settled.map(|settled| {
            let value = match &self.request {
                Some(request) => settled.and_then(|_| request.result()),
                None => settled,
            };
            value.map_err(|error| refusal(&error))
        })
    }
}

/// Waits for a promise, if there is one.
pub(super) fn settled(promise: Result<Promise, JsValue>) -> Pending {
    Pending { promise: promise.map(JsFuture::from), request: None }
}

/// Waits for the result of a request, if it could be made. It must be called in the task that made it, before its events come.
pub(super) fn result(request: Result<IdbRequest, JsValue>) -> Pending {
    let end = |request: &IdbRequest| {
        Promise::new(&mut |success, error| {
            request.set_onsuccess(Some(&success));
            request.set_onerror(Some(&error));
        })
    };
    let pending = settled(request.as_ref().map(end).map_err(Clone::clone));
    Pending { request: request.ok(), ..pending }
}

/// Waits until a transaction is on disk, or undone, if all that it is for could be asked for; else undoes it.
///
/// A request that fails undoes its transaction, so it is enough to look at the end: a full disk is noticed
/// only there.
pub(super) fn finished(
    transaction: Result<IdbTransaction, JsValue>,
    ask: impl FnOnce(&IdbTransaction) -> Result<(), JsValue>,
) -> Pending {
    let end = |transaction: IdbTransaction| {
        ask(&transaction).inspect_err(|_| {
            // An error means that it is over already.
            let _ = transaction.abort();
        })?;
        Ok(Promise::new(&mut |complete, abort| {
            transaction.set_oncomplete(Some(&complete));
            transaction.set_onabort(Some(&abort));
        }))
    };
    settled(transaction.and_then(end))
}

/// What an exception of the browser means, or an event that says that something failed.
pub(super) fn refusal(thrown: &JsValue) -> StorageError {
    let error = match thrown.dyn_ref::<Event>().and_then(Event::target) {
        // Without it, nothing failed: the transaction was undone.
        Some(target) => Reflect::get(&target, &"error".into()).unwrap_or_default(),
        None => thrown.clone(),
    };
    // A `DOMException` is an `Error` too.
    let Some(error) = error.dyn_ref::<js_sys::Error>() else {
        return unavailable("it was given up without an error");
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
