//! A text as a file that the browser saves.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

/// How long the browser may take to begin with saving.
const PATIENCE_MS: u32 = 10_000;

/// A file that is being saved. Dropping it frees its text and ends its timer.
struct Download {
    url: String,
    _timer: Timeout,
}

impl Drop for Download {
    fn drop(&mut self) {
        // It can only fail where there is no URL to revoke.
        let _ = Url::revoke_object_url(&self.url);
    }
}

/// Holds the latest file until it is saved, or the component is gone.
#[derive(Default, Clone)]
pub(super) struct Downloads(Rc<RefCell<Option<Download>>>);

impl Downloads {
    /// Lets the browser save a text under a name. Nothing of it is written into the page.
    pub(super) fn save(&self, name: &str, text: &str) -> Result<(), JsValue> {
        let kind = BlobPropertyBag::new();
        kind.set_type("application/jsonl");
        let parts = Array::of1(&text.into());
        let blob = Blob::new_with_str_sequence_and_options(&parts, &kind)?;
        let url = Url::create_object_url_with_blob(&blob)?;
        let held = Rc::downgrade(&self.0);
        let timer = Timeout::new(PATIENCE_MS, move || {
            if let Some(held) = held.upgrade() {
                drop(held.take());
            }
        });
        let document = web_sys::window().and_then(|window| window.document());
        let document = document.ok_or(JsValue::NULL)?;
        let link: HtmlAnchorElement = document.create_element("a")?.unchecked_into();
        link.set_href(&url);
        link.set_download(name);
        drop(self.0.replace(Some(Download { url, _timer: timer })));
        link.click();
        Ok(())
    }
}
