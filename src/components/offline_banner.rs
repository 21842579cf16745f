//! What the user should know while there is no connection.

use web_sys::HtmlElement;
use yew::prelude::*;
use yewdux_socket_core::Status;

use crate::hooks::use_socket;

/// Properties of [`OfflineBanner`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct OfflineBannerProps {
    /// What stands in the banner while the application itself is disconnected on purpose. Default: a
    /// sentence that says so.
    #[prop_or(AttrValue::Static(
        "You are working offline. Changes are kept and sent once you are back."
    ))]
    pub offline_text: AttrValue,
}

/// A banner that appears when the connection is lost for longer than the grace time, when it was cut on
/// purpose, or when it cannot be had; with the reason in plain words, what happens to unsent changes, and a
/// button to try again. When the banner goes while its button has the focus, its place keeps it.
///
/// # Server-side rendering
/// Nothing.
#[component]
pub fn OfflineBanner(props: &OfflineBannerProps) -> Html {
    let socket = use_socket();
    let connection = &socket.connection;
    let reason = connection.error.as_ref().map(|report| report.error.to_string());
    let text = match connection.status {
        Status::Connected | Status::Connecting if !connection.is_lost => None,
        Status::Disconnected => connection.last_connected.map(|_| props.offline_text.to_string()),
        Status::Error => Some(reason.unwrap_or_else(|| "There is no connection.".to_owned())),
        _ if connection.is_lost => Some(format!(
            "{} Trying again…",
            reason.unwrap_or_else(|| "The connection was lost.".to_owned())
        )),
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
    let unsent = connection.queued_events.len();
    let retry = {
        let manager = socket.manager.clone();
        // The outcome is in the slice, and so in this banner.
        Callback::from(move |_: MouseEvent| {
            *pressed.borrow_mut() = true;
            drop(manager.reconnect());
        })
    };
    html! {
        <div ref={slot} class="ys-banner-slot" aria-live="polite" tabindex="-1">
            <div class="ys-banner" data-status={connection.status.as_str()}>
                <p class="ys-banner__text">
                    { text }
                    if unsent > 0 {
                        { " " }
                        <span class="ys-banner__unsent">{ unsent_text(unsent) }</span>
                    }
                </p>
                <button type="button" class="ys-banner__retry" onclick={retry}>{ "Connect now" }</button>
            </div>
        </div>
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

fn unsent_text(unsent: usize) -> String {
    match unsent {
        1 => "1 change is waiting.".to_owned(),
        many => format!("{many} changes are waiting."),
    }
}
