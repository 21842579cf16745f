//! The document: its focus, and ids for its elements.

use std::fmt::Write;

use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// The element with the focus, if it is not the page itself.
pub(crate) fn focused() -> Option<HtmlElement> {
    let element = web_sys::window()?.document()?.active_element()?;
    if element.tag_name() == "BODY" { None } else { element.dyn_into().ok() }
}

/// Gives the focus to an element.
pub(crate) fn focus(id: &str) {
    let element = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|page| page.get_element_by_id(id));
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        // It can only fail for an element that cannot be focused.
        let _ = element.focus();
    }
}

/// An id for an element that belongs to something with this name. Names may hold spaces, which lists of ids
/// such as `aria-describedby` take for ends.
pub(crate) fn dom_id(prefix: &str, name: &str) -> String {
    let mut id = format!("{prefix}-");
    for character in name.chars() {
        if character.is_ascii_alphanumeric() || character == '-' {
            id.push(character);
        } else {
            // Writing to a string cannot fail.
            let _ = write!(id, "_{:x}_", u32::from(character));
        }
    }
    id
}

#[cfg(test)]
mod tests {
    use super::dom_id;

    #[test]
    fn ids_hold_no_spaces_and_differ() {
        assert_eq!(dom_id("tab", "north-clinic"), "tab-north-clinic");
        assert_eq!(dom_id("tab", "a b"), "tab-a_20_b");
        assert_ne!(dom_id("tab", "a b"), dom_id("tab", "a_20_b"));
    }
}
