//! News of the page that bears on the connection.

use std::rc::Weak;

use gloo_events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::{EventTarget, PageTransitionEvent};
use yewdux_socket_core::{Input, Signal};

use super::commit::flush;
use super::{Driver, network};

/// Listens to the page until it is dropped.
#[derive(Debug)]
#[must_use = "the page is listened to only as long as this lives"]
pub(super) struct Signals {
    _listeners: Vec<EventListener>,
}

impl Signals {
    /// Starts to listen. `None` where there is no page.
    pub(super) fn listen(driver: &Weak<Driver>) -> Option<Self> {
        let window = web_sys::window()?;
        let document = window.document()?;
        let signal = |target: &EventTarget, name: &'static str, signal: Signal| {
            let driver = driver.clone();
            EventListener::new(target, name, move |_| tell(&driver, signal))
        };
        let mut listeners = vec![
            signal(&window, "online", Signal::Online),
            signal(&window, "offline", Signal::Offline),
            // Not every way back to a page comes with `visibilitychange`.
            signal(&window, "focus", Signal::Visible),
            signal(&document, "resume", Signal::Thawed),
        ];
        listeners.push({
            let driver = driver.clone();
            EventListener::new(&document, "visibilitychange", move |_| {
                if is_hidden() {
                    // The frame that it waits for will not come.
                    flush(&driver);
                } else {
                    tell(&driver, Signal::Visible);
                }
            })
        });
        listeners.push({
            let driver = driver.clone();
            // A page restored from the back/forward cache has a socket that says OPEN and is dead.
            EventListener::new(&window, "pageshow", move |event| {
                if event
                    .dyn_ref::<PageTransitionEvent>()
                    .is_some_and(PageTransitionEvent::persisted)
                {
                    tell(&driver, Signal::Thawed);
                }
            })
        });
        listeners.push({
            let driver = driver.clone();
            // About to be frozen: what is waiting to be shown is shown now.
            EventListener::new(&document, "freeze", move |_| flush(&driver))
        });
        if let Some(connection) = network::connection() {
            listeners.push(signal(&connection, "change", Signal::NetworkChanged));
        }
        Some(Self { _listeners: listeners })
    }
}

fn tell(driver: &Weak<Driver>, signal: Signal) {
    if let Some(driver) = driver.upgrade() {
        driver.happened(Input::Signal(signal));
    }
}

/// Whether the page is hidden: then there are no animation frames.
pub(super) fn is_hidden() -> bool {
    web_sys::window()
        .and_then(|window| window.document())
        .is_some_and(|document| document.visibility_state() == web_sys::VisibilityState::Hidden)
}
