//! The extension's object in the page.

use js_sys::{Array, Function, JSON, Reflect};
use serde_json::Value;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};

/// Where the extension is found.
const EXTENSION: &str = "__REDUX_DEVTOOLS_EXTENSION__";

/// What the extension says that matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Command {
    /// Somebody looks.
    Start,
    /// Nobody looks any more.
    Stop,
    /// Recording is paused, or goes on.
    Pause(bool),
    /// The present state is to be the beginning.
    Commit,
}

impl Command {
    /// Reads a message. `None` for all that would change state.
    fn of(message: &JsValue) -> Option<Self> {
        let kind = get(message, "type")?.as_string()?;
        match &*kind {
            "START" => return Some(Self::Start),
            "STOP" => return Some(Self::Stop),
            "DISPATCH" => {}
            _ => return None,
        }
        let payload = get(message, "payload")?;
        match &*get(&payload, "type")?.as_string()? {
            "PAUSE_RECORDING" => Some(Self::Pause(get(&payload, "status")?.is_truthy())),
            "COMMIT" => Some(Self::Commit),
            _ => None,
        }
    }
}

/// An instance in the extension. Dropping it ends the listening.
#[must_use = "commands are heard until this is dropped"]
pub(super) struct Instance {
    connection: JsValue,
    _listener: Closure<dyn FnMut(JsValue)>,
}

impl Instance {
    /// Makes an instance, if the page has the extension.
    pub(super) fn connect(
        options: &Value,
        mut obey: impl FnMut(Command) + 'static,
    ) -> Option<Self> {
        if !cfg!(target_arch = "wasm32") {
            return None;
        }
        let extension = get(&js_sys::global(), EXTENSION)?;
        let connection = call(&extension, "connect", &[&to_js(options)?])?;
        let listener = Closure::<dyn FnMut(JsValue)>::new(move |message: JsValue| {
            if let Some(command) = Command::of(&message) {
                obey(command);
            }
        });
        call(&connection, "subscribe", &[listener.as_ref()])?;
        Some(Self { connection, _listener: listener })
    }

    /// Shows a state as the beginning.
    pub(super) fn init(&self, state: &Value) {
        if let Some(state) = to_js(state) {
            call(&self.connection, "init", &[&state]);
        }
    }

    /// Shows what happened, and the state after it.
    pub(super) fn send(&self, action: &Value, state: &Value) {
        if let (Some(action), Some(state)) = (to_js(action), to_js(state)) {
            call(&self.connection, "send", &[&action, &state]);
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        call(&self.connection, "unsubscribe", &[]);
    }
}

/// A property that is there.
fn get(object: &JsValue, name: &str) -> Option<JsValue> {
    let value = Reflect::get(object, &name.into()).ok()?;
    (!value.is_undefined() && !value.is_null()).then_some(value)
}

/// Calls a method. `None` if there is none, or if it fails: developer tools must not stop an application.
fn call(object: &JsValue, method: &str, arguments: &[&JsValue]) -> Option<JsValue> {
    let function: Function = get(object, method)?.dyn_into().ok()?;
    let arguments: Array = arguments.iter().copied().collect();
    function.apply(object, &arguments).ok()
}

fn to_js(value: &Value) -> Option<JsValue> {
    JSON::parse(&value.to_string()).ok()
}
