//! Where the connection stands, in a few words.

use yew::prelude::*;
use yewdux_socket_core::Status;

use crate::hooks::use_slice;
use crate::slices::SocketSlice;

/// Properties of [`ConnectionStatus`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct ConnectionStatusProps {
    /// Whether the latency is shown. Default: yes.
    #[prop_or(true)]
    pub show_latency: bool,
}

/// Where the connection stands: a dot, a word, the latency. `data-status` holds the state as the design
/// document spells it, `data-error` the code of the error that keeps the connection from being made. What can be
/// done about that error is in the tooltip; [`OfflineBanner`](crate::OfflineBanner) says it aloud.
///
/// The latency is kept out of what screen readers announce, or they would never be quiet.
///
/// # Server-side rendering
/// `disconnected`.
#[component]
pub fn ConnectionStatus(props: &ConnectionStatusProps) -> Html {
    let show_latency = props.show_latency;
    let (status, latency, error) = use_slice(move |slice: &SocketSlice| {
        let connection = &slice.connection;
        let is_shown = show_latency && connection.status == Status::Connected;
        // As it is shown, so that a change that nobody sees renders nothing.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "`as` saturates"
        )]
        let latency = connection.latency.filter(|_| is_shown).map(|ms| ms.round().max(1.0) as u32);
        let error = connection.error.as_ref().map(|report| report.error.clone());
        (connection.status, latency, error)
    });
    let error = error.as_deref();
    let explanation = error.map(|error| format!("{error} {}", error.remedy()));
    html! {
        <div
            class="ys-status"
            data-status={status.as_str()}
            data-error={error.map(yewdux_socket_core::Error::code)}
            title={explanation}
            role="status"
        >
            <span class="ys-status__dot" aria-hidden="true" />
            <span class="ys-status__label">{ label(status) }</span>
            if let Some(latency) = latency {
                <span class="ys-status__latency" aria-hidden="true" title="Round-trip time">
                    { format!("{latency} ms") }
                </span>
            }
        </div>
    }
}

fn label(status: Status) -> &'static str {
    match status {
        Status::Disconnected => "Disconnected",
        Status::Connecting => "Connecting…",
        Status::Connected => "Connected",
        Status::Reconnecting => "Reconnecting…",
        Status::Error => "Not connected",
    }
}
