//! The signed-in user's page: the socket, and what stands on it.

use yew::prelude::*;
use yewdux_socket::error::ConnectionError;
use yewdux_socket::event::{Organization, Patient, User};
use yewdux_socket::{
    EntitySlice, Error, EventQueueSlice, OfflineBanner, OrganizationId, SocketOptions,
    SocketProvider, Status, use_slice, use_socket, use_unsaved_guard,
};

use crate::board::Board;
use crate::config::forget_named_user;
use crate::header::{Header, header};
use crate::icons::{Icon, icon};
use crate::journal::Journal;
use crate::remembered::{forget, remember};
use crate::session::Session;
use crate::use_edits::use_edits;
use crate::waiting::waiting;
use crate::words::count;

/// Properties of [`Workspace`].
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct WorkspaceProps {
    pub(crate) session: Session,
    pub(crate) on_sign_out: Callback<()>,
    /// The server does not let the user in unasked.
    pub(crate) on_refused: Callback<()>,
}

/// One sign-in's socket, connected as long as this is on the page.
#[component]
pub(crate) fn Workspace(props: &WorkspaceProps) -> Html {
    let options = use_memo(props.session.clone(), |session| {
        SocketOptions::new(&session.address().socket)
            .token(session.token_source(props.on_refused.clone()))
            .user(&*session.user().id)
            .persist()
            .builtin_events()
            .slice::<EntitySlice<Patient>>()
            .slice::<EntitySlice<Organization>>()
            .slice::<EntitySlice<User>>()
            .slice::<Journal>()
    });
    html! {
        <SocketProvider options={(*options).clone()}>
            <Desk ..props.clone() />
        </SocketProvider>
    }
}

/// Head and board of the open organization. Before the server has said which ones there are, the place of the board
/// shows what is kept on this device.
#[component]
fn Desk(props: &WorkspaceProps) -> Html {
    let socket = use_socket();
    let edits = use_edits();
    use_unsaved_guard();
    let chosen = use_state_eq(|| None::<OrganizationId>);
    let user = props.session.user();
    let signed_in = socket.principal.is_some().then(|| user.clone());
    use_effect_with(signed_in, |user| user.iter().for_each(remember));
    let has_ended = socket.connection.error.as_ref().is_some_and(|report| {
        use ConnectionError::{Revoked, SignedOutElsewhere};
        matches!(*report.error, Error::Connection(Revoked | SignedOutElsewhere))
    });
    use_effect_with(has_ended, |has_ended| {
        if *has_ended {
            forget();
            forget_named_user();
        }
    });
    // The end of a sign-in empties the queue: what it held before is lost.
    let queued = use_slice(|queue: &EventQueueSlice| queue.queued_events.len());
    let unsent = use_mut_ref(|| 0);
    if !has_ended {
        *unsent.borrow_mut() = queued;
    }
    let lost = if has_ended { *unsent.borrow() } else { 0 };
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
        let manager = socket.manager.clone();
        props.on_sign_out.reform(move |()| manager.sign_out())
    };
    let status = socket.status();
    let is_waiting = socket.principal.is_none() && status != Status::Error;
    html! {
        <>
            <a class="skip-link" href="#main">{ "Skip to the patients" }</a>
            { header(&Header { name: &user.name, has_ended, memberships: &memberships, open, on_open, on_sign_out }) }
            if !is_waiting {
                <OfflineBanner />
            }
            <main id="main" class="main" tabindex="-1">
                if let Some(membership) = open {
                    <Board
                        key={membership.id.to_string()}
                        membership={membership.clone()}
                        {edits}
                        session={props.session.clone()}
                    />
                } else if is_waiting {
                    { waiting(&socket, &edits.edits) }
                } else if status == Status::Error {
                    { closed(lost, &props.on_sign_out) }
                } else {
                    { no_organization() }
                }
            </main>
        </>
    }
}

/// No connection can be had; the banner above says why. Signing in again is no signing out: what is kept on this device
/// stays. The end of a sign-in keeps nothing, and costs this many changes.
fn closed(lost: usize, on_sign_in: &Callback<()>) -> Html {
    let onclick = on_sign_in.reform(|_: MouseEvent| ());
    html! {
        <div class="notice">
            <span class="notice__icon">{ icon(Icon::SignOut) }</span>
            <h1>{ "The board is closed" }</h1>
            <p>{ "Nothing is shown without a connection that you are allowed to have." }</p>
            if lost > 0 {
                <p>{ count(lost, "change had not been sent and is lost.", "changes had not been sent and are lost.") }</p>
            }
            <button type="button" class="button button--primary" {onclick}>{ "Sign in again" }</button>
        </div>
    }
}

fn no_organization() -> Html {
    html! {
        <div class="notice">
            <span class="notice__icon">{ icon(Icon::People) }</span>
            <h1>{ "No organization" }</h1>
            <p>{ "You are a member of no organization at present. The board opens by itself once you are." }</p>
        </div>
    }
}
