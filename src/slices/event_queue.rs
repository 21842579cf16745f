//! The events on their way out, and the latest that came in.

use std::rc::Rc;
use std::sync::Arc;

use yewdux::Store;
use yewdux_socket_core::{Client, EventId, OrganizationId, Outcome, QueuedEvent, ReceivedEvent};

/// How many received events and how many outcomes are kept.
const KEPT: usize = 100;

/// Events that wait to be sent or acknowledged, what became of the latest ones, and the latest events
/// that came in.
#[derive(Debug, Clone, Default, Store)]
#[non_exhaustive]
pub struct EventQueueSlice {
    /// Events that wait to be sent or acknowledged, oldest first.
    pub queued_events: Arc<[Arc<QueuedEvent>]>,
    /// How many stored events of the user could not be read and are lost.
    pub refused_records: u64,
    outcomes: Rc<Vec<(EventId, Outcome)>>,
    received: Rc<Vec<Arc<ReceivedEvent>>>,
}

impl EventQueueSlice {
    /// What became of the latest 100 emitted events, oldest first.
    pub fn outcomes(&self) -> impl DoubleEndedIterator<Item = (&EventId, &Outcome)> {
        self.outcomes.iter().map(|(id, outcome)| (id, outcome))
    }

    /// The latest 100 events that came in, oldest first.
    pub fn received(&self) -> impl DoubleEndedIterator<Item = &Arc<ReceivedEvent>> {
        self.received.iter()
    }

    pub(crate) fn sync(&mut self, client: &Client) {
        self.queued_events = client.connection_state().queued_events.clone();
        self.refused_records = client.refused_records();
    }

    pub(crate) fn settled(&mut self, id: EventId, outcome: Outcome) {
        keep(&mut self.outcomes, (id, outcome));
    }

    pub(crate) fn receive(&mut self, event: Arc<ReceivedEvent>) {
        keep(&mut self.received, event);
    }

    /// Forgets the events of one organization, or everything.
    pub(crate) fn purge(&mut self, organization: Option<&OrganizationId>) {
        if organization.is_none() {
            *self = Self::default();
            return;
        }
        Rc::make_mut(&mut self.received)
            .retain(|event| event.envelope.organization.as_ref() != organization);
    }
}

/// Copies what is kept, once for each commit: it is little, and persistent vectors of it would weigh more.
fn keep<T: Clone>(kept: &mut Rc<Vec<T>>, new: T) {
    let kept = Rc::make_mut(kept);
    if kept.len() >= KEPT {
        kept.remove(0);
    }
    kept.push(new);
}

/// Equal if they hold the very same events. At most 100 pointers are compared, and none where nothing
/// changed.
impl PartialEq for EventQueueSlice {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.queued_events, &other.queued_events)
            && self.refused_records == other.refused_records
            && self.outcomes == other.outcomes
            && self.received.len() == other.received.len()
            && self.received.iter().zip(&*other.received).all(|(one, two)| Arc::ptr_eq(one, two))
    }
}
