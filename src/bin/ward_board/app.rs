//! From looking for the server to the sign-in to the board.

use std::cell::RefCell;

use yew::platform::spawn_local;
use yew::prelude::*;

use crate::config::{Address, Page, forget_named_user};
use crate::icons::{Icon, icon};
use crate::remembered::{KnownUser, forget};
use crate::server::{self, Problem, Server};
use crate::session::Session;
use crate::sign_in::{Arrival, SignIn};
use crate::words::shorten;
use crate::workspace::Workspace;

/// Where the user is.
#[derive(Clone, PartialEq)]
enum Stage {
    LookingForServer,
    /// Nothing answers, and nobody is known. Why, in plain words.
    Unreachable(AttrValue),
    SigningIn(Server, Arrival),
    /// Or expected to be.
    SignedIn(Session),
}

/// The whole demo.
#[component]
pub(crate) fn App() -> Html {
    let stage = use_state(|| Stage::LookingForServer);
    let page = use_memo((), |()| Page::read());
    // Who is signed in without being asked, until they sign out.
    let known = use_mut_ref(|| KnownUser::find(page.user.as_deref()));
    let enter = use_callback(page, {
        let (stage, known) = (stage.setter(), known.clone());
        move |arrival, page| {
            let (stage, known, page) = (stage.clone(), known.clone(), page.clone());
            stage.set(Stage::LookingForServer);
            spawn_local(async move { stage.set(enter(&page, &known, arrival).await) });
        }
    });
    use_effect_with(enter.clone(), |enter| enter.emit(Arrival::New));
    let try_again = enter.reform(|_: MouseEvent| Arrival::New);
    let on_signed_in = {
        let stage = stage.setter();
        Callback::from(move |session| stage.set(Stage::SignedIn(session)))
    };
    let on_sign_out = enter.reform(move |()| {
        known.take();
        forget();
        forget_named_user();
        Arrival::SignedOut
    });
    let on_refused = enter.reform(|()| Arrival::New);
    match &*stage {
        Stage::LookingForServer => html! {
            <main class="notice" aria-busy="true">
                <span class="notice__spinner" aria-hidden="true" />
                <p role="status">{ "Looking for the server…" }</p>
            </main>
        },
        Stage::Unreachable(problem) => html! {
            <main class="notice">
                <span class="notice__icon">{ icon(Icon::Offline) }</span>
                <h1>{ "No server" }</h1>
                <p role="alert">{ problem }</p>
                <p class="notice__hint">{ "Check that it is running and that this device is on the clinic's network." }</p>
                <button type="button" class="button button--primary" onclick={try_again}>{ "Try again" }</button>
            </main>
        },
        Stage::SigningIn(server, arrival) => html! {
            <SignIn server={server.clone()} arrival={arrival.clone()} {on_signed_in} />
        },
        Stage::SignedIn(session) => html! {
            <Workspace session={session.clone()} {on_sign_out} {on_refused} />
        },
    }
}

/// Signs the known user in, at once or as soon as the server is back; asks who it is otherwise.
async fn enter(page: &Page, known: &RefCell<Option<KnownUser>>, arrival: Arrival) -> Stage {
    let addresses = page.addresses();
    let user = known.borrow().clone();
    let (server, user) = match (server::find(&addresses).await, user) {
        (Ok(server), Some(user)) if server.dev => (server, user),
        (Ok(server), _) => return Stage::SigningIn(server, arrival),
        (Err(problem), user) => {
            // Only a server can say that a name in an address is enough; on this machine it may be taken for granted.
            let user = user.filter(|user| page.is_on_loopback() || user.was_here());
            return wait(addresses, user, &problem);
        }
    };
    match Session::begin(&server, &user.id, None).await {
        Ok(session) => Stage::SignedIn(session),
        Err(Problem::Refused { message }) => {
            tracing::warn!(user = user.id, message, "the known user could not be signed in");
            known.take();
            forget();
            let problem = format!("“{}” was not signed in: {message}", user.id);
            Stage::SigningIn(server, Arrival::Refused(shorten(&problem).into()))
        }
        Err(problem) => wait(vec![server.address], Some(user), &problem),
    }
}

/// Without the server there is something to show to a known user only: what is kept on this device.
fn wait(addresses: Vec<Address>, user: Option<KnownUser>, problem: &Problem) -> Stage {
    user.and_then(|user| Session::expected(addresses, user))
        .map_or_else(|| Stage::Unreachable(problem.to_string().into()), Stage::SignedIn)
}
