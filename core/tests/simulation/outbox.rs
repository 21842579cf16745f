//! What a page's client knows of its stored outbox, worked out from what it asked for and was told.

use std::time::Duration;

use yewdux_socket_core::error::StorageError;
use yewdux_socket_core::{Config, Loaded, StoredEvent};

use crate::watch::Watch;

/// The stored outbox of one sign-in at one page.
#[derive(Default)]
pub(crate) struct StoredOutbox {
    /// The load that has no answer yet.
    load: Option<u64>,
    /// Until when events wait for it, on the steady clock.
    until: Option<Duration>,
    /// Whether what an earlier page left was taken over.
    pub(crate) is_loaded: bool,
    /// How many records could not be used.
    pub(crate) refused: u64,
}

impl StoredOutbox {
    /// The client asks for what an earlier page left.
    pub(crate) fn load(&mut self, operation: u64, steady: Duration) {
        self.load = Some(operation);
        self.until = Some(steady + Config::default().storage_timeout);
        self.is_loaded = false;
    }

    /// Time has come, and perhaps nobody waits any more.
    pub(crate) fn wait(&mut self, steady: Duration) {
        self.until.take_if(|until| steady >= *until);
    }

    /// The answer to a load. Returns the events if it was the last, be it late.
    pub(crate) fn loaded<'a>(
        &mut self,
        operation: u64,
        result: &'a Result<Loaded, StorageError>,
        watch: &mut Watch,
    ) -> Option<&'a [StoredEvent]> {
        self.load.take_if(|load| *load == operation)?;
        if self.until.take().is_none() {
            watch.count("storage: loaded late");
        }
        let loaded = result.as_ref().ok()?;
        self.is_loaded = true;
        self.refused += loaded.refused.len() as u64;
        watch.add("restored", loaded.events.len() as u64);
        Some(&loaded.events)
    }

    pub(crate) fn is_loading(&self) -> bool {
        self.until.is_some()
    }
}
