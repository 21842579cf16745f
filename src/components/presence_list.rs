//! Who is online, as a list.

use yew::prelude::*;
use yewdux_socket_core::{OrganizationId, UserPresence};

use crate::hooks::{use_own_id, use_presence};

/// Properties of [`PresenceList`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct PresenceListProps {
    /// The organization whose users are listed.
    pub organization: OrganizationId,
    /// The accessible name of the list. Default: "Online now".
    #[prop_or(AttrValue::Static("Online now"))]
    pub label: AttrValue,
}

/// The users online in an organization, each once. The list has `data-organization`, its items have
/// `data-user-id`.
///
/// # Server-side rendering
/// An empty list.
#[component]
pub fn PresenceList(props: &PresenceListProps) -> Html {
    let presence = use_presence(&props.organization);
    let own = use_own_id();
    html! {
        <ul class="ys-presence" aria-label={props.label.clone()} data-organization={props.organization.to_string()}>
            { for presence.users.iter().map(|user| item(user, own.as_ref() == Some(&user.user_id))) }
        </ul>
    }
}

fn item(user: &UserPresence, is_self: bool) -> Html {
    let id = user.user_id.to_string();
    html! {
        <li key={id.clone()} class="ys-presence__item" data-user-id={id}>
            <span class="ys-presence__avatar" aria-hidden="true">{ initials(&user.user.name) }</span>
            <span class="ys-presence__name">
                <bdi>{ &user.user.name }</bdi>
                if is_self {
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
        </li>
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
