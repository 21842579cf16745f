//! Dialogs of the browser, which are opened and closed by methods that web-sys has no type for here.

use js_sys::{Function, Reflect};
use wasm_bindgen::JsCast;
use web_sys::Element;
use yew::prelude::*;

/// Calls a method of a dialog. Returns whether that was possible.
pub(crate) fn call(dialog: &NodeRef, method: &str) -> bool {
    let Some(dialog) = dialog.cast::<Element>() else { return false };
    let method = Reflect::get(&dialog, &method.into()).ok();
    let method = method.and_then(|method| method.dyn_into::<Function>().ok());
    method.is_some_and(|method| method.call0(&dialog).is_ok())
}

/// Closes a dialog.
pub(crate) fn close_on(dialog: &NodeRef) -> Callback<MouseEvent> {
    let dialog = dialog.clone();
    Callback::from(move |_: MouseEvent| {
        call(&dialog, "close");
    })
}
