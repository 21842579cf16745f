//! Where the user's changes of a row are.

use yew::prelude::*;

use crate::edits::{Note, RowKey};
use crate::icons::{Icon, icon};
use crate::use_edits::RowAction;
use crate::words::count;

/// What there is to say of a row.
pub(crate) struct RowStatus<'a> {
    /// Changes without an outcome.
    pub(crate) pending: usize,
    /// Those of them that were not written yet.
    pub(crate) waiting: usize,
    pub(crate) note: Option<&'a Note>,
    /// Whether a field holds what cannot be saved, and says so.
    pub(crate) is_invalid: bool,
    pub(crate) row_key: &'a RowKey,
    pub(crate) may_edit: bool,
    pub(crate) is_connected: bool,
    pub(crate) act: &'a Callback<RowAction>,
}

/// A picture and a few words, announced as they change. What went wrong stays until the user deals with it.
pub(crate) fn row_status(props: &RowStatus<'_>) -> Html {
    let progress = match (props.pending, props.waiting) {
        (0, _) => None,
        (_, 0) => Some((Icon::Sending, "progress progress--sending", "Saving…".to_owned())),
        (_, waiting) => {
            let what =
                if props.is_connected { "Waiting its turn" } else { "Waiting for connection" };
            let text = if waiting == 1 {
                what.to_owned()
            } else {
                format!("{what}, {}", count(waiting, "change", "changes"))
            };
            Some((Icon::Clock, "progress progress--waiting", text))
        }
    };
    html! {
        <>
            <div class="outcome" aria-live="polite">
                if let Some((picture, class, text)) = progress {
                    <span {class}>{ icon(picture) }<span>{ text }</span></span>
                } else if let Some(Note::Saved { at }) = props.note.filter(|_| !props.is_invalid) {
                    <span class="progress progress--saved">{ icon(Icon::Check) }<span>{ format!("Saved {at}") }</span></span>
                }
                if let Some(Note::NotSaved { outcome, reason, change }) = props.note {
                    <span class="progress progress--failed">
                        { icon(Icon::Warning) }
                        <span>
                            <strong>{ if *outcome == "unconfirmed" { "Not confirmed: " } else { "Not saved: " } }</strong>
                            { reason }
                            <span class="progress__wanted">{ format!(" ({})", change.describe()) }</span>
                        </span>
                    </span>
                }
            </div>
            if let Some(Note::NotSaved { change, .. }) = props.note {
                <div class="outcome__buttons">
                    if props.may_edit {
                        <button
                            type="button"
                            class="button button--small"
                            data-action="retry"
                            aria-label={format!("Try again: {}", change.describe())}
                            onclick={action(props, RowAction::Change(props.row_key.clone(), change.clone()))}
                        >
                            { icon(Icon::Retry) }<span>{ "Try again" }</span>
                        </button>
                    }
                    <button
                        type="button"
                        class="button button--small button--quiet"
                        data-action="dismiss"
                        onclick={action(props, RowAction::Dismiss(props.row_key.clone()))}
                    >
                        { icon(Icon::Cross) }<span>{ "Dismiss" }</span>
                    </button>
                </div>
            }
        </>
    }
}

fn action(props: &RowStatus<'_>, action: RowAction) -> Callback<MouseEvent> {
    props.act.reform(move |_| action.clone())
}
