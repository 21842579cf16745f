//! The connection, and two buttons to try out what happens without it.

use yew::prelude::*;
use yewdux_socket::{ConnectionStatus, Status, use_socket};

use crate::connection_details::ConnectionDetails;
use crate::icons::{Icon, icon};

/// Properties of [`ConnectionPanel`].
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct ConnectionPanelProps {
    /// There is no sign-in to connect with any more.
    pub(crate) has_ended: bool,
}

/// How the page is connected; one button cuts the connection, one restores it, as long as there is a sign-in.
///
/// The button that has nothing to do is not `disabled` but says so: a disabled button would lose the
/// keyboard's focus in the moment in which it is pressed.
#[component]
pub(crate) fn ConnectionPanel(props: &ConnectionPanelProps) -> Html {
    let socket = use_socket();
    let status = socket.status();
    let (is_cut, is_whole) = (status == Status::Disconnected, status == Status::Connected);
    let cut = {
        let manager = socket.manager.clone();
        Callback::from(move |_: MouseEvent| {
            if !is_cut {
                manager.disconnect();
            }
        })
    };
    let restore = {
        let manager = socket.manager.clone();
        // The outcome is in the slice, and so on the page.
        Callback::from(move |_: MouseEvent| {
            if !is_whole {
                drop(manager.reconnect());
            }
        })
    };
    html! {
        <div class="connection" role="group" aria-label="Connection">
            <div class="connection__state">
                <ConnectionStatus />
                <ConnectionDetails />
            </div>
            if !props.has_ended {
                <div class="connection__buttons">
                    <button
                        type="button"
                        id="cut-connection"
                        class="button button--quiet"
                        title="Cut the connection and work offline"
                        aria-disabled={is_cut.to_string()}
                        onclick={cut}
                    >
                        { icon(Icon::Unlink) }<span>{ "Go offline" }</span>
                    </button>
                    <button
                        type="button"
                        id="restore-connection"
                        class="button button--quiet"
                        title="Restore the connection"
                        aria-disabled={is_whole.to_string()}
                        onclick={restore}
                    >
                        { icon(Icon::Link) }<span>{ "Go online" }</span>
                    </button>
                </div>
            }
        </div>
    }
}
