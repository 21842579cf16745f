//! What the user should know while there is no connection.

use std::sync::Arc;

use web_sys::HtmlElement;
use yew::prelude::*;
use yewdux_socket_core::{ConnectionState, Error, QueuedEvent, Status};

use crate::hooks::{use_manager, use_slice};
use crate::slices::SocketSlice;

/// Properties of [`OfflineBanner`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct OfflineBannerProps {
    /// What stands in the banner while the application itself is disconnected on purpose. Default: a
    /// sentence that says so.
    #[prop_or(AttrValue::Static("You are working offline. Changes are sent once you are back."))]
    pub offline_text: AttrValue,
}

/// A banner that appears when the connection is lost for longer than the grace time, when it was cut on
/// purpose, or when it cannot be had; with the reason in plain words, what can be done about it, what happens to
/// unsent changes, and a button to try again, unless only signing in again helps. When the banner goes while its button
/// has the focus, its place keeps it.
///
/// # Server-side rendering
/// Nothing.
#[component]
pub fn OfflineBanner(props: &OfflineBannerProps) -> Html {
    let manager = use_manager();
    let connection = use_slice(|slice: &SocketSlice| Shown::of(&slice.connection));
    let error = connection.error.as_deref();
    let reason = error.map(ToString::to_string);
    let remedy = error.filter(|_| connection.status != Status::Disconnected).map(Error::remedy);
    let needs_sign_in = matches!(error, Some(Error::Connection(error)) if error.needs_sign_in());
    let text = match connection.status {
        Status::Connected | Status::Connecting if !connection.is_lost => None,
        Status::Disconnected => connection.was_connected.then(|| props.offline_text.to_string()),
        Status::Error => Some(reason.unwrap_or_else(|| "There is no connection.".to_owned())),
        // The remedy says that it is tried again.
        _ if connection.is_lost => {
            Some(reason.unwrap_or_else(|| "The connection was lost. Trying again…".to_owned()))
        }
        _ => None,
    };
    let slot = use_node_ref();
    let pressed = use_mut_ref(|| false);
    use_effect_with(text.is_some(), {
        let (slot, pressed) = (slot.clone(), pressed.clone());
        move |is_shown| {
            if !is_shown && pressed.take() {
                keep_focus(&slot);
            }
        }
    });
    let Some(text) = text else {
        return html! { <div ref={slot} class="ys-banner-slot" aria-live="polite" tabindex="-1" /> };
    };
    let unsent = &connection.unsent;
    // The outcome is in the slice, and so in this banner.
    let retry = Callback::from(move |_: MouseEvent| {
        *pressed.borrow_mut() = true;
        drop(manager.reconnect());
    });
    html! {
        <div ref={slot} class="ys-banner-slot" aria-live="polite" tabindex="-1">
            <div class="ys-banner" data-status={connection.status.as_str()}>
                <p class="ys-banner__text">
                    { text }
                    if let Some(remedy) = remedy {
                        { " " }
                        <span class="ys-banner__remedy">{ remedy }</span>
                    }
                    if unsent.all > 0 {
                        { " " }
                        <span class="ys-banner__unsent">{ unsent.text() }</span>
                    }
                </p>
                if !needs_sign_in {
                    <button type="button" class="ys-banner__retry" onclick={retry}>{ "Connect now" }</button>
                }
            </div>
        </div>
    }
}

/// What the banner says of the connection.
#[derive(Clone, PartialEq)]
struct Shown {
    status: Status,
    is_lost: bool,
    was_connected: bool,
    error: Option<Arc<Error>>,
    unsent: Unsent,
}

impl Shown {
    fn of(connection: &ConnectionState) -> Self {
        Self {
            status: connection.status,
            is_lost: connection.is_lost,
            was_connected: connection.last_connected.is_some(),
            error: connection.error.as_ref().map(|report| report.error.clone()),
            unsent: Unsent::of(&connection.queued_events),
        }
    }
}

/// Gives the focus to the place of the banner if its button took it along.
fn keep_focus(slot: &NodeRef) {
    let document = web_sys::window().and_then(|window| window.document());
    let focused = document.and_then(|document| document.active_element());
    let is_lost = focused.is_none_or(|element| element.tag_name() == "BODY");
    if let Some(slot) = slot.cast::<HtmlElement>().filter(|_| is_lost) {
        // It can only fail for an element that cannot be focused.
        let _ = slot.focus();
    }
}

/// Changes that have not reached the server.
#[derive(Clone, PartialEq)]
struct Unsent {
    all: usize,
    /// Those that are kept over a reload.
    durable: usize,
}

impl Unsent {
    fn of(queued: &[Arc<QueuedEvent>]) -> Self {
        let durable = queued.iter().filter(|event| event.durable).count();
        Self { all: queued.len(), durable }
    }

    fn text(&self) -> String {
        let waiting = match self.all {
            1 => "1 change is waiting".to_owned(),
            many => format!("{many} changes are waiting"),
        };
        if self.durable == self.all {
            format!("{waiting}, kept on this device.")
        } else {
            format!("{waiting}. Keep this page open.")
        }
    }
}
