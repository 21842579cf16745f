//! The state behind the hub, and the two ways out of it: changes for the store, deliveries for connections.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use yewdux_socket_core::event::{Organization, Patient, User};
use yewdux_socket_core::tenant::{Membership, TenantFilter};
use yewdux_socket_core::wire::ServerMessage;
use yewdux_socket_core::{EventRegistry, OrganizationId, PermissionPolicy, SessionId, UserId};

use super::command::ConnectionId;
use super::error::Refusal;
use super::heads::Heads;
use super::keys::Keys;
use super::presence::Presence;
use super::refusals::Refusals;
use super::sessions::Sessions;
use super::stream::Stream;
use crate::auth::Signer;
use crate::capabilities::Offer;
use crate::config::Limits;
use crate::outgoing::{Item, Outgoing};
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
    pub(super) fn close(&mut self) {
        self.closed = true;
        let farewells: Vec<_> =
            self.connections.values().map(|connection| connection.outgoing.clone()).collect();
        for outgoing in farewells {
            let (error, code) = Refusal::Restarting.to_error();
            self.deliveries.push(Delivery::Finish(outgoing, ServerMessage::Error(error), code));
        }
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
}
