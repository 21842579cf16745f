//! Whoever wants to be told when something becomes worse.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::{Rc, Weak};

use super::health::{Finding, HealthReport};

type Callback = Rc<dyn Fn(&Finding, &HealthReport)>;

/// Callbacks, in the order in which they were added.
#[derive(Default)]
pub(super) struct Callbacks {
    added: RefCell<Vec<(u64, Callback)>>,
    next: Cell<u64>,
}

impl Callbacks {
    pub(super) fn add(
        self: &Rc<Self>,
        callback: impl Fn(&Finding, &HealthReport) + 'static,
    ) -> DegradationHandle {
        let id = self.next.replace(self.next.get() + 1);
        self.added.borrow_mut().push((id, Rc::new(callback)));
        DegradationHandle { id, callbacks: Rc::downgrade(self) }
    }

    /// Calls all of them. Nothing is borrowed meanwhile: a callback may add others, and take others and itself away.
    pub(super) fn call(&self, finding: &Finding, report: &HealthReport) {
        let ids: Vec<_> = self.added.borrow().iter().map(|(id, _)| *id).collect();
        for id in ids {
            let added = self.added.borrow().iter().find(|added| added.0 == id).cloned();
            if let Some((_, callback)) = added {
                callback(finding, report);
            }
        }
    }

    fn remove(&self, id: u64) {
        let index = self.added.borrow().iter().position(|added| added.0 == id);
        // The callback may own the handle of another one: it is dropped after the borrow.
        let removed = index.map(|index| self.added.borrow_mut().remove(index));
        drop(removed);
    }
}

impl fmt::Debug for Callbacks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callbacks")
            .field("added", &self.added.borrow().len())
            .finish_non_exhaustive()
    }
}

/// A callback of [`PerformanceMonitor::on_performance_degradation`](super::PerformanceMonitor). Dropping it undoes that.
#[derive(Debug)]
#[must_use = "the callback is not called any more as soon as this is dropped"]
pub struct DegradationHandle {
    id: u64,
    callbacks: Weak<Callbacks>,
}

impl Drop for DegradationHandle {
    fn drop(&mut self) {
        if let Some(callbacks) = self.callbacks.upgrade() {
            callbacks.remove(self.id);
        }
    }
}
