//! Whose turn it is to be written.
//!
//! Within an organization, what was written before goes first, then the higher lane, then the older event. Among
//! organizations the same ranks count, and among equals the one that was served the longest time ago.
//!
//! No organization can block another: each may have in flight only as many events as the window has room left. So
//! an organization whose acks do not come takes half of the window, the next one half of the rest, and there is
//! always room for one more. (This is the dynamic threshold of shared-memory switches: Choudhury and Hahne,
//! IEEE/ACM Transactions on Networking 6(2), 1998, with its factor 1.)

use litemap::LiteMap;

use crate::event::Lane;
use crate::id::OrganizationId;

/// An event's rank in its organization, the first to go being the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Turn {
    /// Whether it was never written.
    pub(super) fresh: bool,
    pub(super) lane: Lane,
    pub(super) sequence: u64,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: LiteMap<Turn, ()>,
    in_flight: usize,
    /// The number of the last write that it was served by.
    served: u64,
}

/// What waits and what is in flight, by organization; global events are an organization of their own here.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    queues: LiteMap<Option<OrganizationId>, Queue>,
    in_flight: usize,
    writes: u64,
}

impl Schedule {
    /// An event waits.
    pub(super) fn wait(&mut self, organization: Option<&OrganizationId>, turn: Turn) {
        self.queues.entry(organization.cloned()).or_default().waiting.insert(turn, ());
    }

    /// The sequence of the event that is next, if `window` may be in flight.
    pub(super) fn next(&self, window: usize) -> Option<u64> {
        let room = window.saturating_sub(self.in_flight);
        let heads =
            self.queues.values().filter(|queue| queue.in_flight < room).filter_map(|queue| {
                let (head, ()) = queue.waiting.first()?;
                Some(((head.fresh, head.lane, queue.served, head.sequence), head.sequence))
            });
        heads.min().map(|(_, sequence)| sequence)
    }

    /// An event that waited is in flight.
    pub(super) fn fly(&mut self, organization: Option<&OrganizationId>, turn: Turn) {
        self.writes += 1;
        self.in_flight += 1;
        let queue = self.queues.entry(organization.cloned()).or_default();
        queue.waiting.remove(&turn);
        queue.in_flight += 1;
        queue.served = self.writes;
    }

    /// An event is in flight no longer.
    pub(super) fn land(&mut self, organization: Option<&OrganizationId>) {
        self.in_flight -= 1;
        self.change(organization, |queue| queue.in_flight -= 1);
    }

    /// An event that waited is gone.
    pub(super) fn leave(&mut self, organization: Option<&OrganizationId>, turn: Turn) {
        self.change(organization, |queue| {
            queue.waiting.remove(&turn);
        });
    }

    fn change(&mut self, organization: Option<&OrganizationId>, change: impl FnOnce(&mut Queue)) {
        let key = organization.cloned();
        if let Some(queue) = self.queues.get_mut(&key) {
            change(queue);
            if queue.waiting.is_empty() && queue.in_flight == 0 {
                self.queues.remove(&key);
            }
        }
    }
}
