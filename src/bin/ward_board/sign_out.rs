//! Signing out, which must not cost anybody their changes unasked.

use yew::prelude::*;
use yewdux_socket::{EventQueueSlice, use_slice};

use crate::dialog::{call, close_on};
use crate::icons::{Icon, icon};
use crate::words::count;

/// Properties of [`SignOut`].
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct SignOutProps {
    pub(crate) on_sign_out: Callback<()>,
}

/// A button. With unsent changes a dialog asks first, because they would be lost. The browser keeps the focus inside of
/// it, closes it on Escape, and gives the focus back to the button.
#[component]
pub(crate) fn SignOut(props: &SignOutProps) -> Html {
    let unsent = use_slice(|queue: &EventQueueSlice| queue.queued_events.len());
    let dialog = use_node_ref();
    let sign_out = {
        let (dialog, on_sign_out) = (dialog.clone(), props.on_sign_out.clone());
        Callback::from(move |_: MouseEvent| {
            if unsent == 0 || !call(&dialog, "showModal") {
                on_sign_out.emit(());
            }
        })
    };
    let stay = close_on(&dialog);
    let confirm = props.on_sign_out.reform(|_: MouseEvent| ());
    html! {
        <>
            <button type="button" class="button button--quiet" id="sign-out" onclick={sign_out}>
                { icon(Icon::SignOut) }<span class="account__sign-out">{ "Sign out" }</span>
            </button>
            <dialog
                ref={dialog}
                id="sign-out-question"
                class="dialog"
                role="alertdialog"
                aria-labelledby="sign-out-title"
                aria-describedby="sign-out-text"
            >
                <h2 class="dialog__title" id="sign-out-title">{ "Sign out now?" }</h2>
                <p id="sign-out-text">{ consequence(unsent) }</p>
                <div class="dialog__buttons">
                    <button type="button" class="button button--primary" autofocus=true onclick={stay}>{ "Stay" }</button>
                    <button type="button" class="button" id="sign-out-anyway" onclick={confirm}>
                        { if unsent == 0 { "Sign out" } else { "Sign out and lose them" } }
                    </button>
                </div>
            </dialog>
        </>
    }
}

/// What signing out costs. Changes go on being sent while the question stands.
fn consequence(unsent: usize) -> String {
    match unsent {
        0 => "All changes have been sent by now.".to_owned(),
        some => {
            format!(
                "{} not been sent yet and would be lost.",
                count(some, "change has", "changes have")
            )
        }
    }
}
