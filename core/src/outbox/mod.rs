//! Events that wait to be sent or acknowledged, and what becomes of them.

mod schedule;
#[cfg(feature = "persist")]
mod storage;
mod stored;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use litemap::LiteMap;
use serde::{Deserialize, Serialize};

use crate::config::OutboxConfig;
use crate::error::EmitError;
use crate::event::Lane;
use crate::id::{EventId, OrganizationId};
use crate::scan::RawJson;
use crate::time::Timestamp;
use schedule::{Schedule, Turn};

pub use stored::{Loaded, StoredEvent};

/// An event in the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QueuedEvent {
    /// The idempotency key.
    pub id: EventId,
    /// The event type.
    #[serde(rename = "type")]
    pub event_type: Arc<str>,
    /// The event as it goes over the wire.
    pub payload: RawJson,
    /// When it was emitted.
    pub timestamp: Timestamp,
    /// How often it was sent again.
    pub retry_count: u32,
    /// The organization that it belongs to, unless it is global.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<OrganizationId>,
    /// Whether it was written on the present connection and waits for its ack.
    pub in_flight: bool,
    /// Whether it is kept over a reload of the page.
    #[serde(default)]
    pub durable: bool,
}

/// An event was accepted for sending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The idempotency key.
    pub id: EventId,
    /// Whether it was written at once; otherwise it is queued.
    pub in_flight: bool,
}

/// What became of an emitted event. Each gets exactly one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The server accepted it.
    Acknowledged,
    /// The server refused it, or the user may no longer send it.
    Rejected {
        /// A stable code.
        code: String,
        /// The reason in plain words.
        reason: String,
    },
    /// Its time to live ended before it was ever written.
    Expired,
    /// It was written, and its time to live or the sign-in ended before an ack: the server may have acted.
    Unconfirmed,
    /// It was never written: the sign-in or the membership ended, or it is of a volatile type and there was no
    /// connection to write it to at once.
    Discarded,
}

impl Outcome {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Acknowledged => "acknowledged",
            Self::Rejected { .. } => "rejected",
            Self::Expired => "expired",
            Self::Unconfirmed => "unconfirmed",
            Self::Discarded => "discarded",
        }
    }
}

/// What [`Outbox::push`] takes.
#[derive(Debug)]
pub(crate) struct NewEvent {
    pub(crate) id: EventId,
    pub(crate) event_type: Arc<str>,
    pub(crate) organization: Option<OrganizationId>,
    pub(crate) payload: RawJson,
    pub(crate) lane: Lane,
    pub(crate) timestamp: Timestamp,
    pub(crate) time_to_live: Duration,
    /// Whether it is written at once or not at all.
    pub(crate) volatile: bool,
}

/// Whether an event was ever written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    Never,
    /// To a server that knows its idempotency key until this point of the monotonic clock, if that is known.
    KnownUntil(Option<Duration>),
    /// An earlier page may have written it.
    #[cfg_attr(not(feature = "persist"), expect(dead_code, reason = "there is no earlier page"))]
    Perhaps {
        /// How long before the page was loaded it was emitted.
        age: Duration,
        /// When the page loaded it, on the monotonic clock.
        restored_at: Duration,
    },
}

#[derive(Debug)]
struct Entry {
    event: Arc<QueuedEvent>,
    lane: Lane,
    /// On the monotonic clock.
    expires_at: Duration,
    /// The same on the wall clock, for another page.
    #[cfg_attr(not(feature = "persist"), expect(dead_code, reason = "there is no other page"))]
    expires_at_wall: Timestamp,
    written: Written,
    volatile: bool,
}

impl Entry {
    fn turn(&self, sequence: u64) -> Turn {
        Turn { fresh: self.written == Written::Never, lane: self.lane, sequence }
    }

    fn ended(&self, unwritten: Outcome) -> (EventId, Outcome) {
        let outcome = if self.written == Written::Never { unwritten } else { Outcome::Unconfirmed };
        (self.event.id.clone(), outcome)
    }
}

/// The queue of emitted events. An event stays until it has its outcome.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    config: OutboxConfig,
    entries: LiteMap<u64, Entry>,
    by_id: LiteMap<EventId, u64>,
    schedule: Schedule,
    expiries: LiteMap<(Duration, u64), ()>,
    volatile: LiteMap<u64, ()>,
    /// What was handed to storage and not let go, so that a page may find it.
    handed: LiteMap<EventId, ()>,
    bytes: usize,
    next_sequence: u64,
}

impl Outbox {
    pub(crate) fn new(config: OutboxConfig) -> Self {
        Self { config, ..Self::default() }
    }

    /// Appends an event.
    pub(crate) fn push(&mut self, now: Duration, new: NewEvent) -> Result<(), EmitError> {
        let size = new.payload.as_str().len();
        if self.entries.len() >= self.config.max_events || self.bytes + size > self.config.max_bytes
        {
            return Err(EmitError::QueueFull { events: self.entries.len(), bytes: self.bytes });
        }
        let event = QueuedEvent {
            id: new.id,
            event_type: new.event_type,
            payload: new.payload,
            timestamp: new.timestamp,
            retry_count: 0,
            organization_id: new.organization,
            in_flight: false,
            durable: false,
        };
        let entry = Entry {
            event: Arc::new(event),
            lane: new.lane,
            expires_at: now.saturating_add(new.time_to_live),
            expires_at_wall: new.timestamp.after(new.time_to_live),
            written: Written::Never,
            volatile: new.volatile,
        };
        self.insert(self.next_sequence, entry);
        Ok(())
    }

    fn insert(&mut self, sequence: u64, entry: Entry) {
        self.next_sequence = self.next_sequence.max(sequence.saturating_add(1));
        self.bytes += entry.event.payload.as_str().len();
        self.by_id.insert(entry.event.id.clone(), sequence);
        let (organization, turn) = (entry.event.organization_id.as_ref(), entry.turn(sequence));
        self.schedule.wait(organization, turn);
        if entry.event.in_flight {
            self.schedule.fly(organization, turn);
        }
        self.expiries.insert((entry.expires_at, sequence), ());
        if entry.volatile {
            self.volatile.insert(sequence, ());
        }
        self.entries.insert(sequence, entry);
    }

    /// More time has passed than the steady clock shows: all times that depend on it end so much earlier.
    pub(crate) fn age(&mut self, time: Duration) {
        self.expiries.clear();
        for (sequence, entry) in self.entries.iter_mut() {
            entry.expires_at = entry.expires_at.saturating_sub(time);
            match &mut entry.written {
                Written::Never | Written::KnownUntil(None) => {}
                Written::KnownUntil(Some(until)) => *until = until.saturating_sub(time),
                Written::Perhaps { age, .. } => *age = age.saturating_add(time),
            }
            self.expiries.insert((entry.expires_at, *sequence), ());
        }
    }

    fn entry(&self, id: &EventId) -> Option<(u64, &Entry)> {
        let sequence = *self.by_id.get(id)?;
        Some((sequence, self.entries.get(&sequence)?))
    }

    /// The event whose turn it is to be written, if `window` events may be in flight.
    pub(crate) fn next(&self, window: usize) -> Option<Arc<QueuedEvent>> {
        let sequence = self.schedule.next(window)?;
        self.entries.get(&sequence).map(|entry| entry.event.clone())
    }

    /// The event that came last in place of the one whose turn it is, for a simulation that is to notice.
    #[cfg(feature = "controls")]
    pub(crate) fn next_out_of_order(&self, window: usize) -> Option<Arc<QueuedEvent>> {
        let first = self.next(window)?;
        let mut waiting = self.entries.values().rev().map(|entry| &entry.event);
        waiting
            .find(|event| !event.in_flight && event.organization_id == first.organization_id)
            .cloned()
    }

    /// Whether sending the event now, to a server that knows keys for so long, cannot make it take effect twice.
    /// A server that knows none, `Some(Duration::ZERO)`, gets only what was never written.
    pub(crate) fn may_be_sent(
        &self,
        id: &EventId,
        now: Duration,
        dedupe: Option<Duration>,
    ) -> bool {
        self.entry(id).is_some_and(|(_, entry)| match entry.written {
            Written::Never => true,
            Written::KnownUntil(until) => {
                dedupe != Some(Duration::ZERO) && until.is_none_or(|until| now < until)
            }
            Written::Perhaps { age, restored_at } => {
                dedupe.is_none_or(|dedupe| age + now.saturating_sub(restored_at) < dedupe)
            }
        })
    }

    /// The event was written on the present connection, to a server that knows its idempotency key until
    /// `known_until` at least.
    pub(crate) fn mark_written(&mut self, id: &EventId, known_until: Option<Duration>) {
        let Some(sequence) = self.by_id.get(id).copied() else { return };
        let Some(entry) = self.entries.get_mut(&sequence) else { return };
        self.schedule.fly(entry.event.organization_id.as_ref(), entry.turn(sequence));
        let event = Arc::make_mut(&mut entry.event);
        event.in_flight = true;
        event.retry_count += u32::from(entry.written != Written::Never);
        match &mut entry.written {
            Written::Never => entry.written = Written::KnownUntil(known_until),
            // Nobody knows which of the writes arrived.
            Written::KnownUntil(Some(until)) => {
                *until = (*until).min(known_until.unwrap_or(*until));
            }
            Written::KnownUntil(until) => *until = known_until,
            Written::Perhaps { .. } => {}
        }
    }

    /// The connection is gone: what was in flight waits again, ahead of the rest. What is volatile is gone with it.
    pub(crate) fn connection_lost(&mut self) -> Vec<(EventId, Outcome)> {
        for (sequence, entry) in self.entries.iter_mut().filter(|(_, entry)| entry.event.in_flight)
        {
            Arc::make_mut(&mut entry.event).in_flight = false;
            let organization = entry.event.organization_id.as_ref();
            self.schedule.land(organization);
            self.schedule.wait(organization, entry.turn(*sequence));
        }
        let volatile = self.volatile.keys().copied().collect();
        self.remove_all(volatile, &Outcome::Discarded)
    }

    /// Removes what is volatile and was not written.
    pub(crate) fn discard_volatile(&mut self) -> Vec<(EventId, Outcome)> {
        let waits = |sequence: &&u64| {
            self.entries.get(sequence).is_some_and(|entry| !entry.event.in_flight)
        };
        let sequences = self.volatile.keys().filter(waits).copied().collect();
        self.remove_all(sequences, &Outcome::Discarded)
    }

    /// Removes an event that cannot be sent any more: `unwritten` is its outcome if it never was.
    pub(crate) fn give_up(
        &mut self,
        id: &EventId,
        unwritten: Outcome,
    ) -> Option<(EventId, Outcome)> {
        let sequence = self.by_id.get(id).copied()?;
        self.remove(sequence).map(|entry| entry.ended(unwritten))
    }

    /// Removes an event that has its outcome. Whether it was there.
    pub(crate) fn settle(&mut self, id: &EventId) -> bool {
        self.by_id.get(id).copied().and_then(|sequence| self.remove(sequence)).is_some()
    }

    /// Removes what has outlived its time.
    pub(crate) fn expire(&mut self, now: Duration) -> Vec<(EventId, Outcome)> {
        let due = self.expiries.keys().take_while(|(at, _)| *at <= now);
        let sequences: Vec<_> = due.map(|(_, sequence)| *sequence).collect();
        self.remove_all(sequences, &Outcome::Expired)
    }

    /// Removes the events of one organization, or all of them. Of what may be `kept` for another page nobody knows
    /// what will become of it.
    pub(crate) fn purge(
        &mut self,
        organization: Option<&OrganizationId>,
        kept: bool,
    ) -> Vec<(EventId, Outcome)> {
        let gone = |entry: &Entry| {
            organization.is_none() || entry.event.organization_id.as_ref() == organization
        };
        let sequences = self.entries.iter().filter(|(_, entry)| gone(entry));
        let sequences: Vec<_> = sequences.map(|(sequence, _)| *sequence).collect();
        let gone: Vec<_> =
            sequences.into_iter().filter_map(|sequence| self.remove(sequence)).collect();
        gone.into_iter()
            .map(|entry| {
                let unwritten = if kept && self.handed.contains_key(&entry.event.id) {
                    Outcome::Unconfirmed
                } else {
                    Outcome::Discarded
                };
                entry.ended(unwritten)
            })
            .collect()
    }

    fn remove_all(&mut self, sequences: Vec<u64>, unwritten: &Outcome) -> Vec<(EventId, Outcome)> {
        sequences
            .into_iter()
            .filter_map(|sequence| self.remove(sequence))
            .map(|entry| entry.ended(unwritten.clone()))
            .collect()
    }

    fn remove(&mut self, sequence: u64) -> Option<Entry> {
        let entry = self.entries.remove(&sequence)?;
        self.by_id.remove(&entry.event.id);
        self.volatile.remove(&sequence);
        let organization = entry.event.organization_id.as_ref();
        if entry.event.in_flight {
            self.schedule.land(organization);
        } else {
            self.schedule.leave(organization, entry.turn(sequence));
        }
        self.expiries.remove(&(entry.expires_at, sequence));
        self.bytes -= entry.event.payload.as_str().len();
        Some(entry)
    }

    /// When the next event expires.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.expiries.first().map(|((at, _), ())| *at)
    }

    /// All events, oldest first.
    pub(crate) fn events(&self) -> impl Iterator<Item = &Arc<QueuedEvent>> {
        self.entries.values().map(|entry| &entry.event)
    }
}
