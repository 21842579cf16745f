//! What of the outbox is kept over a reload, and what an earlier page left.

use std::sync::Arc;

use litemap::LiteMap;

use super::{Entry, Outbox, QueuedEvent, StoredEvent, Written};
use crate::event::Lane;
use crate::id::EventId;
use crate::time::Now;

impl Outbox {
    /// Puts what an earlier page left in front of what this page emitted. Nobody knows whether it was written. What is
    /// `stored` is all that is kept: of what this page emitted it may be less than was stored.
    pub(crate) fn restore(&mut self, now: Now, mut stored: Vec<(StoredEvent, Lane)>) {
        self.handed.clear();
        for (event, _) in &stored {
            self.handed.insert(event.id.clone(), ());
        }
        stored.retain(|(event, _)| !self.by_id.contains_key(&event.id));
        // Numbers that change have to be stored again, or the next page takes the events in another order.
        let renumbers = !stored.is_empty();
        for entry in
            self.entries.iter_mut().map(|(_, entry)| entry).filter(|entry| entry.event.durable)
        {
            if renumbers || !self.handed.contains_key(&entry.event.id) {
                Arc::make_mut(&mut entry.event).durable = false;
            }
        }
        if !renumbers {
            return;
        }
        let own: Vec<_> = self.entries.keys().copied().collect();
        let own: Vec<_> = own.into_iter().filter_map(|sequence| self.remove(sequence)).collect();
        for (event, lane) in stored {
            let life = event.expires_at.since(event.timestamp);
            // A clock that was set back must not lengthen a life.
            let left = event.expires_at.since(now.wall).min(life);
            let entry = Entry {
                lane,
                expires_at: now.monotonic.saturating_add(left),
                expires_at_wall: event.expires_at,
                written: Written::Perhaps {
                    age: now.wall.since(event.timestamp),
                    restored_at: now.monotonic,
                },
                volatile: false,
                event: Arc::new(QueuedEvent {
                    id: event.id,
                    event_type: event.event_type,
                    payload: event.payload,
                    timestamp: event.timestamp,
                    retry_count: 0,
                    organization_id: event.organization_id,
                    in_flight: false,
                    durable: true,
                }),
            };
            self.insert(event.sequence, entry);
        }
        for entry in own {
            self.insert(self.next_sequence, entry);
        }
    }

    /// Hands an event over to be stored, unless it is or must not be.
    pub(crate) fn hand_over(&mut self, id: &EventId) -> Option<StoredEvent> {
        let sequence = *self.by_id.get(id)?;
        let entry = self.entries.get(&sequence)?;
        // What an earlier page left counts: from page to page it must not become more and more.
        let has_room = self.handed.len() < self.config.max_events || self.handed.contains_key(id);
        if !has_room || entry.volatile || entry.event.durable {
            return None;
        }
        self.handed.insert(id.clone(), ());
        Some(StoredEvent {
            id: id.clone(),
            sequence,
            event_type: entry.event.event_type.clone(),
            organization_id: entry.event.organization_id.clone(),
            payload: entry.event.payload.clone(),
            timestamp: entry.event.timestamp,
            expires_at: entry.expires_at_wall,
        })
    }

    /// The event is kept over a reload. Whether there still is one of this number.
    pub(crate) fn mark_durable(&mut self, sequence: u64) -> bool {
        let Some(entry) = self.entries.get_mut(&sequence) else { return false };
        Arc::make_mut(&mut entry.event).durable = true;
        true
    }

    /// Nobody needs it to be kept any more. Whether it was handed to storage.
    pub(crate) fn let_go(&mut self, id: &EventId) -> bool {
        self.handed.remove(id).is_some()
    }

    /// What may be kept.
    pub(crate) fn handed(&self) -> &LiteMap<EventId, ()> {
        &self.handed
    }

    /// Whether the event waits for its outcome.
    pub(crate) fn contains(&self, id: &EventId) -> bool {
        self.by_id.contains_key(id)
    }

    /// Nothing is known to be kept over a reload any more.
    pub(crate) fn mark_all_lost(&mut self) {
        for entry in
            self.entries.iter_mut().map(|(_, entry)| entry).filter(|entry| entry.event.durable)
        {
            Arc::make_mut(&mut entry.event).durable = false;
        }
    }
}
