//! What waits for the sink: handed over in order, again if it was not taken, bounded, and never lost in silence.

use std::sync::Arc;
use std::time::Duration;

use super::entry::{AuditEntry, Discarded};
use super::log::Draft;
use crate::id::AuditChainId;

/// The wait after a first failure; it doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_mins(1);
/// A sink that takes longer counts as one that failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is with the sink: the first of those that wait.
#[derive(Debug)]
struct AtSink {
    operation: u64,
    entries: usize,
    /// Until when the sink may take its time.
    answer_by: Duration,
}

/// The entries that the sink has not taken yet, those of earlier chains included.
#[derive(Debug, Default)]
pub(crate) struct Handover {
    waiting: Vec<Arc<AuditEntry>>,
    at_sink: Option<AtSink>,
    next_operation: u64,
    failures: u32,
    not_before: Duration,
    /// What the sink will never get, by chain, until the chain says so.
    lost: Vec<(AuditChainId, Discarded)>,
}

impl Handover {
    /// Adds an entry. Returns how many others had to go for it.
    pub(crate) fn push(&mut self, entry: Arc<AuditEntry>, max_entries: usize) -> usize {
        self.waiting.push(entry);
        let number = self.waiting.len();
        if number <= max_entries {
            return 0;
        }
        // What is with the sink may still be taken, so it goes last.
        let at_sink = self.at_sink.as_ref().map_or(0, |at_sink| at_sink.entries);
        let first = if at_sink + 1 < number { at_sink } else { 0 };
        let end = (first + (max_entries / 4).max(1)).min(number - 1);
        let gone: Vec<_> = self.waiting.drain(first..end).collect();
        if let Some(at_sink) = self.at_sink.as_mut().filter(|_| first == 0) {
            at_sink.entries = at_sink.entries.saturating_sub(gone.len());
        }
        for entry in &gone {
            self.lose(entry);
        }
        gone.len()
    }

    fn lose(&mut self, entry: &AuditEntry) {
        let sequence = entry.sequence;
        if let Some((chain, run)) = self.lost.last_mut()
            && *chain == entry.chain
            && run.to + 1 == sequence
        {
            run.to = sequence;
            return;
        }
        let run = Discarded { chain: None, from: sequence, to: sequence, link: entry.previous };
        self.lost.push((entry.chain.clone(), run));
    }

    /// The entries about what was lost, to be appended to the present chain.
    pub(crate) fn losses(&mut self, present: &AuditChainId) -> Vec<Draft> {
        let lost = std::mem::take(&mut self.lost).into_iter();
        let draft = |(chain, run): (AuditChainId, Discarded)| {
            let chain = Some(chain).filter(|chain| chain != present);
            Draft::lost(Discarded { chain, ..run })
        };
        lost.map(draft).collect()
    }

    /// What is to be handed over now, if the sink has answered and it is time.
    pub(crate) fn due(&mut self, now: Duration) -> Option<(u64, Vec<Arc<AuditEntry>>)> {
        if self.is_overdue(now) {
            self.failed(now);
        }
        if self.at_sink.is_some() || now < self.not_before { None } else { self.hand_over(now) }
    }

    /// Hands over all that waits. At the end of a sign-in that is done without waiting for an answer: there may be no
    /// other time. What is with the sink goes again, or a batch that it does not take now would be a hole before those
    /// that it takes.
    pub(crate) fn hand_over(&mut self, now: Duration) -> Option<(u64, Vec<Arc<AuditEntry>>)> {
        let entries = self.waiting.clone();
        if entries.is_empty() {
            return None;
        }
        self.next_operation += 1;
        let (operation, answer_by) = (self.next_operation, now.saturating_add(PATIENCE));
        self.at_sink = Some(AtSink { operation, entries: entries.len(), answer_by });
        Some((operation, entries))
    }

    /// The sink answered. Whether this counts: the answer to an earlier operation does not.
    pub(crate) fn answered(&mut self, now: Duration, operation: u64, taken: bool) -> bool {
        let Some(at_sink) = self.at_sink.take_if(|at_sink| at_sink.operation == operation) else {
            return false;
        };
        if taken {
            self.waiting.drain(..at_sink.entries);
            self.failures = 0;
            self.not_before = Duration::ZERO;
        } else {
            self.failed(now);
        }
        true
    }

    fn failed(&mut self, now: Duration) {
        self.at_sink = None;
        let wait = FIRST_WAIT.saturating_mul(1 << self.failures.min(6)).min(LONGEST_WAIT);
        self.failures = self.failures.saturating_add(1);
        self.not_before = now.saturating_add(wait);
    }

    /// Whether the sink failed to answer in time.
    pub(crate) fn is_overdue(&self, now: Duration) -> bool {
        self.at_sink.as_ref().is_some_and(|at_sink| now >= at_sink.answer_by)
    }

    /// When something is due.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        let waits = !self.waiting.is_empty();
        self.at_sink.as_ref().map(|at_sink| at_sink.answer_by).or(waits.then_some(self.not_before))
    }
}
