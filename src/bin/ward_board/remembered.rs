//! Who was signed in on this tab, so that a reload of the page need not ask.
//!
//! Only who it was is kept, never a token or a password: with a server that wants one, the user is asked again.
//! Until that server answers, what the user left unsent can be shown.

use js_sys::JSON;
use wasm_bindgen::JsValue;
use web_sys::Storage;

use crate::request::{Fields, object};

/// Where it is kept: for this tab, until it is closed.
const KEY: &str = "ward-board-user";

/// A user as far as the page knows without asking the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KnownUser {
    pub(crate) id: String,
    pub(crate) name: String,
}

impl KnownUser {
    /// Somebody of whom only the id is known.
    pub(crate) fn named(id: &str) -> Self {
        Self { id: id.to_owned(), name: id.to_owned() }
    }

    /// The user with this id: with the name, if it is the one who was signed in last.
    pub(crate) fn find(id: Option<&str>) -> Option<Self> {
        let last = recall();
        match id {
            None => last,
            Some(id) => last.filter(|last| last.id == id).or_else(|| Some(Self::named(id))),
        }
    }

    /// Whether it is the user who was signed in on this tab last.
    pub(crate) fn was_here(&self) -> bool {
        recall().is_some_and(|last| last.id == self.id)
    }
}

/// Keeps who is signed in. A browser that keeps nothing asks again after a reload.
pub(crate) fn remember(user: &KnownUser) {
    let _ = keep(user);
}

fn keep(user: &KnownUser) -> Result<(), JsValue> {
    let fields = object(&[("id", (&*user.id).into()), ("name", (&*user.name).into())])?;
    match storage() {
        Some(storage) => storage.set_item(KEY, &String::from(JSON::stringify(&fields)?)),
        None => Ok(()),
    }
}

/// Nobody is signed in any more.
pub(crate) fn forget() {
    if let Some(storage) = storage() {
        // It fails where nothing could be kept either.
        let _ = storage.remove_item(KEY);
    }
}

fn recall() -> Option<KnownUser> {
    let text = storage()?.get_item(KEY).ok()??;
    let fields = Fields::parse(&text)?;
    Some(KnownUser { id: fields.text("id")?, name: fields.text("name")? })
}

fn storage() -> Option<Storage> {
    web_sys::window()?.session_storage().ok()?
}
