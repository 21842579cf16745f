//! Every emitted event's life: the order of emission, when it was written, whether it took effect, its outcome, and
//! over how many pages it lasts.
//!
//! - `left`: what a page leaves to the next one.

mod left;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use yewdux_socket_core::event::Lane;
use yewdux_socket_core::{EventId, Outcome};

use crate::names::{KINDS, Organization, User};
use crate::storage::Place;
use crate::watch::{Check, Watch, ensure, rule};

#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Record {
    pub(crate) device: usize,
    /// The sign-in that it belongs to: that of its emission, or the one for which it was last loaded.
    pub(crate) sign_in: u32,
    /// Whose it is, once that is known.
    user: Option<User>,
    pub(crate) organization: Option<Organization>,
    pub(crate) kind: usize,
    /// Its place in the order of its page.
    rank: u64,
    /// When it came to its page and when that page first wrote it, as numbers that grow.
    joined: u64,
    first_written: Option<u64>,
    /// In true time.
    emitted: Duration,
    writes: u32,
    /// By when it must not be written again, in true time.
    known_until: Option<Duration>,
    applied: bool,
    outcome: Option<Outcome>,
    /// Whether it was handed to storage.
    handed: bool,
    /// Whether an earlier page left it.
    restored: bool,
    /// The store that keeps it, once the application was told so.
    durable: Option<Place>,
    /// Whether somebody erased it there while it was still waiting.
    erased: bool,
    /// Whether its sign-in ended for good while it may be stored, and nothing was erased yet.
    doomed: bool,
    /// Whether the browser took it away, which its page was not told yet.
    lost: bool,
    /// Whether its stored record could not be used.
    refused: bool,
}

/// Which events must keep their order among each other.
type Queue = (usize, u32, Option<Organization>, Lane);

#[derive(Default)]
pub(crate) struct Book {
    records: BTreeMap<EventId, Record>,
    /// The emissions that have no outcome yet, by device.
    pending: BTreeMap<usize, BTreeSet<EventId>>,
    /// What took effect: ranks, and when each was first written.
    applied: BTreeMap<Queue, Vec<(u64, Option<u64>)>>,
    /// What the application was told is kept, by where.
    durable: BTreeMap<Place, BTreeSet<EventId>>,
    /// The last number that was given out.
    last_number: u64,
}

/// When and in which sign-in something was written.
#[derive(Clone, Copy)]
pub(crate) struct Writing {
    pub(crate) device: usize,
    pub(crate) sign_in: u32,
    /// Whose sign-in it is, as far as that is known.
    pub(crate) user: Option<User>,
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
        let number = self.number();
        let record = Record {
            device: at.device,
            sign_in: at.sign_in,
            user: at.user,
            organization,
            kind,
            rank: number,
            joined: number,
            first_written: None,
            emitted: at.now,
            writes: 0,
            known_until: None,
            applied: false,
            outcome: None,
            handed: false,
            restored: false,
            durable: None,
            erased: false,
            doomed: false,
            lost: false,
            refused: false,
        };
        let before = self.records.insert(id.clone(), record);
        ensure!(before.is_none(), rule::OUTBOUND, "the key {id} was given twice");
        self.pending.entry(at.device).or_default().insert(id.clone());
        Ok(())
    }

    fn number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    fn record(&mut self, id: &EventId) -> Check<&mut Record> {
        let record = self.records.get_mut(id);
        ensure!(record.is_some(), rule::OUTBOUND, "{id} was never emitted");
        Ok(record.expect("it was just looked for"))
    }

    /// The client wrote an event.
    pub(crate) fn written(&mut self, id: &EventId, at: Writing) -> Check {
        let number = self.number();
        let record = self.record(id)?;
        ensure!(!record.refused, rule::OUTBOUND, "{id} was written, its record was refused");
        ensure!(record.device == at.device, rule::END, "{id} was written by another client");
        ensure!(
            record.sign_in == at.sign_in,
            rule::END,
            "{id} was emitted in sign-in {} and written in {}",
            record.sign_in,
            at.sign_in
        );
        record.belongs_to(id, at.user)?;
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
        record.first_written.get_or_insert(number);
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
        // What an earlier page wrote may still be under way when this one has given it up.
        let is_late = record.restored && record.outcome.is_some();
        let queue = (record.device, record.sign_in, record.organization, KINDS[record.kind].lane);
        let (rank, joined, first_written) = (record.rank, record.joined, record.first_written);
        let applied = self.applied.entry(queue).or_default();
        // What was written before this one came to its page could not wait for it.
        let before = applied.iter().find(|(other, written)| {
            *other > rank && written.is_none_or(|written| written > joined)
        });
        ensure!(
            is_late || before.is_none(),
            rule::OUTBOUND,
            "{id}, number {rank}, took effect after {before:?} of {queue:?}"
        );
        applied.push((rank, first_written));
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
        // Nobody knows what an earlier page did to it, or a later one will do.
        let is_left = record.restored || record.handed;
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
            Outcome::Unconfirmed => (writes > 0 || is_left, "outcome: unconfirmed"),
            _ => (true, "outcome: another"),
        };
        ensure!(
            is_true,
            rule::OUTCOME,
            "{id} is said to be {outcome:?}; it was written {writes} times, in effect: {applied}"
        );
        watch.count(name);
        if record.restored {
            watch.count(if applied { "restored: in effect" } else { "restored: not in effect" });
        }
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
