//! Every emitted event's life: the order of emission, when it was written, whether it took effect, its outcome.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use yewdux_socket_core::event::Lane;
use yewdux_socket_core::{EventId, Outcome};

use crate::names::{KINDS, Organization};
use crate::watch::{Check, Watch, ensure, rule};

pub(crate) struct Record {
    pub(crate) device: usize,
    /// The sign-in that it was emitted in.
    pub(crate) sign_in: u32,
    pub(crate) organization: Option<Organization>,
    pub(crate) kind: usize,
    order: u64,
    /// In true time.
    emitted: Duration,
    writes: u32,
    /// By when it must not be written again, in true time.
    known_until: Option<Duration>,
    applied: bool,
    outcome: Option<Outcome>,
}

/// Which events must keep their order among each other.
type Queue = (usize, u32, Option<Organization>, Lane);

#[derive(Default)]
pub(crate) struct Book {
    records: BTreeMap<EventId, Record>,
    /// The emissions that have no outcome yet, by device.
    pending: BTreeMap<usize, BTreeSet<EventId>>,
    last_applied: BTreeMap<Queue, u64>,
}

/// When and in which sign-in something was written.
#[derive(Clone, Copy)]
pub(crate) struct Writing {
    pub(crate) device: usize,
    pub(crate) sign_in: u32,
    /// True time.
    pub(crate) now: Duration,
    /// How much of it a client cannot have noticed: the machine slept for too short a time.
    pub(crate) unnoticed: Duration,
    /// How long the server knows keys.
    pub(crate) dedupe: Option<Duration>,
}

impl Book {
    /// `emit` accepted an event.
    pub(crate) fn emitted(
        &mut self,
        id: &EventId,
        at: Writing,
        kind: usize,
        organization: Option<Organization>,
    ) -> Check {
        let record = Record {
            device: at.device,
            sign_in: at.sign_in,
            organization,
            kind,
            order: self.records.len() as u64,
            emitted: at.now,
            writes: 0,
            known_until: None,
            applied: false,
            outcome: None,
        };
        let before = self.records.insert(id.clone(), record);
        ensure!(before.is_none(), rule::OUTBOUND, "the key {id} was given twice");
        self.pending.entry(at.device).or_default().insert(id.clone());
        Ok(())
    }

    fn record(&mut self, id: &EventId) -> Check<&mut Record> {
        let record = self.records.get_mut(id);
        ensure!(record.is_some(), rule::OUTBOUND, "{id} was never emitted");
        Ok(record.expect("it was just looked for"))
    }

    /// The client wrote an event.
    pub(crate) fn written(&mut self, id: &EventId, at: Writing) -> Check {
        let record = self.record(id)?;
        ensure!(record.device == at.device, rule::END, "{id} was written by another client");
        ensure!(
            record.sign_in == at.sign_in,
            rule::END,
            "{id} was emitted in sign-in {} and written in {}",
            record.sign_in,
            at.sign_in
        );
        ensure!(record.outcome.is_none(), rule::OUTCOME, "{id} was written after its outcome");
        let kind = &KINDS[record.kind];
        let age = at.now.saturating_sub(record.emitted + at.unnoticed);
        ensure!(
            age < kind.time_to_live,
            rule::OUTBOUND,
            "{id}, a {}, was written after {age:?}",
            kind.name
        );
        ensure!(
            !kind.volatile || record.writes == 0,
            rule::OUTBOUND,
            "{id}, which is volatile, was written twice"
        );
        ensure!(
            record.known_until.is_none_or(|until| at.now <= until + at.unnoticed),
            rule::OUTBOUND,
            "{id} was written again {:?} after the server may have forgotten it",
            at.now.saturating_sub(record.known_until.unwrap_or_default())
        );
        record.writes += 1;
        let known_until = at.dedupe.map(|dedupe| at.now + dedupe);
        record.known_until = match (record.known_until, known_until) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        Ok(())
    }

    /// The server applied an event.
    pub(crate) fn applied(&mut self, id: &EventId) -> Check {
        let record = self.record(id)?;
        ensure!(!record.applied, rule::OUTBOUND, "{id} took effect twice");
        ensure!(
            matches!(record.outcome, None | Some(Outcome::Unconfirmed)),
            rule::OUTCOME,
            "{id} took effect, its outcome is {:?}",
            record.outcome
        );
        record.applied = true;
        let queue = (record.device, record.sign_in, record.organization, KINDS[record.kind].lane);
        let order = record.order;
        let last = self.last_applied.insert(queue, order);
        ensure!(
            last.is_none_or(|last| last < order),
            rule::OUTBOUND,
            "{id}, emission {order}, took effect after emission {last:?} of {queue:?}"
        );
        Ok(())
    }

    /// The client says what became of an event.
    pub(crate) fn settled(
        &mut self,
        device: usize,
        id: &EventId,
        outcome: Outcome,
        watch: &mut Watch,
    ) -> Check {
        let record = self.record(id)?;
        let (writes, applied) = (record.writes, record.applied);
        ensure!(
            record.outcome.is_none(),
            rule::OUTCOME,
            "{id} has two outcomes, {:?} and {outcome:?}",
            record.outcome
        );
        let (is_true, name) = match outcome {
            Outcome::Acknowledged => (applied, "outcome: acknowledged"),
            Outcome::Rejected { .. } => (!applied, "outcome: rejected"),
            Outcome::Expired => (writes == 0, "outcome: expired"),
            Outcome::Discarded => (writes == 0, "outcome: discarded"),
            Outcome::Unconfirmed => (writes > 0, "outcome: unconfirmed"),
            _ => (true, "outcome: another"),
        };
        ensure!(
            is_true,
            rule::OUTCOME,
            "{id} is said to be {outcome:?}; it was written {writes} times, in effect: {applied}"
        );
        watch.count(name);
        record.outcome = Some(outcome);
        self.pending.entry(device).or_default().remove(id);
        Ok(())
    }

    /// The emissions of a device that have no outcome yet.
    pub(crate) fn pending(&self, device: usize) -> impl Iterator<Item = (&EventId, &Record)> {
        let ids = self.pending.get(&device).into_iter().flatten();
        ids.filter_map(|id| Some((id, self.records.get(id)?)))
    }

    pub(crate) fn pending_count(&self, device: usize) -> usize {
        self.pending.get(&device).map_or(0, BTreeSet::len)
    }
}
