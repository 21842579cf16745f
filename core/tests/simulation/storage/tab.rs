//! One page's part in a browser's storage: what it wants done, in order, and whose outbox it holds.

use std::collections::VecDeque;
use std::time::Duration;

use yewdux_socket_core::error::StorageError;
use yewdux_socket_core::{EventId, StoredEvent};

use crate::action::StorageTrouble;
use crate::names::User;

/// Something that a page wants done, or is to be told.
#[derive(Debug, Clone)]
pub(crate) enum Operation {
    Load {
        operation: u64,
        user: User,
    },
    Store {
        operation: u64,
        user: User,
        event: StoredEvent,
    },
    Remove {
        user: User,
        id: EventId,
    },
    Erase {
        user: User,
        extent: Extent,
    },
    /// The outbox that was waited for came free.
    Released {
        user: User,
    },
}

/// What is erased of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    All,
    /// All, if this tab holds the outbox when its turn comes.
    Held,
}

impl Operation {
    pub(super) fn user(&self) -> User {
        match self {
            Self::Load { user, .. }
            | Self::Store { user, .. }
            | Self::Remove { user, .. }
            | Self::Erase { user, .. }
            | Self::Released { user } => *user,
        }
    }

    fn stores(&self, owner: User, wanted: &EventId) -> bool {
        matches!(self, Self::Store { user, event, .. } if *user == owner && event.id == *wanted)
    }
}

/// Whose outbox a page has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Hold {
    #[default]
    Nobody,
    /// Another tab has it.
    Waiting(User),
    /// It came free, and waits to be loaded.
    Granted(User),
    Held(User),
    /// It could not be loaded. Whether it had been before: then this page keeps it.
    Refused(User, StorageError, bool),
}

impl Hold {
    pub(super) fn user(&self) -> Option<User> {
        match self {
            Self::Nobody => None,
            Self::Waiting(user)
            | Self::Granted(user)
            | Self::Held(user)
            | Self::Refused(user, ..) => Some(*user),
        }
    }

    pub(super) fn is_locked(&self) -> bool {
        matches!(self, Self::Granted(_)) || self.has_loaded()
    }

    /// Whether this page has what was kept.
    pub(super) fn has_loaded(&self) -> bool {
        matches!(self, Self::Held(_) | Self::Refused(_, _, true))
    }
}

#[derive(Default)]
pub(super) struct Tab {
    /// Which browser it is of. Two tabs share one.
    pub(super) browser: usize,
    queue: VecDeque<(Duration, Operation)>,
    pub(super) hold: Hold,
    pub(super) delay: Duration,
    pub(super) is_full: bool,
    pub(super) trouble: StorageTrouble,
}

impl Tab {
    pub(super) fn new(browser: usize) -> Self {
        Self { browser, ..Self::default() }
    }

    pub(super) fn next(&self) -> Option<Duration> {
        self.queue.front().map(|(due, _)| *due)
    }

    pub(super) fn take(&mut self) -> Option<Operation> {
        self.queue.pop_front().map(|(_, operation)| operation)
    }

    /// Puts something at the end of the queue. What it makes needless is withdrawn.
    pub(super) fn tell(&mut self, now: Duration, operation: Operation) {
        match &operation {
            Operation::Remove { user, id } => {
                let is_load =
                    |(_, waits): &(Duration, Operation)| matches!(waits, Operation::Load { .. });
                let loaded = self.queue.iter().rposition(is_load).map_or(0, |load| load + 1);
                let mut later = self.queue.iter().skip(loaded);
                if let Some(store) = later.position(|(_, waits)| waits.stores(*user, id)) {
                    self.queue.remove(loaded + store);
                }
            }
            Operation::Erase { user, .. } => {
                self.queue.retain(|(_, waits)| waits.user() != *user);
            }
            _ => {}
        }
        let mut due = now + self.delay;
        if let (Operation::Load { .. }, StorageTrouble::Hangs { ms }) = (&operation, self.trouble) {
            self.trouble = StorageTrouble::None;
            due += Duration::from_millis(ms);
        }
        let due = self.queue.back().map_or(due, |(last, _)| due.max(*last));
        self.queue.push_back((due, operation));
    }

    /// Lets nothing wait any longer.
    pub(super) fn hurry(&mut self, now: Duration) {
        for (due, _) in &mut self.queue {
            *due = (*due).min(now);
        }
    }

    /// Whether an event is kept once all is done that is wanted, if it is kept now or not.
    pub(super) fn keeps_in_the_end(&self, owner: User, wanted: &EventId, now: bool) -> bool {
        self.queue.iter().fold(now, |keeps, (_, operation)| match operation {
            Operation::Store { .. } if operation.stores(owner, wanted) => true,
            Operation::Remove { user, id } if *user == owner && id == wanted => false,
            Operation::Erase { user, extent } if *user == owner => {
                keeps && *extent == Extent::Held && self.hold != Hold::Held(owner)
            }
            _ => keeps,
        })
    }

    /// Whether all of a user is erased once all is done that is wanted.
    pub(super) fn erases_in_the_end(&self, owner: User) -> bool {
        let of_user = self.queue.iter().rev().map(|(_, operation)| operation);
        let mut changes = of_user.filter(|operation| {
            operation.user() == owner
                && !matches!(operation, Operation::Load { .. } | Operation::Released { .. })
        });
        matches!(changes.next(), Some(Operation::Erase { .. }))
    }
}
