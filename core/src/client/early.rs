//! Events that come before `$welcome`: nobody knows yet whether they may be seen. They are held, decided on when
//! `$welcome` comes, and discarded if it does not.

use super::Client;
use super::connection::Pace;
use crate::error::{ConnectionError, PerformanceError};
use crate::wire::{EventItem, Incoming, Item, RawJson, decode_server};

/// What is held.
#[derive(Debug, Default)]
pub(super) struct Early {
    events: Vec<RawJson>,
    bytes: usize,
}

impl Client {
    /// Holds an event until `$welcome`.
    pub(super) fn hold_until_welcome(&mut self, event: &EventItem<'_>) {
        let inbound = &self.config.inbound;
        let limit = inbound.max_held_events;
        self.early.bytes += event.json().len();
        if self.early.events.len() >= limit || self.early.bytes > inbound.max_early_bytes {
            self.report(PerformanceError::BufferFull { limit });
            let what = "too many events before `$welcome`";
            return self.lose(ConnectionError::Protocol { what }, Pace::Backoff);
        }
        self.early.events.push(event.copy());
    }

    /// `$welcome` has come: what was held is decided on like what comes from now on.
    pub(super) fn release_early(&mut self) {
        for event in std::mem::take(&mut self.early).events {
            if let Ok(Incoming::Event(item)) =
                decode_server(Item::within(&event, &self.config.shape))
            {
                self.event(&item);
            }
        }
    }

    /// It has not come, and will not on this connection.
    pub(super) fn discard_early(&mut self) {
        self.early = Early::default();
    }
}
