//! The audit log, for those who are to check what was done.

use yew::prelude::*;
use yewdux_socket::{AuditLog, AuditSlice, use_slice};

use crate::dialog::{call, close_on};
use crate::icons::{Icon, icon};
use crate::words::count;

/// How many entries there are, and a button that shows them in a dialog. The browser keeps the focus inside of it, closes it
/// on Escape, and gives the focus back to the button.
///
/// The demo gives the log to nobody: it ends with the sign-in, and what is to be kept is exported. The server keeps its
/// head.
#[component]
pub(crate) fn Audit() -> Html {
    let entries = use_slice(|slice: &AuditSlice| slice.entries.len());
    let dialog = use_node_ref();
    let show = {
        let dialog = dialog.clone();
        Callback::from(move |_: MouseEvent| {
            call(&dialog, "showModal");
        })
    };
    html! {
        <>
            <div class="panel__head">
                <h2 class="panel__title" id="audit-heading">{ "Audit log" }</h2>
                <button type="button" class="button button--small" id="show-audit-log" onclick={show}>
                    { format!("Show {}", count(entries, "entry", "entries")) }
                </button>
            </div>
            <dialog ref={dialog.clone()} id="audit-log" class="dialog dialog--wide" aria-labelledby="audit-log-title">
                <div class="dialog__head">
                    <h2 class="dialog__title" id="audit-log-title">{ "Audit log" }</h2>
                    <button
                        type="button"
                        class="button button--quiet"
                        id="close-audit-log"
                        aria-label="Close"
                        onclick={close_on(&dialog)}
                    >
                        { icon(Icon::Cross) }
                    </button>
                </div>
                <AuditLog />
            </dialog>
        </>
    }
}
