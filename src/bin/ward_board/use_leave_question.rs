//! Changes that were not sent are kept in memory: whoever leaves the page is asked first.

use gloo_events::{EventListener, EventListenerOptions};
use yew::prelude::*;
use yewdux_socket::{EventQueueSlice, use_slice};

/// Lets the browser ask before the page is left while changes are on their way, and only then: a page with
/// such a listener cannot be kept for going back to.
#[hook]
pub(crate) fn use_leave_question() {
    let is_unsent = use_slice(|queue: &EventQueueSlice| !queue.queued_events.is_empty());
    use_effect_with(is_unsent, |is_unsent| {
        let listener = web_sys::window().filter(|_| *is_unsent).map(|window| {
            let options = EventListenerOptions::enable_prevent_default();
            EventListener::new_with_options(&window, "beforeunload", options, |event| {
                event.prevent_default();
                // Older browsers want this instead. It can only fail for a frozen object.
                let _ = js_sys::Reflect::set(event, &"returnValue".into(), &"unsent".into());
            })
        });
        move || drop(listener)
    });
}
