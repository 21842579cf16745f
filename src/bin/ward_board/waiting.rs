//! Before the server has been reached: why there is no board yet, and what is kept on this device.

use yew::prelude::*;
use yewdux_socket::error::ConnectionError;
use yewdux_socket::{ConnectionState, Error, Status, UseSocket};

use crate::edits::Edits;
use crate::icons::{Icon, icon};
use crate::outbox::Outbox;
use crate::skeleton::skeleton;

/// The outline of the board during the first attempt to connect. If it fails: why, and a button for those who do not
/// want to wait for the next. Either way, the changes that an earlier page could not send.
pub(crate) fn waiting(socket: &UseSocket, edits: &Edits) -> Html {
    let problem = problem(&socket.connection);
    let try_now = {
        let manager = socket.manager.clone();
        // The outcome is in the slice, and so on the page.
        Callback::from(move |_: MouseEvent| drop(manager.reconnect()))
    };
    let kept = edits.pending().map(|(row, change)| {
        html! { <li><bdi>{ &*row.patient }</bdi>{ ": " }{ change.describe() }</li> }
    });
    html! {
        <div class="waiting">
            if let Some(problem) = &problem {
                <div class="notice">
                    <span class="notice__icon">{ icon(Icon::Offline) }</span>
                    <h1>{ "The patients are not loaded yet" }</h1>
                    <p role="status">{ problem }</p>
                    <button type="button" id="try-now" class="button button--primary" onclick={try_now}>{ "Try now" }</button>
                </div>
            }
            if problem.is_some() || edits.pending().next().is_some() {
                <section class="panel" aria-labelledby="kept-heading">
                    <div class="panel__head">
                        <h2 class="panel__title" id="kept-heading">{ "Your changes" }</h2>
                    </div>
                    <Outbox />
                    <ul class="kept" aria-label="Changes by patient">{ for kept }</ul>
                </section>
            }
            if problem.is_none() {
                { skeleton() }
            }
        </div>
    }
}

/// Why there is no connection. `None` during the first attempt.
fn problem(connection: &ConnectionState) -> Option<String> {
    let reason = connection.error.as_ref().map(|report| match &*report.error {
        // The sign-in is part of connecting; its words say more than that there is no token.
        Error::Connection(ConnectionError::TokenUnavailable { reason, .. }) => reason.clone(),
        error => error.to_string(),
    });
    match connection.status {
        Status::Connecting | Status::Connected => None,
        Status::Disconnected => Some("You are working offline.".to_owned()),
        _ => Some(match reason {
            Some(reason) => format!("{reason} It is tried again by itself."),
            None => "Trying again…".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use yewdux_socket::{ErrorReport, Timestamp};

    use super::*;

    #[test]
    fn the_problem_is_told_in_the_words_of_the_sign_in() {
        let mut connection = ConnectionState::default();
        connection.status = Status::Connecting;
        assert_eq!(problem(&connection), None);
        connection.status = Status::Reconnecting;
        assert_eq!(problem(&connection).as_deref(), Some("Trying again…"));
        let reason = "The server cannot be found.".to_owned();
        let error = Arc::new(ConnectionError::TokenUnavailable { reason, retryable: true }.into());
        connection.error = Some(ErrorReport { error, at: Timestamp::from_millis(0) });
        assert_eq!(
            problem(&connection).as_deref(),
            Some("The server cannot be found. It is tried again by itself.")
        );
    }
}
