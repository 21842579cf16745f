//! Listening to the browser's events.

use gloo_events::EventListener;
use web_sys::{Event, EventTarget};

/// Calls `hear` for each event of this name, until what is returned is dropped.
pub(crate) fn listen(
    target: &EventTarget,
    name: &'static str,
    hear: impl FnMut(&Event) + 'static,
) -> EventListener {
    listen_boxed(target, name, Box::new(hear))
}

/// Compiled once, whatever hears.
fn listen_boxed(
    target: &EventTarget,
    name: &'static str,
    hear: Box<dyn FnMut(&Event)>,
) -> EventListener {
    EventListener::new(target, name, hear)
}
