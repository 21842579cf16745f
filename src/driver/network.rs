//! What the browser says about the network connection.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::EventTarget;

/// What the browser says about the network connection (the Network Information API). Not every browser does.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct NetworkInformation {
    /// The class of the connection by its speed: `slow-2g`, `2g`, `3g` or `4g`.
    pub effective_type: Option<String>,
    /// Bandwidth in megabits a second, rounded.
    pub downlink: Option<f64>,
    /// Round-trip time in milliseconds, rounded to 25.
    pub rtt: Option<f64>,
    /// Whether the user asked for less data.
    pub save_data: Option<bool>,
}

impl NetworkInformation {
    /// What the browser says now. `None` where it says nothing.
    pub(super) fn read() -> Option<Self> {
        let connection = connection()?;
        let property = |name| js_sys::Reflect::get(&connection, &JsValue::from_str(name)).ok();
        Some(Self {
            effective_type: property("effectiveType").and_then(|value| value.as_string()),
            downlink: property("downlink").and_then(|value| value.as_f64()),
            rtt: property("rtt").and_then(|value| value.as_f64()),
            save_data: property("saveData").and_then(|value| value.as_bool()),
        })
    }
}

/// `navigator.connection`, which tells of changes by events.
pub(super) fn connection() -> Option<EventTarget> {
    if !cfg!(target_arch = "wasm32") {
        return None;
    }
    let navigator = web_sys::window()?.navigator();
    js_sys::Reflect::get(&navigator, &JsValue::from_str("connection")).ok()?.dyn_into().ok()
}
