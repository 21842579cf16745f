//! Events that wait to be sent or acknowledged, and what becomes of them.

mod stored;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::config::OutboxConfig;
use crate::error::EmitError;
use crate::event::Lane;
use crate::id::{EventId, OrganizationId};
use crate::time::Timestamp;
use crate::wire::RawJson;

pub use stored::{Loaded, StoredEvent};

/// An event in the outbox (`QueuedEvent` in the design document).
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
    /// The sign-in or the membership ended before it was ever written.
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
    /// On the monotonic clock.
    pub(crate) expires_at: Duration,
}

#[derive(Debug)]
struct Entry {
    event: Arc<QueuedEvent>,
    lane: Lane,
    expires_at: Duration,
    written: bool,
    /// Until when it may be sent again, on the monotonic clock.
    repeat_until: Option<Duration>,
}

/// The order of sending: what was written before goes first, then by lane, then by age.
type Turn = (bool, Lane, u64);

/// The queue of emitted events. An event stays until it has its outcome.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    config: OutboxConfig,
    entries: BTreeMap<u64, Entry>,
    by_id: BTreeMap<EventId, u64>,
    /// Entries that are not in flight.
    ready: BTreeSet<Turn>,
    expiries: BTreeSet<(Duration, u64)>,
    bytes: usize,
    next_sequence: u64,
}

impl Outbox {
    pub(crate) fn new(config: OutboxConfig) -> Self {
        Self { config, ..Self::default() }
    }

    /// Appends an event.
    pub(crate) fn push(&mut self, new: NewEvent) -> Result<(), EmitError> {
        let size = new.payload.as_str().len();
        if self.entries.len() >= self.config.max_events || self.bytes + size > self.config.max_bytes
        {
            return Err(EmitError::QueueFull { events: self.entries.len(), bytes: self.bytes });
        }
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        self.bytes += size;
        self.by_id.insert(new.id.clone(), sequence);
        self.ready.insert((true, new.lane, sequence));
        self.expiries.insert((new.expires_at, sequence));
        let event = QueuedEvent {
            id: new.id,
            event_type: new.event_type,
            payload: new.payload,
            timestamp: new.timestamp,
            retry_count: 0,
            organization_id: new.organization,
            in_flight: false,
        };
        let entry = Entry {
            event: Arc::new(event),
            lane: new.lane,
            expires_at: new.expires_at,
            written: false,
            repeat_until: None,
        };
        self.entries.insert(sequence, entry);
        Ok(())
    }

    /// The event whose turn it is to be written.
    pub(crate) fn next(&self) -> Option<Arc<QueuedEvent>> {
        let (_, _, sequence) = self.ready.first()?;
        self.entries.get(sequence).map(|entry| entry.event.clone())
    }

    /// Whether sending the event now cannot make it take effect twice.
    pub(crate) fn may_be_sent(&self, id: &EventId, now: Duration) -> bool {
        let entry = self.by_id.get(id).and_then(|sequence| self.entries.get(sequence));
        entry.is_some_and(|entry| entry.repeat_until.is_none_or(|until| now < until))
    }

    /// The event was written on the present connection, to a server that knows its idempotency key until
    /// `known_until` at least.
    pub(crate) fn mark_written(&mut self, id: &EventId, known_until: Option<Duration>) {
        let Some(sequence) = self.by_id.get(id) else { return };
        let Some(entry) = self.entries.get_mut(sequence) else { return };
        self.ready.remove(&(!entry.written, entry.lane, *sequence));
        let event = Arc::make_mut(&mut entry.event);
        event.in_flight = true;
        event.retry_count += u32::from(entry.written);
        if !entry.written {
            entry.repeat_until = known_until;
        }
        entry.written = true;
    }

    /// The connection is gone: what was in flight waits again, ahead of the rest.
    pub(crate) fn connection_lost(&mut self) {
        for (sequence, entry) in self.entries.iter_mut().filter(|(_, entry)| entry.event.in_flight)
        {
            Arc::make_mut(&mut entry.event).in_flight = false;
            self.ready.insert((!entry.written, entry.lane, *sequence));
        }
    }

    /// Removes an event that has its outcome. Whether it was there.
    pub(crate) fn settle(&mut self, id: &EventId) -> bool {
        self.by_id.get(id).copied().and_then(|sequence| self.remove(sequence)).is_some()
    }

    /// Removes what has outlived its time.
    pub(crate) fn expire(&mut self, now: Duration) -> Vec<(EventId, Outcome)> {
        let mut gone = Vec::new();
        while let Some((at, sequence)) = self.expiries.first().copied() {
            if at > now {
                break;
            }
            let Some(entry) = self.remove(sequence) else { break };
            let outcome = if entry.written { Outcome::Unconfirmed } else { Outcome::Expired };
            gone.push((entry.event.id.clone(), outcome));
        }
        gone
    }

    /// Removes the events of one organization, or all of them.
    pub(crate) fn purge(
        &mut self,
        organization: Option<&OrganizationId>,
    ) -> Vec<(EventId, Outcome)> {
        let sequences: Vec<_> = self
            .entries
            .iter()
            .filter(|(_, entry)| {
                organization.is_none() || entry.event.organization_id.as_ref() == organization
            })
            .map(|(sequence, _)| *sequence)
            .collect();
        sequences
            .into_iter()
            .filter_map(|sequence| self.remove(sequence))
            .map(|entry| {
                let outcome = if entry.written { Outcome::Unconfirmed } else { Outcome::Discarded };
                (entry.event.id.clone(), outcome)
            })
            .collect()
    }

    fn remove(&mut self, sequence: u64) -> Option<Entry> {
        let entry = self.entries.remove(&sequence)?;
        self.by_id.remove(&entry.event.id);
        self.ready.remove(&(!entry.written, entry.lane, sequence));
        self.expiries.remove(&(entry.expires_at, sequence));
        self.bytes -= entry.event.payload.as_str().len();
        Some(entry)
    }

    /// When the next event expires.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.expiries.first().map(|(at, _)| *at)
    }

    /// Events that were written on the present connection and wait for their ack.
    pub(crate) fn in_flight(&self) -> usize {
        self.entries.len() - self.ready.len()
    }

    /// All events, oldest first.
    pub(crate) fn events(&self) -> impl Iterator<Item = &Arc<QueuedEvent>> {
        self.entries.values().map(|entry| &entry.event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(name: &str, lane: Lane, expires_at: u64) -> NewEvent {
        NewEvent {
            id: EventId::from(name),
            event_type: "patient_updated".into(),
            organization: Some(OrganizationId::from(if name.starts_with('s') {
                "south"
            } else {
                "north"
            })),
            payload: RawJson::parse("{}".into()).unwrap(),
            lane,
            timestamp: Timestamp::default(),
            expires_at: Duration::from_secs(expires_at),
        }
    }

    fn outbox(events: &[(&str, Lane)]) -> Outbox {
        let mut outbox = Outbox::default();
        for (name, lane) in events {
            outbox.push(event(name, *lane, 100)).unwrap();
        }
        outbox
    }

    fn write_all(outbox: &mut Outbox) -> Vec<String> {
        std::iter::from_fn(|| {
            let next = outbox.next()?;
            outbox.mark_written(&next.id, Some(Duration::from_mins(1)));
            Some(next.id.to_string())
        })
        .collect()
    }

    #[test]
    fn order_is_kept_within_a_lane_and_lanes_go_by_priority() {
        let mut subject = outbox(&[
            ("low", Lane::Low),
            ("a", Lane::Normal),
            ("high", Lane::High),
            ("b", Lane::Normal),
        ]);
        assert_eq!(write_all(&mut subject), ["high", "a", "b", "low"]);
        assert_eq!(subject.in_flight(), 4);
    }

    #[test]
    fn what_was_written_goes_again_first_in_order() {
        let mut subject = outbox(&[("a", Lane::Normal), ("b", Lane::Normal)]);
        write_all(&mut subject);
        subject.push(event("high", Lane::High, 100)).unwrap();
        subject.connection_lost();
        assert_eq!(write_all(&mut subject), ["a", "b", "high"]);
        let retries: Vec<_> = subject.events().map(|event| event.retry_count).collect();
        assert_eq!(retries, [1, 1, 0]);
    }

    #[test]
    fn an_event_is_not_repeated_once_its_key_may_be_forgotten() {
        let mut subject = outbox(&[("a", Lane::Normal)]);
        let (id, before, after) =
            (EventId::from("a"), Duration::from_secs(59), Duration::from_mins(1));
        assert!(subject.may_be_sent(&id, after), "it was never written");
        write_all(&mut subject);
        subject.connection_lost();
        assert!(subject.may_be_sent(&id, before) && !subject.may_be_sent(&id, after));
        subject.mark_written(&id, Some(Duration::from_secs(99)));
        assert!(!subject.may_be_sent(&id, after), "the server counts from the first time");
    }

    #[test]
    fn settled_events_are_gone_and_settle_once() {
        let mut subject = outbox(&[("a", Lane::Normal)]);
        write_all(&mut subject);
        assert!(subject.settle(&EventId::from("a")));
        assert!(!subject.settle(&EventId::from("a")));
        assert_eq!((subject.events().count(), subject.bytes, subject.deadline()), (0, 0, None));
    }

    #[test]
    fn expiry_tells_the_written_from_the_unwritten() {
        let mut subject = outbox(&[("a", Lane::Normal)]);
        write_all(&mut subject);
        subject.push(event("b", Lane::Normal, 50)).unwrap();
        subject.push(event("c", Lane::Normal, 200)).unwrap();
        assert_eq!(subject.deadline(), Some(Duration::from_secs(50)));
        assert_eq!(
            subject.expire(Duration::from_secs(100)),
            [(EventId::from("b"), Outcome::Expired), (EventId::from("a"), Outcome::Unconfirmed)]
        );
        assert_eq!(subject.events().count(), 1);
    }

    #[test]
    fn purging_one_organization_leaves_the_others() {
        let mut subject =
            outbox(&[("n1", Lane::Normal), ("s1", Lane::Normal), ("n2", Lane::Normal)]);
        subject.mark_written(&EventId::from("n1"), None);
        assert_eq!(
            subject.purge(Some(&OrganizationId::from("north"))),
            [
                (EventId::from("n1"), Outcome::Unconfirmed),
                (EventId::from("n2"), Outcome::Discarded)
            ]
        );
        assert_eq!(subject.purge(None), [(EventId::from("s1"), Outcome::Discarded)]);
    }

    #[test]
    fn bounds_in_count_and_bytes_refuse_and_lose_nothing() {
        let config = OutboxConfig { max_events: 2, ..OutboxConfig::default() };
        let mut subject = Outbox::new(config);
        subject.push(event("a", Lane::Normal, 9)).unwrap();
        subject.push(event("b", Lane::Normal, 9)).unwrap();
        assert_eq!(
            subject.push(event("c", Lane::Normal, 9)),
            Err(EmitError::QueueFull { events: 2, bytes: 4 })
        );
        assert_eq!(subject.events().count(), 2);
        let mut subject = Outbox::new(OutboxConfig { max_bytes: 3, ..OutboxConfig::default() });
        subject.push(event("a", Lane::Normal, 9)).unwrap();
        assert!(matches!(
            subject.push(event("b", Lane::Normal, 9)),
            Err(EmitError::QueueFull { .. })
        ));
    }

    #[test]
    fn json_has_the_design_documents_fields() {
        let subject = outbox(&[("a", Lane::Normal)]);
        let json = serde_json::to_value(subject.events().next().unwrap()).unwrap();
        for key in ["id", "type", "payload", "timestamp", "retryCount"] {
            assert!(json.get(key).is_some(), "{key}");
        }
    }
}
