//! The extension Redux DevTools, as a page sees it: its object is put in the place of the real one.

use js_sys::{Array, JSON, Reflect};
use serde_json::Value;
use wasm_bindgen::{JsCast, JsValue};

use super::script;

const FAKE: &str = r"
    const state = { instances: [] };
    window.__REDUX_DEVTOOLS_EXTENSION__ = {
        connect(options) {
            const instance = { options, listeners: [], log: [] };
            state.instances.push(instance);
            return {
                subscribe: listener => { instance.listeners.push(listener); return () => {}; },
                unsubscribe: () => { instance.listeners = []; },
                init: state => { instance.log.push({ type: '@@INIT', action: null, state }); },
                send: (action, state) => { instance.log.push({ type: action.type, action, state }); },
            };
        },
    };
    state.tell = (instance, message) => instance.listeners.forEach(listener => listener(message));
    return state;
";

/// Takes what the page shows of its sockets. Dropping it takes the extension away.
#[must_use = "the extension is gone as soon as this is dropped"]
pub struct FakeDevTools(JsValue);

impl FakeDevTools {
    pub fn install() -> Self {
        Self(script("", FAKE).call0(&JsValue::NULL).unwrap())
    }

    fn instances(&self) -> Array {
        Reflect::get(&self.0, &"instances".into()).unwrap().unchecked_into()
    }

    fn json(&self, index: u32, of: &str) -> Value {
        let value = Reflect::get(&self.instances().get(index), &of.into()).unwrap();
        serde_json::from_str(&String::from(JSON::stringify(&value).unwrap())).unwrap()
    }

    /// How many instances were made.
    pub fn count(&self) -> usize {
        self.instances().length() as usize
    }

    /// The options of an instance.
    pub fn options(&self, index: u32) -> Value {
        self.json(index, "options")
    }

    /// What an instance was shown: `type`, `action` and `state` of each message. The beginning has the type `@@INIT`.
    pub fn shown(&self, index: u32) -> Vec<Value> {
        self.json(index, "log").as_array().unwrap().clone()
    }

    /// The names of the messages.
    pub fn names(&self, index: u32) -> Vec<String> {
        let name = |message: &Value| message["type"].as_str().unwrap().to_owned();
        self.shown(index).iter().map(name).collect()
    }

    /// Says something to an instance.
    pub fn tell(&self, index: u32, message: &str) {
        let message = JSON::parse(message).unwrap();
        script("state, instance, message", "state.tell(instance, message)")
            .call3(&JsValue::NULL, &self.0, &self.instances().get(index), &message)
            .unwrap();
    }

    /// Its window is opened.
    pub fn start(&self, index: u32) {
        self.tell(index, r#"{"type":"START"}"#);
    }

    /// How many listen to an instance.
    pub fn listeners(&self, index: u32) -> usize {
        self.json(index, "listeners").as_array().unwrap().len()
    }
}

impl Drop for FakeDevTools {
    fn drop(&mut self) {
        script("", "delete window.__REDUX_DEVTOOLS_EXTENSION__").call0(&JsValue::NULL).unwrap();
    }
}
