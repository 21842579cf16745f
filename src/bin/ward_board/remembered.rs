//! Who was signed in on this tab, so that a reload of the page need not ask.
//!
//! Only who it was is kept, never a token or a password: with a server that wants one, the user is asked again.
//! Until that server answers, what the user left unsent can be shown.

use serde::{Deserialize, Serialize};
use web_sys::Storage;

/// Where it is kept: for this tab, until it is closed.
const KEY: &str = "ward-board-user";

/// A user as far as the page knows without asking the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    if let (Some(storage), Ok(text)) = (storage(), serde_json::to_string(user)) {
        let _ = storage.set_item(KEY, &text);
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
    serde_json::from_str(&text).ok()
}

fn storage() -> Option<Storage> {
    web_sys::window()?.session_storage().ok()?
}
