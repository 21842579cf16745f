//! State and events in the browser extension Redux DevTools, one way: what it is shown, and never what it sends.
//!
//! The extension is `window.__REDUX_DEVTOOLS_EXTENSION__`; its methods and options are those of the npm package
//! `@redux-devtools/extension` 4.0 and of `extension/docs/API` in the repository `reduxjs/redux-devtools`. A socket is one
//! instance there. Between its messages `START` and `STOP`, that is while its window is open, it gets one message a commit;
//! at any other time nothing is written for it. Of its commands, recording can be paused, and the present state made the
//! beginning. The others change state, which here is the server's: they do nothing.
//!
//! # Layout
//!
//! - `extension`: the object of the page.
//! - `action`: what a commit is called, and its events. `state`: the slices. `bounds`: how much of all that at most.

mod action;
mod bounds;
mod extension;
mod state;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use yewdux_socket_core::{QueuedEvent, Status, masked};

use super::Driver;
use super::commit::Batch;
use extension::{Command, Instance};

/// Tells sockets of one page apart.
static SOCKETS: AtomicUsize = AtomicUsize::new(1);

/// One socket's instance in the extension.
pub(super) struct DevTools {
    driver: Weak<Driver>,
    instance: RefCell<Looked>,
    recording: Rc<Cell<Recording>>,
    shown: RefCell<Shown>,
}

/// Whether the page has the extension. It is there before any program of the page runs, or not at all.
enum Looked {
    NotYet,
    Found(Instance),
    Missing,
}

/// What the extension wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Recording {
    is_started: bool,
    is_paused: bool,
    /// The state is to be shown as the beginning before any message.
    is_new: bool,
}

/// What there is at a commit beside its events, to be compared with the message before.
#[derive(Debug, Clone, Default)]
pub(super) struct Shown {
    status: Status,
    queued: Arc<[Arc<QueuedEvent>]>,
}

impl DevTools {
    pub(super) fn new(driver: Weak<Driver>) -> Self {
        Self {
            driver,
            instance: RefCell::new(Looked::NotYet),
            recording: Rc::default(),
            shown: RefCell::default(),
        }
    }

    /// Shows a commit, if anybody looks.
    pub(super) fn committed(&self, driver: &Driver, batch: &Batch) {
        if matches!(*self.instance.borrow(), Looked::NotYet) {
            self.look(driver);
        }
        if !self.recording.get().is_started || self.recording.get().is_paused {
            return;
        }
        if self.recording.get().is_new {
            return self.begin(driver);
        }
        let now = Shown::of(driver);
        let before = self.shown.replace(now.clone());
        let action = masked(|| action::action(driver, batch, &before, &now));
        let state = masked(|| state::state(driver));
        if let Looked::Found(instance) = &*self.instance.borrow() {
            instance.send(&action, &state);
        }
    }

    /// Shows the state as the beginning.
    fn begin(&self, driver: &Driver) {
        let state = masked(|| state::state(driver));
        if let Looked::Found(instance) = &*self.instance.borrow() {
            self.recording.set(Recording { is_new: false, ..self.recording.get() });
            self.shown.replace(Shown::of(driver));
            instance.init(&state);
        }
    }

    fn look(&self, driver: &Driver) {
        let number = SOCKETS.fetch_add(1, Ordering::Relaxed);
        let options = json!({
            "name": format!("yewdux-socket {number}: {}", driver.parts().printable()),
            // So it says START and STOP, and keeps nothing while nobody looks.
            "autoPause": true,
            "features": {
                "pause": true, "export": true,
                "lock": false, "persist": false, "import": false, "jump": false,
                "skip": false, "reorder": false, "dispatch": false, "test": false,
            },
        });
        let (recording, driver) = (self.recording.clone(), self.driver.clone());
        let obey = move |command| {
            let was = recording.get();
            recording.set(match command {
                Command::Start => Recording { is_started: true, is_new: true, ..was },
                Command::Stop => Recording { is_started: false, ..was },
                Command::Pause(is_paused) => Recording { is_paused, is_new: !is_paused, ..was },
                Command::Commit => Recording { is_new: true, ..was },
            });
            let now = recording.get();
            if now.is_new
                && now.is_started
                && !now.is_paused
                && let Some(driver) = driver.upgrade()
            {
                driver.devtools.begin(&driver);
            }
        };
        // Not borrowed meanwhile: the extension may say START at once.
        let found = Instance::connect(&options, obey);
        *self.instance.borrow_mut() = found.map_or(Looked::Missing, Looked::Found);
    }

    /// Listens no more.
    pub(super) fn end(&self) {
        self.recording.set(Recording::default());
        self.instance.replace(Looked::Missing);
        self.shown.take();
    }
}

impl Shown {
    fn of(driver: &Driver) -> Self {
        driver.read(|client| {
            let connection = client.connection_state();
            Self { status: connection.status, queued: connection.queued_events.clone() }
        })
    }
}
