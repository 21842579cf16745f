//! What the browser tells a page about itself, told by the test.

use js_sys::Reflect;
use wasm_bindgen::JsValue;
use web_sys::{Event, EventTarget};

use super::browser::script;

/// Dispatches an event without detail at the window.
pub fn dispatch(name: &str) {
    let window: EventTarget = web_sys::window().unwrap().into();
    window.dispatch_event(&Event::new(name).unwrap()).unwrap();
}

/// Dispatches an event without detail at the document.
pub fn dispatch_at_document(name: &str) {
    let document = web_sys::window().unwrap().document().unwrap();
    document.dispatch_event(&Event::new(name).unwrap()).unwrap();
}

/// The page is shown: `persisted` if it comes out of the back/forward cache.
pub fn page_is_shown(persisted: bool) {
    script("persisted", "dispatchEvent(new PageTransitionEvent('pageshow', { persisted }))")
        .call1(&JsValue::NULL, &persisted.into())
        .unwrap();
}

/// Whether the browser would ask before the page is left now.
pub fn asks_before_leaving() -> bool {
    let ask = "const event = new Event('beforeunload', { cancelable: true });
        dispatchEvent(event);
        return event.defaultPrevented;";
    script("", ask).call0(&JsValue::NULL).unwrap().as_bool().unwrap()
}

/// A page that says it is hidden. Dropping this shows it again; neither is told by an event.
#[must_use = "the page is visible as soon as this is dropped"]
pub struct Hidden(());

impl Hidden {
    pub fn hide() -> Self {
        let hide = "Object.defineProperty(document, 'hidden', { value: true, configurable: true })";
        script("", hide).call0(&JsValue::NULL).unwrap();
        Self(())
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        script("", "delete document.hidden").call0(&JsValue::NULL).unwrap();
    }
}

/// `navigator.connection`, which Chromium has. Dropping this puts back what was changed.
#[must_use = "what was changed is put back as soon as this is dropped"]
pub struct Network(JsValue);

impl Network {
    pub fn take() -> Self {
        Self(script("", "return navigator.connection").call0(&JsValue::NULL).unwrap())
    }

    /// What the browser says of a property now.
    pub fn says(&self, property: &str) -> JsValue {
        Reflect::get(&self.0, &property.into()).unwrap()
    }

    /// From now on it says this, and tells the page so.
    pub fn change(&self, property: &str, value: &JsValue) {
        let change = "Object.defineProperty(connection, property, { value, configurable: true });
            connection.dispatchEvent(new Event('change'));";
        script("connection, property, value", change)
            .call3(&JsValue::NULL, &self.0, &property.into(), value)
            .unwrap();
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        let put_back =
            "for (const name of Object.getOwnPropertyNames(connection)) delete connection[name];";
        script("connection", put_back).call1(&JsValue::NULL, &self.0).unwrap();
    }
}
