//! What one browser keeps of one user.

use std::collections::BTreeMap;
use std::time::Duration;

use yewdux_socket_core::error::StorageError;
use yewdux_socket_core::{EventId, Loaded, StoredEvent, Timestamp};

use crate::control::Breach;

/// How far an event may lie in the future.
const CLOCK_TOLERANCE: Duration = Duration::from_mins(5);

#[derive(Default)]
pub(crate) struct Disk {
    records: BTreeMap<EventId, StoredEvent>,
    /// The device whose tab holds it.
    pub(super) holder: Option<usize>,
}

/// A change of what is kept.
#[derive(Debug, Clone)]
pub(super) enum Change {
    Store(StoredEvent),
    Remove(EventId),
    Erase,
}

impl Disk {
    pub(super) fn apply(&mut self, change: Change, breach: Option<Breach>) {
        match change {
            Change::Store(event) => {
                self.records.insert(event.id.clone(), event);
            }
            Change::Remove(id) if breach != Some(Breach::KeepsRemoved) => {
                self.records.remove(&id);
            }
            Change::Erase if breach != Some(Breach::KeepsErased) => self.records.clear(),
            Change::Remove(_) | Change::Erase => {}
        }
    }

    /// Reads all records. Those at the places that `damaged` has a bit for cannot be read; what cannot be used is
    /// removed. Also says which were refused.
    pub(super) fn read(
        &mut self,
        now: Timestamp,
        damaged: u8,
        breach: Option<Breach>,
    ) -> (Loaded, Vec<EventId>) {
        let (mut loaded, mut removed) = (Loaded::default(), Vec::new());
        for (place, event) in self.records.values().enumerate() {
            let from_the_future = event.timestamp.since(now) > CLOCK_TOLERANCE;
            let error = if damaged & (1 << (place % 8)) != 0 {
                if place % 2 == 0 { StorageError::Damaged } else { StorageError::Foreign }
            } else if event.expires_at <= now || from_the_future {
                StorageError::Stale
            } else {
                loaded.events.push(event.clone());
                continue;
            };
            loaded.refused.push(error);
            removed.push(event.id.clone());
        }
        for id in &removed {
            self.records.remove(id);
        }
        match breach {
            Some(Breach::LosesRecord) => {
                if let Some(lost) = loaded.events.pop() {
                    self.records.remove(&lost.id);
                }
            }
            Some(Breach::Renumbers) => {
                let most = loaded.events.iter().map(|event| event.sequence).max();
                for event in &mut loaded.events {
                    event.sequence = most.unwrap_or_default() - event.sequence;
                }
            }
            _ => {}
        }
        (loaded, removed)
    }

    pub(super) fn clear(&mut self) {
        self.records.clear();
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = &EventId> {
        self.records.keys()
    }

    pub(crate) fn keeps(&self, id: &EventId) -> bool {
        self.records.contains_key(id)
    }
}
