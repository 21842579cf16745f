//! Handlers of events.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use litemap::LiteMap;
use yewdux_socket_core::wire::RawJson;
use yewdux_socket_core::{Envelope, ReceivedEvent, SocketEvent};

/// Stands for all types that are not registered. No type begins so.
const UNKNOWN: &str = "$unknown";

type Handler = Rc<dyn Fn(&ReceivedEvent)>;

/// Names one subscription, for [`SocketManager::off`](crate::SocketManager::off).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SubscriptionId(u64);

/// A subscribed handler. Dropping it unsubscribes.
#[must_use = "the handler is unsubscribed as soon as this is dropped"]
pub struct Subscription {
    id: SubscriptionId,
    event_type: &'static str,
    handlers: Weak<Handlers>,
}

impl Subscription {
    /// The id, for [`SocketManager::off`](crate::SocketManager::off).
    pub fn id(&self) -> SubscriptionId {
        self.id
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("id", &self.id)
            .field("event_type", &self.event_type)
            .finish_non_exhaustive()
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(handlers) = self.handlers.upgrade() {
            handlers.remove(self.event_type, self.id);
        }
    }
}

/// All handlers, by event type and in the order of subscription.
#[derive(Default)]
pub(crate) struct Handlers {
    by_type: RefCell<LiteMap<&'static str, LiteMap<SubscriptionId, Handler>>>,
    next: Cell<u64>,
}

impl Handlers {
    pub(crate) fn add<E: SocketEvent>(
        self: &Rc<Self>,
        handler: impl Fn(&E, &Envelope) + 'static,
    ) -> Subscription {
        self.insert(
            E::TYPE,
            Rc::new(move |event: &ReceivedEvent| {
                if let Some(payload) = event.payload::<E>() {
                    handler(payload, &event.envelope);
                }
            }),
        )
    }

    pub(crate) fn add_unknown(
        self: &Rc<Self>,
        handler: impl Fn(&RawJson, &Envelope) + 'static,
    ) -> Subscription {
        self.insert(
            UNKNOWN,
            Rc::new(move |event: &ReceivedEvent| {
                if let Some(json) = event.raw_json() {
                    handler(json, &event.envelope);
                }
            }),
        )
    }

    fn insert(self: &Rc<Self>, event_type: &'static str, handler: Handler) -> Subscription {
        let id = SubscriptionId(self.next.get());
        self.next.set(id.0 + 1);
        self.by_type.borrow_mut().entry(event_type).or_default().insert(id, handler);
        Subscription { id, event_type, handlers: Rc::downgrade(self) }
    }

    /// Whether there was such a handler.
    pub(crate) fn remove(&self, event_type: &str, id: SubscriptionId) -> bool {
        // The handler may own what unsubscribes further handlers: drop it after the borrow.
        let removed =
            self.by_type.borrow_mut().get_mut(event_type).and_then(|handlers| handlers.remove(&id));
        removed.is_some()
    }

    /// Runs the handlers of one event, each only if the event may still be seen when its turn comes. A
    /// handler may subscribe and unsubscribe, others and itself.
    pub(crate) fn run(&self, event: &Arc<ReceivedEvent>, may_be_seen: impl Fn() -> bool) {
        let is_known = event.raw_json().is_none();
        let event_type = if is_known { &*event.envelope.event_type } else { UNKNOWN };
        let ids: Vec<_> = self
            .by_type
            .borrow()
            .get(event_type)
            .into_iter()
            .flat_map(LiteMap::keys)
            .copied()
            .collect();
        for id in ids {
            if !may_be_seen() {
                return;
            }
            let handler = self
                .by_type
                .borrow()
                .get(event_type)
                .and_then(|handlers| handlers.get(&id))
                .cloned();
            if let Some(handler) = handler {
                handler(event);
            }
        }
    }

    pub(crate) fn clear(&self) {
        let cleared = std::mem::take(&mut *self.by_type.borrow_mut());
        drop(cleared);
    }
}

impl fmt::Debug for Handlers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(
                self.by_type
                    .borrow()
                    .iter()
                    .map(|(event_type, handlers)| (event_type, handlers.len())),
            )
            .finish()
    }
}
