//! From looking for the server to the sign-in to the board.

use yew::platform::spawn_local;
use yew::prelude::*;

use crate::config::Page;
use crate::icons::{Icon, icon};
use crate::server::{self, Server};
use crate::session::Session;
use crate::sign_in::{Arrival, SignIn};
use crate::words::shorten;
use crate::workspace::Workspace;

/// Where the user is.
#[derive(Clone, PartialEq)]
enum Stage {
    LookingForServer,
    /// Nothing answers. Why, in plain words.
    Unreachable(AttrValue),
    SigningIn(Server, Arrival),
    SignedIn(Session),
}

/// The whole demo.
#[component]
pub(crate) fn App() -> Html {
    let page = use_memo((), |()| Page::read());
    let stage = use_state(|| Stage::LookingForServer);
    let attempt = use_state(|| 0_u32);
    // Naming the user in the address signs in once: not again after signing out.
    let named = use_mut_ref(|| page.user.clone());

    use_effect_with(*attempt, {
        let (page, stage, named) = (page.clone(), stage.setter(), named.clone());
        move |_| {
            spawn_local(async move {
                let found = server::find(&page.addresses()).await;
                stage.set(match found {
                    Err(problem) => Stage::Unreachable(problem.to_string().into()),
                    Ok(server) => {
                        let named = named.take().filter(|_| server.dev);
                        enter(server, named).await
                    }
                });
            });
        }
    });
    let try_again = {
        let stage = stage.setter();
        Callback::from(move |_: MouseEvent| {
            stage.set(Stage::LookingForServer);
            attempt.set(*attempt + 1);
        })
    };
    let on_signed_in = {
        let stage = stage.setter();
        Callback::from(move |session| stage.set(Stage::SignedIn(session)))
    };
    let on_sign_out = {
        let stage = stage.setter();
        Callback::from(move |server| stage.set(Stage::SigningIn(server, Arrival::SignedOut)))
    };
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
        Stage::SignedIn(session) => html! { <Workspace session={session.clone()} {on_sign_out} /> },
    }
}

/// Signs the named user in if there is one, and asks otherwise.
async fn enter(server: Server, named: Option<String>) -> Stage {
    let Some(user) = named else { return Stage::SigningIn(server, Arrival::New) };
    match Session::begin(&server, &user, None).await {
        Ok(session) => Stage::SignedIn(session),
        Err(problem) => {
            tracing::warn!(user, %problem, "the user named in the address could not be signed in");
            let problem = format!("“{user}”, whom the address names, was not signed in: {problem}");
            Stage::SigningIn(server, Arrival::Refused(shorten(&problem).into()))
        }
    }
}
