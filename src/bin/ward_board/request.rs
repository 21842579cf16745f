//! Requests with JSON there and back. The browser makes them, and it reads and writes the JSON: for the few fields that the
//! demo needs, no code that does has to be downloaded.

use js_sys::{JSON, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, RequestInit, Response};
use yewdux_socket::Token;

/// Asks for something.
pub(crate) async fn get(address: &str, signal: &AbortSignal) -> Result<Answer, JsValue> {
    send(address, &RequestInit::new(), signal).await
}

/// Hands something in, in the name of whose token it is.
pub(crate) async fn post(
    address: &str,
    token: Option<&Token>,
    body: &[(&str, JsValue)],
    signal: &AbortSignal,
) -> Result<Answer, JsValue> {
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_body(&JSON::stringify(&object(body)?)?.into());
    let mut headers = vec![("content-type", JsValue::from("application/json"))];
    headers.extend(token.map(|it| ("authorization", format!("Bearer {}", it.reveal()).into())));
    init.set_headers(&object(&headers)?);
    send(address, &init, signal).await
}

async fn send(address: &str, init: &RequestInit, signal: &AbortSignal) -> Result<Answer, JsValue> {
    init.set_signal(Some(signal));
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let response = JsFuture::from(window.fetch_with_str_and_init(address, init)).await?;
    Ok(Answer(response.unchecked_into()))
}

/// An object of JavaScript with these fields.
pub(crate) fn object(fields: &[(&str, JsValue)]) -> Result<JsValue, JsValue> {
    let object = Object::new();
    for (name, value) in fields {
        Reflect::set(&object, &JsValue::from(*name), value)?;
    }
    Ok(object.into())
}

/// What came back.
pub(crate) struct Answer(Response);

impl Answer {
    /// Whether the status is a good one.
    pub(crate) fn is_ok(&self) -> bool {
        self.0.ok()
    }

    /// The status.
    pub(crate) fn status(&self) -> u16 {
        self.0.status()
    }

    /// The body, once it is there.
    pub(crate) async fn text(&self) -> Result<String, JsValue> {
        JsFuture::from(self.0.text()?).await.map(|text| text.as_string().unwrap_or_default())
    }

    /// The body's fields.
    pub(crate) async fn fields(&self) -> Result<Fields, JsValue> {
        JsFuture::from(self.0.json()?).await.map(Fields)
    }
}

/// The fields of something that came as JSON.
pub(crate) struct Fields(JsValue);

impl Fields {
    /// The fields of a text that is JSON.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        JSON::parse(text).ok().map(Self)
    }

    fn get(&self, name: &str) -> JsValue {
        // What is no object has no fields.
        Reflect::get(&self.0, &name.into()).unwrap_or(JsValue::UNDEFINED)
    }

    /// A text.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.get(name).as_string()
    }

    /// A number.
    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        self.get(name).as_f64()
    }

    /// Whether a flag is set.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.get(name).as_bool() == Some(true)
    }
}
