//! What became of an emitted event, as seen by whoever emitted it.

use std::cell::RefCell;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::FutureExt;
use futures::channel::oneshot;
use litemap::LiteMap;
use yewdux_socket_core::{Accepted, EventId, Outcome};

/// Where an event was put when it was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeliveryStatus {
    /// It was written at once.
    InFlight,
    /// It waits: for the connection, or for its turn.
    Queued,
}

/// An accepted event. Await it for its [`Outcome`]; dropping it cancels nothing.
#[derive(Debug)]
pub struct Delivery {
    id: EventId,
    status: DeliveryStatus,
    outcome: oneshot::Receiver<Outcome>,
}

impl Delivery {
    /// The idempotency key of the event.
    pub fn id(&self) -> &EventId {
        &self.id
    }

    /// Where the event was put when it was accepted.
    pub fn status(&self) -> DeliveryStatus {
        self.status
    }
}

impl Future for Delivery {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
        // The sender is dropped without a word only when the page itself goes; then nobody knows.
        self.outcome.poll_unpin(cx).map(|outcome| outcome.unwrap_or(Outcome::Unconfirmed))
    }
}

/// The deliveries that somebody may still wait for.
#[derive(Debug, Default)]
pub(crate) struct Deliveries {
    waiting: RefCell<LiteMap<EventId, oneshot::Sender<Outcome>>>,
}

impl Deliveries {
    pub(crate) fn open(&self, accepted: Accepted) -> Delivery {
        let (sender, outcome) = oneshot::channel();
        let status =
            if accepted.in_flight { DeliveryStatus::InFlight } else { DeliveryStatus::Queued };
        self.waiting.borrow_mut().insert(accepted.id.clone(), sender);
        Delivery { id: accepted.id, status, outcome }
    }

    pub(crate) fn settle(&self, id: &EventId, outcome: Outcome) {
        let sender = self.waiting.borrow_mut().remove(id);
        if let Some(sender) = sender {
            // An error means that the delivery was dropped: nobody wants to know.
            let _ = sender.send(outcome);
        }
    }
}
