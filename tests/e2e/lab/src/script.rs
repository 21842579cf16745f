//! The functions on `window.lab`. What they return is JSON text.

#![expect(unreachable_pub, reason = "wasm-bindgen exports public functions only")]

use wasm_bindgen::prelude::wasm_bindgen;
use yew::platform::spawn_local;
use yewdux_socket::{OrganizationId, SocketManager};

use crate::mark::LabMark;
use crate::record;

/// Emits `count` marks, numbered from `first`.
#[wasm_bindgen]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "numbers of JavaScript"
)]
pub fn emit(organization: &str, from: &str, first: f64, count: f64) {
    let organization = OrganizationId::from(organization);
    let first = first as u64;
    for sequence in first..first + count as u64 {
        let mark = LabMark { sequence, from: from.to_owned() };
        let emitted = manager().map(|manager| manager.emit(&organization, &mark));
        match emitted {
            Some(Ok(delivery)) => spawn_local(async move {
                let outcome = delivery.await;
                record::with(|record| record.settle(outcome.code(), sequence));
            }),
            Some(Err(error)) => record::with(|record| record.settle(error.code(), sequence)),
            None => record::with(|record| record.settle("not_mounted", sequence)),
        }
    }
}

/// The sequence numbers that came in of an organization, in their order.
#[wasm_bindgen]
pub fn received(organization: &str) -> String {
    record::with(|record| record.received(organization)).to_string()
}

/// What became of the emitted marks: sequence numbers by outcome.
#[wasm_bindgen]
pub fn outcomes() -> String {
    record::with(|record| record.outcomes()).to_string()
}

/// The slices and the counts, in short.
#[wasm_bindgen]
pub fn state() -> String {
    record::with(|record| record.state()).to_string()
}

/// What the client counted.
#[wasm_bindgen]
pub fn metrics() -> String {
    let metrics = manager().map(|manager| manager.performance_metrics());
    serde_json::to_string(&metrics).unwrap_or_default()
}

/// Connects anew, at once.
#[wasm_bindgen]
pub fn connect() {
    if let Some(manager) = manager() {
        // The outcome is in the slice.
        drop(manager.reconnect());
    }
}

/// Disconnects until [`connect`].
#[wasm_bindgen]
pub fn disconnect() {
    if let Some(manager) = manager() {
        manager.disconnect();
    }
}

/// Ends the sign-in.
#[wasm_bindgen(js_name = signOut)]
pub fn sign_out() {
    if let Some(manager) = manager() {
        manager.sign_out();
    }
}

/// Mounts the provider or takes it out of the page.
#[wasm_bindgen]
pub fn mount(mounted: bool) {
    if let Some(mount) = record::with(|record| record.mount.clone()) {
        mount.emit(mounted);
    }
}

fn manager() -> Option<SocketManager> {
    record::with(|record| record.manager.clone())
}
