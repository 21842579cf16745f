//! The signed-in user's page: the socket, and what stands on it.

use yew::prelude::*;
use yewdux_socket::event::{Organization, Patient, User};
use yewdux_socket::{
    EntitySlice, Membership, OfflineBanner, OrganizationId, SocketOptions, SocketProvider, Status,
    use_socket, use_unsaved_guard,
};

use crate::board::Board;
use crate::header::Header;
use crate::icons::{Icon, icon};
use crate::journal::Journal;
use crate::server::Server;
use crate::session::Session;
use crate::use_edits::use_edits;

/// Properties of [`Workspace`].
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct WorkspaceProps {
    pub(crate) session: Session,
    pub(crate) on_sign_out: Callback<Server>,
}

/// One sign-in's socket, connected as long as this is on the page.
#[component]
pub(crate) fn Workspace(props: &WorkspaceProps) -> Html {
    let options = use_memo(props.session.clone(), |session| {
        SocketOptions::new(&session.server().address.socket)
            .token(session.token_source())
            .user(session.user())
            .persist()
            .slice::<EntitySlice<Patient>>()
            .slice::<EntitySlice<Organization>>()
            .slice::<EntitySlice<User>>()
            .slice::<Journal>()
    });
    html! {
        <SocketProvider options={(*options).clone()}>
            <Desk session={props.session.clone()} on_sign_out={props.on_sign_out.clone()} />
        </SocketProvider>
    }
}

/// Head and board of the open organization.
#[component]
fn Desk(props: &WorkspaceProps) -> Html {
    let socket = use_socket();
    let edits = use_edits();
    use_unsaved_guard();
    let chosen = use_state_eq(|| None::<OrganizationId>);
    let memberships = socket
        .principal
        .as_ref()
        .map(|principal| principal.organizations.clone())
        .unwrap_or_default();
    let open = memberships
        .iter()
        .find(|membership| Some(&membership.id) == (*chosen).as_ref())
        .or(memberships.first());

    let title =
        open.map_or_else(|| "Ward board".to_owned(), |open| format!("{} · Ward board", open.name));
    use_effect_with(title, |title| {
        if let Some(document) = web_sys::window().and_then(|window| window.document()) {
            document.set_title(title);
        }
    });
    let on_open = {
        let chosen = chosen.setter();
        Callback::from(move |organization| chosen.set(Some(organization)))
    };
    let on_sign_out = {
        let (manager, server) = (socket.manager.clone(), props.session.server().clone());
        props.on_sign_out.reform(move |()| {
            manager.sign_out();
            server.clone()
        })
    };
    html! {
        <>
            <a class="skip-link" href="#main">{ "Skip to the patients" }</a>
            <Header
                name={props.session.name().to_owned()}
                memberships={memberships.clone()}
                open={open.map(|open| open.id.clone())}
                {on_open}
                on_sign_out={on_sign_out.clone()}
            />
            <OfflineBanner />
            <main id="main" class="main" tabindex="-1">
                { match open {
                    Some(membership) => html! {
                        <Board key={membership.id.to_string()} membership={membership.clone()} {edits} />
                    },
                    None => nothing_open(socket.status(), socket.principal.is_some(), &on_sign_out),
                } }
            </main>
        </>
    }
}

/// What stands in the place of the board while there is none.
fn nothing_open(status: Status, known: bool, on_sign_out: &Callback<()>) -> Html {
    let sign_in_again = on_sign_out.reform(|_: MouseEvent| ());
    match status {
        // The banner above says why.
        Status::Error => html! {
            <div class="notice">
                <span class="notice__icon">{ icon(Icon::SignOut) }</span>
                <h1>{ "The board is closed" }</h1>
                <p>{ "Nothing is shown without a connection that you are allowed to have." }</p>
                <button type="button" class="button button--primary" onclick={sign_in_again}>{ "Sign in again" }</button>
            </div>
        },
        _ if known => html! {
            <div class="notice">
                <span class="notice__icon">{ icon(Icon::People) }</span>
                <h1>{ "No organization" }</h1>
                <p>{ "You are a member of no organization at present. The board opens by itself once you are." }</p>
            </div>
        },
        _ => html! { <Skeleton /> },
    }
}

/// The outline of a board that is on its way.
#[component]
pub(crate) fn Skeleton() -> Html {
    html! {
        <div class="skeleton" aria-busy="true">
            <p class="visually-hidden" role="status">{ "Loading patients…" }</p>
            <div class="skeleton__tiles" aria-hidden="true">
                { for (0..4).map(|_| html! { <span class="skeleton__tile" /> }) }
            </div>
            <div class="skeleton__rows" aria-hidden="true">
                { for (0..8).map(|_| html! { <span class="skeleton__row" /> }) }
            </div>
        </div>
    }
}

/// Roles that may change patients. The server decides; this only spares users a refusal.
pub(crate) fn may_edit(membership: &Membership) -> bool {
    membership.roles.iter().any(|role| matches!(&**role, "nurse" | "doctor"))
}
