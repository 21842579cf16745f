//! Where the client stands in each organization's event history, and how it catches up.
//!
//! An organization is either live, and its events pass in order and once, or it is synchronizing: a
//! snapshot is on its way, events are held, and the position stays where it was, so that a connection
//! lost in between begins the same again.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use litemap::LiteMap;

use crate::event::{Position, ReceivedEvent};
use crate::id::{OrganizationId, StreamEpoch};
use crate::wire::{Map, RawJson, SnapshotPart};

/// What an entry of a snapshot takes beside its text: many short ones must not add up to many times the limit.
const ENTRY_BYTES: usize = 40;

/// Topics of one snapshot, all parts together: as many as one part may have.
const MAX_TOPICS: usize = 1_000;

/// What to do with an event, by its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is next.
    Deliver,
    /// It is held until the snapshot is applied.
    Hold,
    /// It came before.
    Duplicate,
    /// Events before it are missing. The place did not move.
    Gap,
}

/// A snapshot that arrived whole.
#[derive(Debug)]
pub(crate) struct Arrived {
    pub(crate) organization: OrganizationId,
    pub(crate) position: Position,
    pub(crate) topics: Map<String, Vec<RawJson>>,
    /// What else it means, if it replaces all state and not presence alone.
    pub(crate) whole: Option<Whole>,
}

/// What a snapshot of all of an organization's state means for its stream.
#[derive(Debug)]
pub(crate) struct Whole {
    /// Whether there was state before, which some missed events did not reach.
    pub(crate) again: bool,
    /// Held events that are newer than the snapshot, in order.
    pub(crate) held: Vec<Arc<ReceivedEvent>>,
}

/// A part of a snapshot could not be used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PartError {
    /// Nobody waits for it any more.
    Late,
    /// All parts together are over the limit.
    TooLarge,
    /// It is older than what the client has, or than what has to follow on it; or its parts hold at several positions.
    Stale,
}

#[derive(Debug, Default)]
struct Stream {
    position: Option<Position>,
    /// What waits for the snapshot; `None` while live.
    held: Option<Held>,
    /// Whether events behind the position were lost, so that only a snapshot helps.
    broken: bool,
}

impl Stream {
    /// Whether a snapshot would take the stream back, or leave a gap before what is held.
    fn is_ahead_of(&self, snapshot: &Position) -> bool {
        let own = self.position.as_ref();
        let held = self
            .held
            .as_ref()
            .filter(|held| held.last.as_ref().is_some_and(|last| last.epoch == snapshot.epoch));
        own.is_some_and(|own| own.epoch == snapshot.epoch && own.offset > snapshot.offset)
            || held.is_some_and(|held| held.first > snapshot.offset + 1)
    }
}

/// Events that wait for a snapshot. Their places are consecutive, those of dropped events included.
#[derive(Debug, Default)]
struct Held {
    events: Vec<Arc<ReceivedEvent>>,
    first: u64,
    last: Option<Position>,
}

#[derive(Debug)]
struct Pending {
    organization: OrganizationId,
    /// Whether it replaces all state, or presence alone.
    whole: bool,
    /// Where the stream stood when it was asked for. What came before must be part of the answer.
    since: Option<Position>,
    /// When it was asked for, or its last part came.
    active_at: Duration,
    /// Where all of its parts must hold: as the first one says.
    position: Option<Position>,
    bytes: usize,
    topics: Map<String, Vec<RawJson>>,
}

/// The streams of all organizations.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    by_organization: LiteMap<OrganizationId, Stream>,
    pending: LiteMap<u64, Pending>,
    next_request: u64,
}

impl Streams {
    /// The positions to resume from.
    pub(crate) fn positions(&self) -> Map<OrganizationId, Position> {
        let mut positions = Map::new();
        for (organization, stream) in self.by_organization.iter() {
            if let (false, Some(position)) = (stream.broken, &stream.position) {
                positions.insert(organization.clone(), position.clone());
            }
        }
        positions
    }

    /// The position of an organization that is live.
    pub(crate) fn live_position(&self, organization: &OrganizationId) -> Option<&Position> {
        let stream = self.by_organization.get(organization)?;
        stream.position.as_ref().filter(|_| stream.held.is_none())
    }

    /// Whether a snapshot of all of an organization's state is on its way.
    pub(crate) fn is_synchronizing(&self, organization: &OrganizationId) -> bool {
        self.by_organization.get(organization).is_some_and(|stream| stream.held.is_some())
    }

    /// The organizations for which that is so.
    pub(crate) fn synchronizing(&self) -> impl Iterator<Item = &OrganizationId> {
        let waiting = self.by_organization.iter().filter(|(_, stream)| stream.held.is_some());
        waiting.map(|(organization, _)| organization)
    }

    /// The connection is gone, and with it the answers that were awaited.
    pub(crate) fn connection_lost(&mut self) {
        self.pending.clear();
        for stream in self.by_organization.iter_mut().map(|(_, stream)| stream) {
            if let Some(held) = &mut stream.held {
                *held = Held::default();
            }
        }
    }

    /// What was missed is being replayed: the stream goes on from its position. Whether it has one.
    pub(crate) fn resume(&mut self, organization: &OrganizationId) -> bool {
        let Some(stream) = self.by_organization.get_mut(organization) else { return false };
        let goes_on = stream.position.is_some() && !stream.broken;
        if goes_on {
            stream.held = None;
        }
        goes_on
    }

    /// Asks for a snapshot of everything (the stream is held until it comes) or of presence alone.
    /// Returns the id of the request.
    pub(crate) fn request(
        &mut self,
        organization: &OrganizationId,
        whole: bool,
        now: Duration,
    ) -> u64 {
        self.next_request += 1;
        let stream = self.by_organization.entry(organization.clone()).or_default();
        let since = stream.position.clone();
        if whole {
            stream.held = Some(Held::default());
        }
        // A new request for the same thing makes the old one's answer late.
        self.pending.retain(|_, pending| {
            pending.organization != *organization || (pending.whole && !whole)
        });
        self.pending.insert(
            self.next_request,
            Pending {
                organization: organization.clone(),
                whole,
                since,
                active_at: now,
                position: None,
                bytes: 0,
                topics: Map::new(),
            },
        );
        self.next_request
    }

    /// The epoch of this name: the very one that an organization's stream is at, if it is that.
    pub(crate) fn epoch(&self, organization: Option<&OrganizationId>, name: &str) -> StreamEpoch {
        organization
            .and_then(|organization| self.by_organization.get(organization)?.position.as_ref())
            .map(|position| &position.epoch)
            .filter(|epoch| epoch.as_str() == name)
            .map_or_else(|| StreamEpoch::from(name), StreamEpoch::clone)
    }

    /// Places an event. Only a delivered one moves the stream's position.
    pub(crate) fn place(
        &mut self,
        organization: &OrganizationId,
        position: Option<&Position>,
    ) -> Verdict {
        let stream = match self.by_organization.get_mut(organization) {
            Some(stream) => stream,
            None => self.by_organization.entry(organization.clone()).or_default(),
        };
        let next = if stream.held.is_some() { Verdict::Hold } else { Verdict::Deliver };
        let Some(position) = position else { return next };
        let last = match &mut stream.held {
            Some(held) => {
                if held.last.as_ref().is_none_or(|last| !last.is_followed_by(position)) {
                    // Only a snapshot that reaches up to here lets this one follow.
                    *held = Held { first: position.offset, ..Held::default() };
                }
                &mut held.last
            }
            None => &mut stream.position,
        };
        match last {
            Some(last) if !last.is_followed_by(position) => Verdict::Gap,
            Some(last) if position.offset <= last.offset => Verdict::Duplicate,
            _ => {
                *last = Some(position.clone());
                next
            }
        }
    }

    /// Holds an event until the snapshot comes. Fails if `limit` events are held already.
    pub(crate) fn hold(
        &mut self,
        organization: &OrganizationId,
        event: Arc<ReceivedEvent>,
        limit: usize,
    ) -> Result<(), ()> {
        let Some(held) =
            self.by_organization.get_mut(organization).and_then(|stream| stream.held.as_mut())
        else {
            return Ok(());
        };
        if held.events.len() >= limit {
            return Err(());
        }
        held.events.push(event);
        Ok(())
    }

    /// Whether the answer to a request is waited for.
    pub(crate) fn expects(&self, id: u64, organization: &OrganizationId) -> bool {
        self.pending.get(&id).is_some_and(|pending| pending.organization == *organization)
    }

    /// Takes in a part of a snapshot. Returns the snapshot once it is whole.
    pub(crate) fn part(
        &mut self,
        part: SnapshotPart,
        limit: usize,
        now: Duration,
    ) -> Result<Option<Arrived>, PartError> {
        let pending = self.pending.get_mut(&part.id).ok_or(PartError::Late)?;
        if pending.organization != part.organization_id || pending.bytes > limit {
            return Err(PartError::Late);
        }
        let position = Position { epoch: part.epoch, offset: part.offset };
        if pending.position.get_or_insert_with(|| position.clone()) != &position {
            // Halves of two answers make no whole. The request stays, so that it becomes overdue and is made again.
            pending.topics.clear();
            pending.bytes = usize::MAX;
            pending.active_at = now;
            return Err(PartError::Stale);
        }
        for (topic, entries) in part.topics {
            // Names are not as small as they look: each has a place of its own, found among all others.
            if pending.topics.len() >= MAX_TOPICS && pending.topics.get(&topic).is_none() {
                pending.bytes = limit.saturating_add(1);
                break;
            }
            let texts: usize = entries.iter().map(|entry| entry.as_str().len()).sum();
            pending.bytes += topic.len() + texts + entries.len() * ENTRY_BYTES;
            pending.topics.or_default(topic).extend(entries);
        }
        if pending.bytes > limit {
            // The request stays, so that it becomes overdue and is made again.
            pending.topics.clear();
            return Err(PartError::TooLarge);
        }
        if !part.done {
            // A large snapshot over a slow line is not overdue while it moves.
            pending.active_at = now;
            return Ok(None);
        }
        let stream = self.by_organization.get(&part.organization_id);
        let is_stale = if pending.whole {
            stream.is_some_and(|stream| stream.is_ahead_of(&position))
        } else {
            let since = pending.since.as_ref();
            since.is_some_and(|since| {
                since.epoch == position.epoch && since.offset > position.offset
            })
        };
        if is_stale {
            // The request stays, so that it becomes overdue and is made again.
            pending.topics.clear();
            pending.position = None;
            pending.bytes = 0;
            pending.active_at = now;
            return Err(PartError::Stale);
        }
        let Some(pending) = self.pending.remove(&part.id) else { return Err(PartError::Late) };
        let whole = pending.whole.then(|| self.live_from(&pending.organization, &position));
        Ok(Some(Arrived {
            organization: pending.organization,
            position,
            topics: pending.topics,
            whole,
        }))
    }

    /// The snapshot is applied: the stream goes on behind it and behind the held events that are newer.
    fn live_from(&mut self, organization: &OrganizationId, snapshot: &Position) -> Whole {
        let stream = self.by_organization.entry(organization.clone()).or_default();
        let Held { mut events, last, .. } = stream.held.take().unwrap_or_default();
        stream.broken = false;
        let again = stream.position.replace(snapshot.clone()).is_some();
        if let Some(last) = last
            && last.epoch == snapshot.epoch
            && last.offset > snapshot.offset
        {
            stream.position = Some(last);
        }
        let follows = |position: &Position| {
            position.epoch == snapshot.epoch && position.offset > snapshot.offset
        };
        events.retain(|event| event.envelope.position.as_ref().is_none_or(follows));
        Whole { again, held: events }
    }

    /// Requests that were not answered in time.
    pub(crate) fn overdue(&self, now: Duration, timeout: Duration) -> Vec<(OrganizationId, bool)> {
        self.pending
            .values()
            .filter(|pending| now >= pending.active_at + timeout)
            .map(|pending| (pending.organization.clone(), pending.whole))
            .collect()
    }

    /// When the next request becomes overdue.
    pub(crate) fn deadline(&self, timeout: Duration) -> Option<Duration> {
        self.pending.values().map(|pending| pending.active_at + timeout).min()
    }

    /// Forgets an organization. Whether it had a position.
    pub(crate) fn purge(&mut self, organization: &OrganizationId) -> bool {
        self.pending.retain(|_, pending| pending.organization != *organization);
        self.by_organization.remove(organization).is_some_and(|stream| stream.position.is_some())
    }

    /// Events were lost, nobody knows of which organization: the next welcome is followed by snapshots, which
    /// must not be older than what is known.
    pub(crate) fn break_all(&mut self) {
        for stream in self.by_organization.iter_mut().map(|(_, stream)| stream) {
            stream.broken = true;
        }
    }

    /// Forgets all positions.
    pub(crate) fn clear(&mut self) {
        self.by_organization.clear();
        self.pending.clear();
    }
}
