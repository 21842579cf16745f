//! What waits for the sink: handed over in order, again if it was not taken, bounded, and never lost in silence.

use std::collections::VecDeque;
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

#[derive(Debug)]
struct Waiting {
    entry: Arc<AuditEntry>,
    /// The operation by which it is with the sink.
    operation: Option<u64>,
}

/// The entries that the sink has not taken yet, those of earlier chains included.
#[derive(Debug, Default)]
pub(crate) struct Handover {
    waiting: VecDeque<Waiting>,
    next_operation: u64,
    failures: u32,
    not_before: Duration,
    /// Until when the sink may take its time.
    answer_by: Option<Duration>,
    /// What the sink will never get, by chain, until the chain says so.
    lost: Vec<(AuditChainId, Discarded)>,
}

impl Handover {
    /// Adds an entry. Returns how many others had to go for it.
    pub(crate) fn push(&mut self, entry: Arc<AuditEntry>, max_entries: usize) -> usize {
        self.waiting.push_back(Waiting { entry, operation: None });
        if self.waiting.len() <= max_entries {
            return 0;
        }
        // What is with the sink may still be taken, so it goes last.
        let is_here = |waiting: &Waiting| waiting.operation.is_none();
        let first = self.waiting.iter().position(is_here).filter(|at| at + 1 < self.waiting.len());
        let first = first.unwrap_or(0);
        let last = (first + (max_entries / 4).max(1)).min(self.waiting.len() - 1);
        let gone: Vec<_> = self.waiting.drain(first..last).collect();
        gone.iter().for_each(|waiting| self.lose(&waiting.entry));
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
        if self.answer_by.is_some_and(|by| now >= by) {
            self.failed(now, |_| true);
        }
        if self.answer_by.is_some() || now < self.not_before { None } else { self.hand_over(now) }
    }

    /// Hands over all that waits, because the sign-in ends: there may be no other time. What is with the sink goes again,
    /// or a batch that it does not take now would be a hole before those that it takes.
    pub(crate) fn hand_over(&mut self, now: Duration) -> Option<(u64, Vec<Arc<AuditEntry>>)> {
        if self.waiting.is_empty() {
            return None;
        }
        self.next_operation += 1;
        self.answer_by = Some(now.saturating_add(PATIENCE));
        for waiting in &mut self.waiting {
            waiting.operation = Some(self.next_operation);
        }
        let entries = self.waiting.iter().map(|waiting| waiting.entry.clone());
        Some((self.next_operation, entries.collect()))
    }

    /// The sink answered. Whether this counts: nothing may be with it by this operation any more.
    pub(crate) fn answered(&mut self, now: Duration, operation: u64, taken: bool) -> bool {
        if !self.waiting.iter().any(|waiting| waiting.operation == Some(operation)) {
            return false;
        }
        if taken {
            self.waiting.retain(|waiting| waiting.operation != Some(operation));
            self.failures = 0;
            self.not_before = Duration::ZERO;
            if self.waiting.iter().all(|waiting| waiting.operation.is_none()) {
                self.answer_by = None;
            }
        } else {
            self.failed(now, |failed| failed == operation);
        }
        true
    }

    fn failed(&mut self, now: Duration, operation: impl Fn(u64) -> bool) {
        for waiting in &mut self.waiting {
            waiting.operation = waiting.operation.filter(|with| !operation(*with));
        }
        if self.waiting.iter().all(|waiting| waiting.operation.is_none()) {
            self.answer_by = None;
        }
        let wait = FIRST_WAIT.saturating_mul(1 << self.failures.min(6)).min(LONGEST_WAIT);
        self.failures = self.failures.saturating_add(1);
        self.not_before = now.saturating_add(wait);
    }

    /// Whether the sink failed to answer in time.
    pub(crate) fn is_overdue(&self, now: Duration) -> bool {
        self.answer_by.is_some_and(|by| now >= by)
    }

    /// When something is due.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        let rest = self.waiting.iter().any(|waiting| waiting.operation.is_none());
        self.answer_by.or(rest.then_some(self.not_before))
    }
}
