//! A server that runs: what the program around it can do with it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use yewdux_socket_core::error::ValidationError;
use yewdux_socket_core::event::{Position, SocketEvent, UserOffline, UserOnline};
use yewdux_socket_core::wire::RawJson;
use yewdux_socket_core::{Envelope, OrganizationId, UserId};

use crate::clock::now;
use crate::connection::Service;
use crate::hub::{Command, End, PublishError, UpdateError, Verified};

/// A server that runs. Dropping it stops the server without waiting for anything.
#[derive(Debug)]
#[must_use = "dropping it stops the server"]
pub struct Running {
    addr: SocketAddr,
    service: Arc<Service>,
    connections: Arc<Semaphore>,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

impl Running {
    pub(crate) fn new(
        addr: SocketAddr,
        service: Arc<Service>,
        connections: Arc<Semaphore>,
        stop: watch::Sender<bool>,
        serving: JoinHandle<()>,
    ) -> Self {
        Self { addr, service, connections, stop, serving }
    }

    /// The address that the server listens on.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Stops the server: no new connections, a farewell to the open ones, and a bounded wait until they are
    /// gone ([`Limits::drain_timeout`](crate::Limits::drain_timeout)).
    pub async fn shutdown(mut self) {
        let limits = &self.service.limits;
        self.stop.send_replace(true);
        self.service.hub.send(Command::Close);
        let all = u32::try_from(limits.connections).unwrap_or(u32::MAX);
        if timeout(limits.drain_timeout, self.connections.acquire_many(all)).await.is_err() {
            tracing::warn!("connections were cut off");
        }
        self.service.hub.send(Command::Stop);
        self.service.hub.ended().await;
        // Requests under way are short; connections that idle are closed by now.
        if timeout(limits.close_timeout, &mut self.serving).await.is_err() {
            self.serving.abort();
        }
        tracing::info!("stopped");
    }

    /// Resolves when the server cannot go on because its store failed. All connections were closed then, and
    /// what was not stored was not acknowledged.
    pub async fn failed(&self) {
        if self.service.hub.ended().await == End::Stopped {
            std::future::pending::<()>().await;
        }
    }

    /// Gives a user other organizations and roles, at once and on all connections: what is lost is not
    /// delivered any more, what is gained is subscribed.
    pub async fn set_membership(
        &self,
        user: &UserId,
        memberships: BTreeMap<OrganizationId, Vec<String>>,
    ) -> Result<(), UpdateError> {
        let user = user.clone();
        let asked =
            self.service.hub.ask(|reply| Command::SetMembership { user, memberships, reply }).await;
        asked.unwrap_or(Err(UpdateError::Stopped))
    }

    /// Ends all sessions of a user. Tokens issued until now are refused from now on; signing in again is not.
    pub async fn revoke(&self, user: &UserId) -> Result<(), UpdateError> {
        let user = user.clone();
        self.service
            .hub
            .ask(|reply| Command::Revoke { user, reply })
            .await
            .unwrap_or(Err(UpdateError::Stopped))
    }

    /// Publishes an event into an organization's stream. It takes effect as an emitted one does; permission
    /// is the program's own business. Returns its place in the history, once it is stored.
    pub async fn publish<E: SocketEvent>(
        &self,
        organization: &OrganizationId,
        event: &E,
    ) -> Result<Position, PublishError> {
        let kind = self.service.registry.get(E::TYPE).ok_or(PublishError::UnknownType)?.clone();
        if [UserOnline::TYPE, UserOffline::TYPE].contains(&E::TYPE) {
            return Err(PublishError::NotPublishable);
        }
        let shape = |_| PublishError::Rejected {
            code: "payload_shape",
            reason: "The event is no JSON object.".into(),
        };
        let payload = RawJson::of(event).map_err(shape)?;
        let envelope = Envelope {
            event_type: E::TYPE.into(),
            organization: Some(organization.clone()),
            timestamp: now(),
            position: None,
        };
        let invalid = |error: ValidationError| PublishError::Rejected {
            code: error.code(),
            reason: error.to_string(),
        };
        let event = kind.decode(envelope, payload.as_str()).map_err(invalid)?;
        let payload = kind.encode(&event).map_err(invalid)?;
        let event = Box::new(Verified { kind, event, payload, body: [0; 32] });
        self.service
            .hub
            .ask(|reply| Command::Publish { event, reply })
            .await
            .unwrap_or(Err(PublishError::Stopped))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        self.service.hub.send(Command::Close);
        self.service.hub.send(Command::Stop);
    }
}
