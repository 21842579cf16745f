//! What a row says of a user.

use std::sync::Arc;

use yew::prelude::*;
use yewdux_socket_core::UserPresence;

/// Properties of [`Person`]: cheap to compare, the very same user first of all.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct PersonProps {
    pub(super) user: Arc<UserPresence>,
    pub(super) is_self: bool,
    pub(super) describe: Option<Callback<Arc<UserPresence>, Html>>,
}

/// Initials, name, and the number of connections if there are several; or what the application says.
#[component]
pub(super) fn Person(props: &PersonProps) -> Html {
    let user = &props.user;
    if let Some(describe) = &props.describe {
        return describe.emit(user.clone());
    }
    html! {
        <>
            <span class="ys-presence__avatar" aria-hidden="true">{ initials(&user.user.name) }</span>
            <span class="ys-presence__name">
                <bdi>{ &user.user.name }</bdi>
                if props.is_self {
                    <span class="ys-presence__self">{ " (you)" }</span>
                }
            </span>
            if user.socket_count > 1 {
                <span
                    class="ys-presence__sockets"
                    role="img"
                    aria-label={format!("{} open connections", user.socket_count)}
                    title="Open connections"
                >
                    { format!("{}×", user.socket_count) }
                </span>
            }
        </>
    }
}

fn initials(name: &str) -> String {
    capitals(name.split_whitespace().filter_map(|word| word.chars().next()).take(2).collect())
}

/// The browser knows the capitals of all scripts; a second table of them would be part of every page.
#[cfg(target_arch = "wasm32")]
fn capitals(text: String) -> String {
    js_sys::JsString::from(text).to_upper_case().into()
}

#[cfg(not(target_arch = "wasm32"))]
#[expect(clippy::needless_pass_by_value, reason = "as in the browser")]
fn capitals(text: String) -> String {
    text.to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::initials;

    #[test]
    fn initials_are_two_capitals_at_most() {
        assert_eq!(initials("ana maria Lindqvist"), "AM");
        assert_eq!(initials("örn"), "Ö");
        assert_eq!(initials(""), "");
    }
}
