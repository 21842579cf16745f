//! The head of the page: what it is, whose it is, and how it is connected.

use yew::prelude::*;
use yewdux_socket::{EventQueueSlice, Membership, OrganizationId, use_slice};

use crate::connection_panel::ConnectionPanel;
use crate::icons::{Icon, icon};
use crate::organization_switch::OrganizationSwitch;
use crate::page::{focus, focused};
use crate::words::{count, initials};

/// The id of the button that asks to sign out.
const SIGN_OUT: &str = "sign-out";

/// Properties of [`Header`].
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct HeaderProps {
    /// The name of the user.
    pub(crate) name: AttrValue,
    pub(crate) memberships: Vec<Membership>,
    pub(crate) open: Option<OrganizationId>,
    pub(crate) on_open: Callback<OrganizationId>,
    pub(crate) on_sign_out: Callback<()>,
}

/// The head of the page. Signing out with unsent changes asks first, because they would be lost.
#[component]
pub(crate) fn Header(props: &HeaderProps) -> Html {
    let unsent = use_slice(|queue: &EventQueueSlice| queue.queued_events.len());
    let asking = use_state_eq(|| false);

    let sign_out = {
        let (asking, on_sign_out) = (asking.setter(), props.on_sign_out.clone());
        Callback::from(
            move |_: MouseEvent| if unsent == 0 { on_sign_out.emit(()) } else { asking.set(true) },
        )
    };
    let is_asking = *asking && unsent > 0;
    let asked = use_mut_ref(|| false);
    use_effect_with(is_asking, {
        let asking = asking.setter();
        move |is_asking| {
            let was_asking = asked.replace(*is_asking);
            if was_asking && !is_asking {
                // It may have gone because nothing is unsent any more.
                asking.set(false);
                if focused().is_none() {
                    focus(SIGN_OUT);
                }
            }
        }
    });
    let confirm = props.on_sign_out.reform(|_: MouseEvent| ());
    let stay = {
        let asking = asking.setter();
        Callback::from(move |_: MouseEvent| asking.set(false))
    };
    html! {
        <header class="header">
            <div class="header__bar">
                <p class="brand">{ icon(Icon::Logo) }<span>{ "Ward board" }</span></p>
                <OrganizationSwitch
                    memberships={props.memberships.clone()}
                    open={props.open.clone()}
                    on_open={props.on_open.clone()}
                />
                <ConnectionPanel />
                <div class="account">
                    <span class="avatar" aria-hidden="true">{ initials(&props.name) }</span>
                    <span class="account__name"><span class="visually-hidden">{ "Signed in as " }</span><bdi>{ &props.name }</bdi></span>
                    <button type="button" class="button button--quiet" id={SIGN_OUT} onclick={sign_out}>
                        { icon(Icon::SignOut) }<span class="account__sign-out">{ "Sign out" }</span>
                    </button>
                </div>
            </div>
            if is_asking {
                <div class="header__question" role="alert">
                    <p>
                        { format!("{} not been sent yet and would be lost.", count(unsent, "change has", "changes have")) }
                    </p>
                    <button type="button" class="button button--primary" onclick={stay}>{ "Stay" }</button>
                    <button type="button" class="button" onclick={confirm}>{ "Sign out and lose them" }</button>
                </div>
            }
        </header>
    }
}
