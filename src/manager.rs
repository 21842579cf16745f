//! What applications hold: a cheap handle to the socket, and the owner that ends it.

use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures::FutureExt;
use serde::Serialize;
use yewdux_socket_core::error::{ConnectionError, ValidationError};
use yewdux_socket_core::event::Scope;
use yewdux_socket_core::monitor::PerformanceMetrics;
use yewdux_socket_core::wire::RawJson;
use yewdux_socket_core::{
    ConnectOptions, ConnectionState, EmitError, EmitRequest, Envelope, Input, OrganizationId,
    SocketEvent,
};

use crate::delivery::Delivery;
use crate::driver::{Attempt, Driver};
use crate::options::SocketOptions;
use crate::subscription::{Subscription, SubscriptionId};
use crate::token::TokenSource;

/// Owns a socket. Dropping it ends everything that it started: connection, timer, listeners, handlers.
///
/// [`SocketProvider`](crate::SocketProvider) holds one; make one yourself where there is no provider.
#[derive(Debug)]
#[must_use = "the socket ends as soon as this is dropped"]
pub struct SocketHandle {
    manager: SocketManager,
}

impl SocketHandle {
    /// A socket that wants no connection yet.
    ///
    /// # Panics
    /// If a slice cannot follow its event, or an event cannot be registered, because another type of the application has that
    /// name: what they show would be out of date.
    pub fn new(options: &SocketOptions) -> Self {
        Self { manager: SocketManager { driver: Driver::new(options.set_up()) } }
    }

    /// The manager, to be cloned and passed around.
    pub fn manager(&self) -> &SocketManager {
        &self.manager
    }
}

/// Two handles are equal if they own the same socket.
impl PartialEq for SocketHandle {
    fn eq(&self, other: &Self) -> bool {
        self.manager == other.manager
    }
}

impl Drop for SocketHandle {
    fn drop(&mut self) {
        self.manager.driver.end();
    }
}

/// The socket as an application uses it. Cheap to clone; all clones are the same socket. After its [`SocketHandle`] is
/// dropped, every call answers [`EmitError::Closed`] or [`ConnectionError::Disconnected`].
#[derive(Clone)]
pub struct SocketManager {
    driver: Rc<Driver>,
}

/// An attempt to connect. It goes on if this is dropped.
#[must_use = "the result says whether the server said `$welcome`"]
#[derive(Debug)]
pub struct Connecting(Attempt);

impl Future for Connecting {
    type Output = Result<(), ConnectionError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll_unpin(cx).map(|result| result.unwrap_or(Err(ConnectionError::Disconnected)))
    }
}

impl SocketManager {
    /// Connects, and stays connected until [`disconnect`](Self::disconnect).
    ///
    /// Resolves at `$welcome`, or with the error of the first attempt, when the slices say so too. If that error
    /// [is retryable](ConnectionError::is_retryable), the client goes on trying by itself.
    pub fn connect(&self, source: impl TokenSource, options: ConnectOptions) -> Connecting {
        Connecting(self.driver.connect(Rc::new(source), options))
    }

    /// Connects with what the [`SocketOptions`] say. Nothing happens if they have no token source.
    #[cfg(feature = "components")]
    pub(crate) fn connect_as_configured(&self) {
        let parts = self.driver.parts();
        if let Some(source) = parts.token.clone() {
            // The outcome is in the slice.
            drop(self.driver.connect(source, parts.connect.clone()));
        }
    }

    /// Closes the connection and keeps it closed. State and outbox stay, and events may still be emitted:
    /// they wait.
    pub fn disconnect(&self) {
        self.driver.told(Input::Disconnect);
    }

    /// Connects anew at once, without waiting for backoff. Resolves as [`connect`](Self::connect) does. After the end of a
    /// sign-in it answers with the error that ended it: to sign in again takes [`connect`](Self::connect).
    pub fn reconnect(&self) -> Connecting {
        Connecting(self.driver.reconnect())
    }

    /// Ends the sign-in, in this tab and in the others of the same user: closes the connection and forgets state, presence,
    /// outbox and position together.
    pub fn sign_out(&self) {
        self.driver.told(Input::SignOut);
    }

    /// Emits an event into an organization. It is written at once if possible and queued otherwise.
    ///
    /// # Errors
    /// [`EmitError`]; nothing was queued then.
    pub fn emit<E: SocketEvent>(
        &self,
        organization: &OrganizationId,
        event: &E,
    ) -> Result<Delivery, EmitError> {
        self.emit_value(E::TYPE, Some(organization), event)
    }

    /// Emits a global event: one whose type has [`Scope::Global`].
    ///
    /// # Errors
    /// [`EmitError`]; nothing was queued then.
    pub fn emit_global<E: SocketEvent>(&self, event: &E) -> Result<Delivery, EmitError> {
        debug_assert!(E::SCOPE == Scope::Global, "{} belongs to an organization", E::TYPE);
        self.emit_value(E::TYPE, None, event)
    }

    /// Emits an event whose payload is JSON text: an object with the fields beside the envelope. Its type
    /// must be registered all the same.
    ///
    /// # Errors
    /// [`EmitError`]; nothing was queued then.
    pub fn emit_raw(
        &self,
        event_type: &str,
        organization: Option<&OrganizationId>,
        payload: &str,
    ) -> Result<Delivery, EmitError> {
        let payload =
            RawJson::parse(payload.to_owned()).map_err(|_| ValidationError::PayloadShape)?;
        self.emit_json(event_type, organization, payload)
    }

    fn emit_value<T: Serialize>(
        &self,
        event_type: &str,
        organization: Option<&OrganizationId>,
        event: &T,
    ) -> Result<Delivery, EmitError> {
        let payload = RawJson::of(event).map_err(|_| ValidationError::PayloadShape)?;
        self.emit_json(event_type, organization, payload)
    }

    fn emit_json(
        &self,
        event_type: &str,
        organization: Option<&OrganizationId>,
        payload: RawJson,
    ) -> Result<Delivery, EmitError> {
        self.driver.emit(&EmitRequest {
            event_type: event_type.into(),
            organization: organization.cloned(),
            payload,
        })
    }

    /// Calls `handler` for each event of a type, in their order, after the slices hold the whole batch.
    /// It may emit. A type that is not registered is never heard of; the log warns of that.
    pub fn on<E: SocketEvent>(&self, handler: impl Fn(&E, &Envelope) + 'static) -> Subscription {
        self.warn_unless_registered(E::TYPE);
        self.driver.handlers().add(handler)
    }

    fn warn_unless_registered(&self, event_type: &str) {
        if self.driver.parts().config.registry.get(event_type).is_none() {
            tracing::warn!(event_type, "it is not registered, so its handler is never called");
        }
    }

    /// Calls `handler` for each event whose type is not registered, with its whole JSON object, where
    /// [`Config::unknown_events`](crate::Config::unknown_events) lets such events pass. They passed the tenant filter and
    /// the limits on their parts, and were not validated otherwise.
    pub fn on_unknown(&self, handler: impl Fn(&RawJson, &Envelope) + 'static) -> Subscription {
        self.driver.handlers().add_unknown(handler)
    }

    /// Unsubscribes a handler before its [`Subscription`] is dropped. Whether it was subscribed.
    pub fn off(&self, event_type: &str, id: SubscriptionId) -> bool {
        self.driver.handlers().remove(event_type, id)
    }

    /// Where the connection stands now.
    pub fn connection_status(&self) -> ConnectionState {
        self.driver.read(|client| client.connection_state().clone())
    }

    /// What was counted so far.
    pub fn performance_metrics(&self) -> PerformanceMetrics {
        self.driver.read(yewdux_socket_core::Client::metrics)
    }

    /// The performance monitor: latencies, rates, health, and whom to tell when it becomes worse. [`use_performance`] and
    /// `PerformancePanel` show it.
    ///
    /// [`use_performance`]: crate::use_performance
    #[cfg(feature = "monitor")]
    pub fn performance_monitor(&self) -> yewdux_socket_core::monitor::PerformanceMonitor {
        self.driver.monitor().get().clone()
    }

    /// The monitor as it is now, with what happened until now.
    #[cfg(feature = "monitor")]
    pub(crate) fn performance_snapshot(&self) -> yewdux_socket_core::monitor::PerformanceSnapshot {
        self.driver.look_at_performance();
        self.driver.monitor().get().snapshot()
    }

    /// The audit log as JSON Lines, an entry a line, and in the last line the head that the server countersigned.
    /// [`verify`](crate::audit::verify) checks it. That it was exported is recorded too.
    #[cfg(feature = "audit")]
    pub fn export_audit(&self) -> String {
        self.driver.export_audit()
    }

    /// Narrows the user's organizations; what is held of the others is forgotten. Naming one that the
    /// server did not name has no effect.
    pub fn update_user_organizations(&self, organizations: Vec<OrganizationId>) {
        self.driver.told(Input::UpdateUserOrganizations(organizations));
    }

    /// Chooses the organizations whose events are wanted; `None` means all of the user's.
    pub fn update_subscriptions(&self, organizations: Option<Vec<OrganizationId>>) {
        self.driver.told(Input::UpdateSubscriptions(organizations));
    }

    /// The yewdux context that holds this socket's slices.
    pub fn context(&self) -> &yewdux::Context {
        self.driver.context()
    }
}

/// Two managers are equal if they are the same socket.
impl PartialEq for SocketManager {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.driver, &other.driver)
    }
}

impl fmt::Debug for SocketManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SocketManager").field("driver", &self.driver).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Level, Metadata, Subscriber};
    use yewdux_socket_core::event::{PatientUpdated, UserOnline};

    use super::*;

    static WARNINGS: AtomicUsize = AtomicUsize::new(0);

    /// Counts warnings.
    struct Log;

    impl Subscriber for Log {
        fn enabled(&self, metadata: &Metadata<'_>) -> bool {
            *metadata.level() == Level::WARN
        }
        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }
        fn record(&self, _: &Id, _: &Record<'_>) {}
        fn record_follows_from(&self, _: &Id, _: &Id) {}
        fn event(&self, _: &Event<'_>) {
            WARNINGS.fetch_add(1, Ordering::Relaxed);
        }
        fn enter(&self, _: &Id) {}
        fn exit(&self, _: &Id) {}
    }

    #[test]
    fn a_handler_that_would_never_be_called_is_warned_of() {
        let options = SocketOptions::new("wss://ward.example/ws");
        let warnings = |options: &SocketOptions| {
            let handle = SocketHandle::new(options);
            let before = WARNINGS.load(Ordering::Relaxed);
            tracing::subscriber::with_default(Log, || {
                drop(handle.manager().on(|_: &PatientUpdated, _| {}));
                drop(handle.manager().on(|_: &UserOnline, _| {}));
            });
            WARNINGS.load(Ordering::Relaxed) - before
        };
        assert_eq!(warnings(&options), 1, "it is that of patients");
        assert_eq!(warnings(&options.builtin_events()), 0);
    }
}
