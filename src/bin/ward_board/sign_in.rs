//! The sign-in page.

use web_sys::{HtmlElement, HtmlInputElement};
use yew::platform::spawn_local;
use yew::prelude::*;

use crate::icons::{Icon, icon};
use crate::server::Server;
use crate::session::Session;
use crate::words::initials;

/// The users of the demonstration: id, name, what they are, where.
const USERS: [(&str, &str, &str, &str); 4] = [
    ("ana", "Ana Lindqvist", "Nurse", "North Clinic and South Clinic"),
    ("ben", "Ben Okafor", "Doctor", "North Clinic"),
    ("cleo", "Cleo Marchetti", "Doctor", "South Clinic"),
    ("dora", "Dora Haddad", "Researcher", "Research Institute"),
];

/// How the user came to the sign-in page.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Arrival {
    /// By opening the application.
    New,
    /// By signing out.
    SignedOut,
    /// The address names somebody who was not let in. Why, in plain words.
    Refused(AttrValue),
}

/// Properties of [`SignIn`].
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct SignInProps {
    pub(crate) server: Server,
    pub(crate) arrival: Arrival,
    pub(crate) on_signed_in: Callback<Session>,
}

/// Who wants in: by name with a development server, by user and password otherwise.
#[component]
pub(crate) fn SignIn(props: &SignInProps) -> Html {
    let problem = use_state_eq(|| match &props.arrival {
        Arrival::Refused(problem) => Some(problem.clone()),
        Arrival::New | Arrival::SignedOut => None,
    });
    let busy = use_state_eq(|| false);
    let title = use_node_ref();
    use_effect_with(props.arrival.clone(), {
        let title = title.clone();
        move |arrival| {
            // What had the focus is gone.
            let title = title.cast::<HtmlElement>().filter(|_| *arrival == Arrival::SignedOut);
            if let Some(title) = title {
                // It can only fail for an element that cannot be focused.
                let _ = title.focus();
            }
        }
    });

    let begin = {
        let (server, on_signed_in) = (props.server.clone(), props.on_signed_in.clone());
        let (problem, busy) = (problem.setter(), busy.setter());
        Callback::from(move |(user, password): (String, Option<String>)| {
            let (server, on_signed_in) = (server.clone(), on_signed_in.clone());
            let (problem, busy) = (problem.clone(), busy.clone());
            busy.set(true);
            problem.set(None);
            spawn_local(async move {
                match Session::begin(&server, &user, password.as_deref()).await {
                    Ok(session) => on_signed_in.emit(session),
                    Err(refused) => {
                        problem.set(Some(refused.to_string().into()));
                        busy.set(false);
                    }
                }
            });
        })
    };
    html! {
        <main class="sign-in">
            <div class="sign-in__card">
                <p class="brand brand--large">{ icon(Icon::Logo) }<span>{ "Ward board" }</span></p>
                <h1 ref={title} class="sign-in__title" tabindex="-1">{ "Sign in" }</h1>
                <div class="sign-in__problem" role="alert">
                    if let Some(problem) = &*problem {
                        { icon(Icon::Warning) }<span>{ problem }</span>
                    }
                </div>
                if props.server.dev {
                    <p class="sign-in__hint">{ "This is a development server: choose who you are." }</p>
                    <ul class="sign-in__users">
                        { for USERS.iter().map(|user| choice(*user, *busy, &begin)) }
                    </ul>
                } else {
                    <PasswordForm busy={*busy} on_submit={begin} />
                }
            </div>
            <p class="sign-in__foot">{ format!("Server: {}", props.server.address.host()) }</p>
        </main>
    }
}

fn choice(
    (id, name, role, place): (&'static str, &'static str, &'static str, &'static str),
    busy: bool,
    begin: &Callback<(String, Option<String>)>,
) -> Html {
    let onclick = begin.reform(move |_: MouseEvent| (id.to_owned(), None));
    html! {
        <li>
            <button type="button" class="user-choice" data-sign-in={id} disabled={busy} {onclick}>
                <span class="avatar" aria-hidden="true">{ initials(name) }</span>
                <span class="user-choice__who">
                    <span class="user-choice__name">{ name }</span>
                    <span class="user-choice__role">{ format!("{role} · {place}") }</span>
                </span>
                { icon(Icon::Forward) }
            </button>
        </li>
    }
}

/// Properties of [`PasswordForm`].
#[derive(Clone, PartialEq, Properties)]
struct PasswordFormProps {
    busy: bool,
    on_submit: Callback<(String, Option<String>)>,
}

/// User and password. Both stay in the form's fields until it is sent.
#[component]
fn PasswordForm(props: &PasswordFormProps) -> Html {
    let (user, password) = (use_node_ref(), use_node_ref());
    let onsubmit = {
        let (on_submit, user, password) = (props.on_submit.clone(), user.clone(), password.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let value =
                |field: &NodeRef| field.cast::<HtmlInputElement>().map(|input| input.value());
            if let (Some(user), Some(secret)) = (value(&user), value(&password)) {
                on_submit.emit((user.trim().to_owned(), Some(secret)));
            }
        })
    };
    html! {
        <form class="sign-in__form" {onsubmit}>
            <label class="field">
                <span class="field__label">{ "User" }</span>
                <input ref={user} class="input" name="user" autocomplete="username" autocapitalize="none" required=true />
            </label>
            <label class="field">
                <span class="field__label">{ "Password" }</span>
                <input ref={password} class="input" name="password" type="password" autocomplete="current-password" required=true />
            </label>
            <button type="submit" class="button button--primary" disabled={props.busy}>
                { if props.busy { "Signing in…" } else { "Sign in" } }
            </button>
        </form>
    }
}
