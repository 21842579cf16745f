//! Who is online, as a list.

mod person;
mod scroller;
mod window;

use std::sync::Arc;

use yew::prelude::*;
use yewdux_socket_core::{OrganizationId, UserPresence};

use crate::hooks::{Online, use_own_id, use_slice};
use crate::slices::PresenceSlice;
use person::Person;
use scroller::Scroller;
use window::View;

/// Properties of [`PresenceList`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct PresenceListProps {
    /// The organization whose users are listed.
    pub organization: OrganizationId,
    /// The accessible name of the list. Default: "Online now".
    #[prop_or(AttrValue::Static("Online now"))]
    pub label: AttrValue,
    /// Makes what stands in a user's row; it is called again only if that user's presence, or the callback itself, is
    /// another one. Default: initials, name, number of connections.
    #[prop_or_default]
    pub describe: Option<Callback<Arc<UserPresence>, Html>>,
}

/// The users online in an organization, each once. The list has `data-organization`, its items have
/// `data-user-id`.
///
/// Of more than 100 users, only those in view and some around them are in the page. The list scrolls by itself then, in
/// an element with the class `ys-presence-view` that can have the focus, to be scrolled by the keyboard. It is
/// `--ys-presence-height` high, 24rem by default; any length will do. Items have `aria-setsize` and `aria-posinset`. Their
/// height is measured, and should be the same for all of them.
///
/// A row is rendered again only if its user's presence changed, the list only if somebody came, went or changed in view.
///
/// # Server-side rendering
/// An empty list.
#[component]
pub fn PresenceList(props: &PresenceListProps) -> Html {
    let own = use_own_id();
    let scroller = use_memo((), |()| Scroller::default());
    let view = use_state_eq(View::default);
    let online = use_slice({
        let (organization, view) = (props.organization.clone(), *view);
        move |slice: &PresenceSlice| Online {
            presence: slice.presence.clone(),
            organization: organization.clone(),
            without: None,
            range: view.range(slice.presence.online_count(&organization)),
        }
    });
    let count = online.count();
    let gaps = view.gaps(count);
    let is_long = gaps.is_some();
    use_effect_with(gaps, {
        let (scroller, view) = (scroller.clone(), view.setter());
        move |gaps| scroller.lay_out(*gaps, Callback::from(move |now| view.set(now)))
    });
    let item = |(position, user): (usize, &Arc<UserPresence>)| {
        let id = user.user_id.to_string();
        html! {
            <li
                key={id.clone()}
                class="ys-presence__item"
                data-user-id={id}
                aria-setsize={is_long.then(|| count.to_string())}
                aria-posinset={is_long.then(|| position.to_string())}
            >
                <Person
                    user={user.clone()}
                    is_self={own.as_ref() == Some(&user.user_id)}
                    describe={props.describe.clone()}
                />
            </li>
        }
    };
    html! {
        <div
            ref={scroller.nodes.view.clone()}
            class="ys-presence-view"
            role={is_long.then_some("group")}
            aria-label={is_long.then(|| props.label.clone())}
            tabindex={is_long.then_some("0")}
        >
            <ul
                ref={scroller.nodes.list.clone()}
                class="ys-presence"
                aria-label={props.label.clone()}
                data-organization={props.organization.to_string()}
            >
                { for (online.range.start + 1..).zip(online.users()).map(item) }
            </ul>
        </div>
    }
}
