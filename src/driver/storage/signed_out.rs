//! Whose records are to be erased, noted at once in `localStorage`: erasing takes the browser a moment, and who signs
//! out may leave the page with the next step. What is noted here is erased before anything is loaded.

const PREFIX: &str = "yewdux-socket signed out ";

/// `None` where the browser refuses it: then only the erasing itself remains.
fn notes() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}

/// The records of this owner are still to be erased.
pub(super) fn note(owner: &str) {
    let noted = notes().map(|notes| notes.set_item(&format!("{PREFIX}{owner}"), ""));
    if !matches!(noted, Some(Ok(()))) {
        tracing::warn!("a sign-out could not be noted for the next page");
    }
}

/// They are erased.
pub(super) fn forget(owner: &str) {
    if let Some(notes) = notes() {
        // A note too many costs an erasing of nothing.
        let _ = notes.remove_item(&format!("{PREFIX}{owner}"));
    }
}

/// Whose records are still to be erased.
pub(super) fn owners() -> Vec<String> {
    let Some(notes) = notes() else { return Vec::new() };
    let keys = (0..notes.length().unwrap_or(0)).filter_map(|index| notes.key(index).ok().flatten());
    keys.filter_map(|key| key.strip_prefix(PREFIX).map(str::to_owned)).collect()
}
