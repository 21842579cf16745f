//! The state behind the hub, and the two ways out of it: changes for the store, deliveries for connections.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use yewdux_socket_core::event::{Organization, Patient, Position, User};
use yewdux_socket_core::tenant::{Membership, TenantFilter};
use yewdux_socket_core::wire::{RawJson, ServerError, ServerMessage, close, encode_event};
use yewdux_socket_core::{
    Envelope, EventRegistry, OrganizationId, PermissionPolicy, SessionId, Timestamp, UserId,
};

use super::audit::Heads;
use super::command::{AccountView, Command, ConnectionId, Refusal, Rejection, Request};
use super::keys::Keys;
use super::presence::Presence;
use super::refusals::Refusals;
use super::sessions::Sessions;
use super::stream::Stream;
use super::view::Views;
use crate::auth::Signer;
use crate::capabilities::Offer;
use crate::config::Limits;
use crate::connection::{Item, Outgoing};
use crate::store::{Change, Store, StoreError, Stored, StoredAccount};

/// What the hub is made of.
#[derive(Debug)]
pub(crate) struct Setup {
    pub(crate) limits: Limits,
    pub(crate) offer: Offer,
    pub(crate) registry: Arc<EventRegistry>,
    pub(crate) permissions: PermissionPolicy,
    pub(crate) signer: Signer,
    pub(crate) store: Store,
    pub(crate) stored: Stored,
}

/// A user that the server knows, signed in or not.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) stored: StoredAccount,
    /// Decides by the user's present organizations; the same code that the client filters with.
    pub(super) filter: TenantFilter,
    pub(super) connections: BTreeSet<ConnectionId>,
}

/// All that belongs to one organization and to no other.
#[derive(Debug)]
pub(super) struct Tenant {
    pub(super) organization: Organization,
    pub(super) stream: Stream,
    pub(super) presence: Presence,
    pub(super) patients: BTreeMap<String, Arc<Patient>>,
    pub(super) profiles: BTreeMap<UserId, Arc<User>>,
    pub(super) subscribers: BTreeMap<ConnectionId, Arc<Outgoing>>,
}

/// A connection that has joined.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) user: UserId,
    pub(super) session: SessionId,
    pub(super) outgoing: Arc<Outgoing>,
    /// The organizations asked for; `None` means all of the user's.
    pub(super) wanted: Option<BTreeSet<OrganizationId>>,
    /// The organizations asked to be left out.
    pub(super) unwanted: BTreeSet<OrganizationId>,
    /// What follows from these and the membership.
    pub(super) subscribed: BTreeSet<OrganizationId>,
    /// Whether its pings are answered with summaries of presence.
    pub(super) digests: bool,
}

/// What goes out once the changes are committed, in this order.
enum Delivery {
    Send(Arc<Outgoing>, Item),
    /// Takes back what waits of an organization.
    Forget(Arc<Outgoing>, OrganizationId),
    Finish(Arc<Outgoing>, ServerMessage, u16),
    Abort(Arc<Outgoing>, Option<ServerMessage>, u16),
    Reply(Box<dyn FnOnce() + Send>),
}

/// Everything that connections share.
pub(crate) struct State {
    pub(super) limits: Limits,
    pub(super) offer: Offer,
    pub(super) registry: Arc<EventRegistry>,
    permissions: PermissionPolicy,
    pub(super) signer: Signer,
    pub(super) members: BTreeMap<UserId, Member>,
    pub(super) tenants: BTreeMap<OrganizationId, Tenant>,
    pub(super) connections: BTreeMap<ConnectionId, Connection>,
    pub(super) sessions: Sessions,
    pub(super) keys: Keys,
    pub(super) refusals: Refusals,
    pub(super) audit: Heads,
    pub(super) closed: bool,
    store: Store,
    changes: Vec<Change>,
    deliveries: Vec<Delivery>,
}

impl State {
    pub(crate) fn new(setup: Setup) -> Self {
        let Setup { limits, offer, registry, permissions, signer, store, stored } = setup;
        let tenants = stored.organizations.into_iter().map(|of| {
            let stream = Stream::new(
                of.epoch,
                of.first,
                of.history,
                limits.history_events,
                limits.history_bytes,
            );
            let tenant = Tenant {
                stream,
                presence: Presence::default(),
                patients: of
                    .patients
                    .into_iter()
                    .map(|patient| (patient.id.clone(), patient.into()))
                    .collect(),
                profiles: of
                    .profiles
                    .into_iter()
                    .map(|user| (user.id.clone(), user.into()))
                    .collect(),
                subscribers: BTreeMap::new(),
                organization: of.organization,
            };
            (tenant.organization.id.clone(), tenant)
        });
        let mut state = Self {
            tenants: tenants.collect(),
            members: BTreeMap::new(),
            connections: BTreeMap::new(),
            sessions: Sessions::default(),
            refusals: Refusals::default(),
            // An hour longer than promised, for clocks and for what is under way.
            keys: Keys::new(
                stored.keys,
                limits.dedupe + Duration::from_hours(1),
                limits.dedupe_keys,
            ),
            audit: Heads::new(stored.heads, limits.audit_heads),
            closed: false,
            changes: Vec::new(),
            deliveries: Vec::new(),
            limits,
            offer,
            registry,
            permissions,
            signer,
            store,
        };
        for stored in stored.accounts {
            let id = stored.account.user.id.clone();
            let mut filter = TenantFilter::new(state.permissions.clone());
            filter.set_server_organizations(&id, &state.memberships(&stored));
            state.members.insert(id, Member { stored, filter, connections: BTreeSet::new() });
        }
        state
    }

    /// Carries out a command. Returns whether it was the last one.
    pub(crate) fn handle(&mut self, command: Command) -> bool {
        match command {
            Command::Join(join) => self.join(*join),
            Command::Leave(connection) => self.detach(connection),
            Command::Request { connection, request, permit } => {
                self.request(connection, request);
                drop(permit);
            }
            Command::Refresh { connection, claims, reply } => {
                let good = self.connections.contains_key(&connection) && self.is_current(&claims);
                self.reply(move || reply.send(good));
            }
            Command::Account { user, reply } => {
                let view = self.members.get(&user).map(|member| AccountView {
                    user: member.stored.account.user.clone(),
                    memberships: member.stored.account.memberships.clone(),
                    generation: member.stored.generation,
                });
                self.reply(move || reply.send(view));
            }
            Command::SetMembership { user, memberships, reply } => {
                let result = self.set_membership(&user, memberships);
                self.reply(move || reply.send(result));
            }
            Command::Revoke { user, reply } => {
                let result = self.revoke(&user);
                self.reply(move || reply.send(result));
            }
            Command::Publish { event, reply } => {
                let result = self.publish(&event);
                self.reply(move || reply.send(result));
            }
            Command::Load { claims, organization, from, count, reply } => {
                let result = self.load(&claims, &organization, from, count);
                self.reply(move || reply.send(result));
            }
            Command::Close => self.close(),
            Command::Stop => return true,
        }
        false
    }

    fn request(&mut self, connection: ConnectionId, request: Request) {
        // What a connection sent before it was fenced or revoked, and what comes after, no longer counts.
        if !self.connections.contains_key(&connection) {
            return;
        }
        match request {
            Request::Emit { id, event } => self.emit(connection, id, event),
            Request::Subscribe(organizations) => self.subscribe(connection, organizations),
            Request::Unsubscribe(organizations) => self.unsubscribe(connection, organizations),
            Request::Snapshot { request, permit } => self.snapshot(connection, request, permit),
            Request::Audit(head) => self.countersign(connection, head),
            Request::Ping(id) => self.pong(connection, id),
        }
    }

    /// Commits what changed and, after that, lets out what follows from it.
    pub(crate) fn commit(&mut self) -> Result<(), StoreError> {
        self.store.commit(&self.changes)?;
        self.changes.clear();
        for delivery in self.deliveries.drain(..) {
            match delivery {
                Delivery::Send(outgoing, item) => outgoing.push(item),
                Delivery::Forget(outgoing, organization) => outgoing.forget(&organization),
                Delivery::Finish(outgoing, last, code) => outgoing.finish(&[last], code),
                Delivery::Abort(outgoing, last, code) => outgoing.abort(last.as_slice(), code),
                Delivery::Reply(reply) => reply(),
            }
        }
        Ok(())
    }

    /// The store failed: sends everybody away without what was not committed.
    pub(super) fn give_up(&mut self) {
        self.deliveries.clear();
        for connection in self.connections.values() {
            let (error, code) = Refusal::Restarting.to_error();
            connection.outgoing.abort(&[ServerMessage::Error(error)], code);
        }
    }

    /// Sends everybody away in order.
    fn close(&mut self) {
        self.closed = true;
        let farewells: Vec<_> =
            self.connections.values().map(|connection| connection.outgoing.clone()).collect();
        for outgoing in farewells {
            let (error, code) = Refusal::Restarting.to_error();
            self.deliveries.push(Delivery::Finish(outgoing, ServerMessage::Error(error), code));
        }
    }

    /// Appends an event to an organization's history and sends it to all who listen.
    pub(super) fn append(
        &mut self,
        organization: &OrganizationId,
        event_type: &str,
        timestamp: Timestamp,
        payload: &str,
    ) -> Result<Position, Rejection> {
        let Some(tenant) = self.tenants.get_mut(organization) else {
            return Err(Rejection {
                code: "unknown_organization",
                reason: "There is no such organization.".into(),
            });
        };
        let position = tenant.stream.next();
        let envelope = Envelope {
            event_type: event_type.into(),
            organization: Some(organization.clone()),
            timestamp,
            position: Some(position.clone()),
        };
        let event: RawJson = encode_event(&envelope, payload)?;
        let trimmed = tenant.stream.push(event.clone());
        let subscribers: Vec<_> =
            tenant.subscribers.iter().map(|(id, outgoing)| (*id, outgoing.clone())).collect();
        let mut views = Views::of(&envelope, &event);
        for (connection, outgoing) in subscribers {
            let user = self.connections.get(&connection).map(|connection| &connection.user);
            if let Some(item) = user.and_then(|user| self.view(&mut views, user)) {
                self.deliveries.push(Delivery::Send(outgoing, item));
            }
        }
        self.changes.push(Change::Append {
            organization: organization.clone(),
            offset: position.offset,
            event,
        });
        if let Some(first) = trimmed {
            self.changes.push(Change::Trim { organization: organization.clone(), first });
        }
        Ok(position)
    }

    /// The user's organizations as the wire shows them.
    pub(super) fn memberships(&self, stored: &StoredAccount) -> Vec<Membership> {
        let known = |(id, roles): (&OrganizationId, &Vec<String>)| {
            let name = self.tenants.get(id)?.organization.name.clone();
            Some(Membership { id: id.clone(), name, roles: roles.clone() })
        };
        stored.account.memberships.iter().filter_map(known).collect()
    }

    pub(super) fn change(&mut self, change: Change) {
        self.changes.push(change);
    }

    pub(super) fn send(&mut self, outgoing: &Arc<Outgoing>, item: Item) {
        self.deliveries.push(Delivery::Send(outgoing.clone(), item));
    }

    pub(super) fn send_to(&mut self, connection: ConnectionId, item: Item) {
        if let Some(outgoing) =
            self.connections.get(&connection).map(|connection| connection.outgoing.clone())
        {
            self.send(&outgoing, item);
        }
    }

    /// How many deliveries wait: the place to hand to [`Self::send_at`].
    pub(super) fn place(&self) -> usize {
        self.deliveries.len()
    }

    /// Sends before what was decided after the place.
    pub(super) fn send_at(&mut self, place: usize, outgoing: &Arc<Outgoing>, item: Item) {
        self.deliveries.insert(place, Delivery::Send(outgoing.clone(), item));
    }

    pub(super) fn forget(&mut self, outgoing: &Arc<Outgoing>, organization: &OrganizationId) {
        self.deliveries.push(Delivery::Forget(outgoing.clone(), organization.clone()));
    }

    pub(super) fn abort(
        &mut self,
        outgoing: &Arc<Outgoing>,
        last: Option<ServerMessage>,
        code: u16,
    ) {
        self.deliveries.push(Delivery::Abort(outgoing.clone(), last, code));
    }

    /// Answers after the commit. Whether anybody still waits for the answer does not matter.
    pub(super) fn reply<T>(&mut self, reply: impl FnOnce() -> T + Send + 'static) {
        self.deliveries.push(Delivery::Reply(Box::new(move || drop(reply()))));
    }

    /// Another connection took the session over.
    pub(super) fn fence(&mut self, outgoing: &Arc<Outgoing>) {
        let error = ServerError {
            code: "replaced".into(),
            message: "Another connection continues this session.".into(),
            ..ServerError::default()
        };
        self.abort(outgoing, Some(ServerMessage::Error(error)), close::REPLACED);
    }
}
