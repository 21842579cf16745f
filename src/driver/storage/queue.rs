//! What is to be done, in the order in which it was asked for.

use yewdux_socket_core::{EventId, StoredEvent, UserId};

/// Something that was asked for.
#[derive(Debug)]
enum Operation {
    Load { operation: u64 },
    Change(Change),
    Erase(Extent),
}

/// A change of what is kept.
#[derive(Debug)]
pub(super) enum Change {
    Store { operation: u64, event: StoredEvent },
    Remove(EventId),
}

/// What is erased of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    All,
    /// All, if this tab holds the outbox.
    Held,
}

/// What is done in one step.
#[derive(Debug)]
pub(super) enum Work {
    Load {
        operation: u64,
    },
    /// Changes that followed each other, for one transaction.
    Write(Vec<Change>),
    Erase(Extent),
}

/// Operations that wait. It holds at most one event for each that the outbox holds, and so is bounded by
/// the outbox (1 000 events, 1 MiB by default): to remove an event withdraws what would have stored it. A vector, whose rest moves up when a step is taken: what comes in one
/// turn of the page is one step.
#[derive(Debug, Default)]
pub(super) struct Queue(Vec<(UserId, Operation)>);

impl Queue {
    pub(super) fn load(&mut self, operation: u64, user: UserId) {
        self.0.push((user, Operation::Load { operation }));
    }

    pub(super) fn store(&mut self, operation: u64, user: UserId, event: StoredEvent) {
        self.0.push((user, Operation::Change(Change::Store { operation, event })));
    }

    /// What waits to store the event is withdrawn and not answered, unless a load comes after it. The event is
    /// removed all the same: an earlier operation may have stored it.
    pub(super) fn remove(&mut self, user: UserId, id: EventId) {
        let is_load =
            |(_, operation): &(UserId, Operation)| matches!(operation, Operation::Load { .. });
        let loaded = self.0.iter().rposition(is_load).map_or(0, |load| load + 1);
        let stores = |(owner, operation): &(UserId, Operation)| {
            matches!(operation, Operation::Change(Change::Store { event, .. })
                if *owner == user && event.id == id)
        };
        if let Some(store) = self.0.iter().skip(loaded).position(stores) {
            self.0.remove(loaded + store);
        }
        self.0.push((user, Operation::Change(Change::Remove(id))));
    }

    /// Whatever waits for this user is withdrawn and not answered.
    pub(super) fn erase(&mut self, user: UserId, extent: Extent) {
        self.0.retain(|(owner, _)| *owner != user);
        self.0.push((user, Operation::Erase(extent)));
    }

    /// Withdraws what only reads.
    pub(super) fn withdraw_loads(&mut self) {
        self.0.retain(|(_, operation)| !matches!(operation, Operation::Load { .. }));
    }

    pub(super) fn next(&mut self) -> Option<(UserId, Work)> {
        let (user, _) = self.0.first()?;
        let user = user.clone();
        let is_change = |(owner, operation): &(UserId, Operation)| {
            *owner == user && matches!(operation, Operation::Change(_))
        };
        let changes = self.0.iter().position(|waiting| !is_change(waiting));
        let step = self.0.drain(..changes.unwrap_or(self.0.len()).max(1));
        let mut write = Vec::new();
        for (_, operation) in step {
            match operation {
                Operation::Load { operation } => return Some((user, Work::Load { operation })),
                Operation::Erase(extent) => return Some((user, Work::Erase(extent))),
                Operation::Change(change) => write.push(change),
            }
        }
        Some((user, Work::Write(write)))
    }
}
