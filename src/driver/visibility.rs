//! Whether anybody can see the page.

/// Whether the page is hidden: then there are no animation frames.
pub(super) fn is_hidden() -> bool {
    web_sys::window().and_then(|window| window.document()).is_some_and(|document| document.hidden())
}
