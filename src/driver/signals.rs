//! News of the page that bears on the connection.

use std::rc::Weak;

use gloo_events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::{Event, EventTarget, PageTransitionEvent};
use yewdux_socket_core::{Input, Signal};

use super::commit::flush;
use super::visibility::is_hidden;
use super::{Driver, network};
use crate::listen::listen;

/// Listens to the page until it is dropped.
#[derive(Debug)]
#[must_use = "the page is listened to only as long as this lives"]
pub(super) struct Signals {
    _listeners: Vec<EventListener>,
}

/// What an event of the page means.
#[derive(Debug, Clone, Copy)]
enum News {
    /// This, to the client.
    Signal(Signal),
    /// The page was hidden, or shown again.
    Visibility,
    /// The page is shown, perhaps out of the back/forward cache.
    Show,
    /// The page is about to be frozen.
    Freeze,
}

impl Signals {
    /// Starts to listen. `None` where there is no page.
    pub(super) fn listen(driver: &Weak<Driver>) -> Option<Self> {
        let window = web_sys::window()?;
        let document = window.document()?;
        let on = |target: &EventTarget, name: &'static str, news: News| {
            let driver = driver.clone();
            listen(target, name, move |event| hear(&driver, news, event))
        };
        let mut listeners = vec![
            on(&window, "online", News::Signal(Signal::Online)),
            on(&window, "offline", News::Signal(Signal::Offline)),
            // Not every way back to a page comes with `visibilitychange`.
            on(&window, "focus", News::Signal(Signal::Visible)),
            on(&window, "pageshow", News::Show),
            on(&document, "resume", News::Signal(Signal::Thawed)),
            on(&document, "visibilitychange", News::Visibility),
            on(&document, "freeze", News::Freeze),
        ];
        if let Some(connection) = network::connection() {
            listeners.push(on(&connection, "change", News::Signal(Signal::NetworkChanged)));
        }
        Some(Self { _listeners: listeners })
    }
}

fn hear(driver: &Weak<Driver>, news: News, event: &Event) {
    let signal = match news {
        News::Signal(signal) => signal,
        // A page restored from the back/forward cache has a socket that says OPEN and is dead.
        News::Show if event.unchecked_ref::<PageTransitionEvent>().persisted() => Signal::Thawed,
        News::Show => return,
        News::Visibility if !is_hidden() => Signal::Visible,
        // The frame that changes wait for will not come: what is waiting to be shown is shown now.
        News::Visibility | News::Freeze => return flush(driver),
    };
    if let Some(driver) = driver.upgrade() {
        driver.happened(Input::Signal(signal));
    }
}
