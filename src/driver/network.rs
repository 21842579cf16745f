//! What the browser says about the network connection.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::EventTarget;

use crate::slices::NetworkInformation;

/// What the browser says now. `None` where it says nothing.
pub(super) fn read() -> Option<NetworkInformation> {
    let connection = connection()?;
    let property = |name| js_sys::Reflect::get(&connection, &JsValue::from_str(name)).ok();
    Some(NetworkInformation {
        effective_type: property("effectiveType").and_then(|value| value.as_string()),
        downlink: property("downlink").and_then(|value| value.as_f64()),
        rtt: property("rtt").and_then(|value| value.as_f64()),
        save_data: property("saveData").and_then(|value| value.as_bool()),
    })
}

/// `navigator.connection`, which tells of changes by events.
pub(super) fn connection() -> Option<EventTarget> {
    if !cfg!(target_arch = "wasm32") {
        return None;
    }
    let navigator = web_sys::window()?.navigator();
    js_sys::Reflect::get(&navigator, &JsValue::from_str("connection")).ok()?.dyn_into().ok()
}
