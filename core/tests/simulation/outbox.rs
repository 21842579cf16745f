//! What a page's client knows of its stored outbox, worked out from what it asked for and was told.

use std::time::Duration;

use yewdux_socket_core::error::StorageError;
use yewdux_socket_core::{Config, Input, Loaded, StoredEvent};

use crate::watch::Watch;

/// The stored outbox of one sign-in at one page.
#[derive(Default)]
pub(crate) struct StoredOutbox {
    /// The load that is waited for, and until when on the steady clock.
    awaited: Option<(u64, Duration)>,
    /// Whether what an earlier page left was taken over.
    pub(crate) is_loaded: bool,
    /// How many records could not be used.
    pub(crate) refused: u64,
}

impl StoredOutbox {
    /// The client asks for what an earlier page left.
    pub(crate) fn load(&mut self, operation: u64, steady: Duration) {
        self.awaited = Some((operation, steady + Config::default().storage_timeout));
        self.is_loaded = false;
    }

    /// Time has come, and something with it. A late answer is better than none if it comes before the client looks.
    pub(crate) fn wait(&mut self, steady: Duration, input: &Input) {
        let is_answer = |awaited: u64| matches!(input, Input::Loaded { operation, .. } if *operation == awaited);
        self.awaited.take_if(|(awaited, until)| steady >= *until && !is_answer(*awaited));
    }

    /// The answer to a load. Returns the events if the client has waited for them.
    pub(crate) fn loaded<'a>(
        &mut self,
        operation: u64,
        result: &'a Result<Loaded, StorageError>,
        watch: &mut Watch,
    ) -> Option<&'a [StoredEvent]> {
        if self.awaited.take_if(|(awaited, _)| *awaited == operation).is_none() {
            watch.count("storage: loaded too late");
            return None;
        }
        let loaded = result.as_ref().ok()?;
        self.is_loaded = true;
        self.refused += loaded.refused.len() as u64;
        watch.add("restored", loaded.events.len() as u64);
        Some(&loaded.events)
    }

    pub(crate) fn is_loading(&self) -> bool {
        self.awaited.is_some()
    }
}
