//! Whoever leaves the page while changes would be lost is asked first.

use gloo_events::{EventListener, EventListenerOptions};
use yew::prelude::*;

use super::use_slice;
use crate::slices::EventQueueSlice;

/// Lets the browser ask before the page is left while events are unsent that would be lost with it, and only then: a
/// page with such a listener cannot be kept for going back to. Events that are kept over a reload
/// ([`QueuedEvent::durable`](crate::QueuedEvent::durable)) do not count. Those that were written and not acknowledged yet do:
/// nobody knows what became of them.
///
/// Returns how many events would be lost.
///
/// # Example
/// ```
/// use yew::prelude::*;
/// use yewdux_socket::use_unsaved_guard;
///
/// #[component]
/// fn Unsaved() -> Html {
///     let unsaved = use_unsaved_guard();
///     html! { if unsaved > 0 { <p>{ format!("{unsaved} changes are not saved yet.") }</p> } }
/// }
/// ```
///
/// # Server-side rendering
/// 0.
#[hook]
pub fn use_unsaved_guard() -> usize {
    let unsaved = use_slice(|queue: &EventQueueSlice| {
        queue.queued_events.iter().filter(|event| !event.durable).count()
    });
    use_effect_with(unsaved > 0, |is_guarded| {
        let listener = web_sys::window().filter(|_| *is_guarded).map(|window| {
            let options = EventListenerOptions::enable_prevent_default();
            EventListener::new_with_options(&window, "beforeunload", options, |event| {
                event.prevent_default();
                // Older browsers want this instead. It can only fail for a frozen object.
                let _ = js_sys::Reflect::set(event, &"returnValue".into(), &"unsaved".into());
            })
        });
        move || drop(listener)
    });
    unsaved
}
