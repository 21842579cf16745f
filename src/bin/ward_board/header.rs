//! The head of the page: what it is, whose it is, and how it is connected.

use yew::prelude::*;
use yewdux_socket::{Membership, OrganizationId};

use crate::connection_panel::ConnectionPanel;
use crate::icons::{Icon, icon};
use crate::organization_switch::OrganizationSwitch;
use crate::sign_out::SignOut;
use crate::words::initials;

/// What the head says.
pub(crate) struct Header<'a> {
    /// The name of the user.
    pub(crate) name: &'a str,
    /// The sign-in has ended: nobody is signed in.
    pub(crate) has_ended: bool,
    pub(crate) memberships: &'a [Membership],
    pub(crate) open: Option<&'a Membership>,
    pub(crate) on_open: Callback<OrganizationId>,
    pub(crate) on_sign_out: Callback<()>,
}

/// The head of the page.
pub(crate) fn header(props: &Header<'_>) -> Html {
    html! {
        <header class="header">
            <div class="header__bar">
                <p class="brand">{ icon(Icon::Logo) }<span>{ "Ward board" }</span></p>
                <OrganizationSwitch
                    memberships={props.memberships.to_vec()}
                    open={props.open.map(|open| open.id.clone())}
                    on_open={props.on_open.clone()}
                />
                <ConnectionPanel has_ended={props.has_ended} />
                if !props.has_ended {
                    <div class="account">
                        <span class="avatar" aria-hidden="true">{ initials(props.name) }</span>
                        <span class="account__name"><span class="visually-hidden">{ "Signed in as " }</span><bdi>{ props.name }</bdi></span>
                        <SignOut on_sign_out={props.on_sign_out.clone()} />
                    </div>
                }
            </div>
        </header>
    }
}
