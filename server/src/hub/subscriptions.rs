//! Which connection hears of which organization.
//!
//! There is one place that changes it, so that subscribers, presence, and what still waits to be sent change
//! together.

use std::collections::BTreeSet;

use yewdux_socket_core::OrganizationId;
use yewdux_socket_core::wire::{ServerMessage, Subscribed};

use super::command::ConnectionId;
use super::state::{Connection, State};
use crate::outgoing::Item;

impl State {
    /// The organizations that a connection hears of: the user's, narrowed by what was asked for. Naming one
    /// that is not the user's has no effect now, and takes effect should the user gain it.
    pub(super) fn visible(&self, connection: &Connection) -> BTreeSet<OrganizationId> {
        let Some(member) = self.members.get(&connection.user) else { return BTreeSet::new() };
        let asked_for = |id: &&OrganizationId| {
            connection.wanted.as_ref().is_none_or(|wanted| wanted.contains(*id))
                && !connection.unwanted.contains(*id)
        };
        member.filter.visible().filter(asked_for).cloned().collect()
    }

    /// Subscribes a connection to exactly these organizations.
    pub(super) fn set_subscriptions(
        &mut self,
        id: ConnectionId,
        organizations: &BTreeSet<OrganizationId>,
    ) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let before = std::mem::replace(&mut connection.subscribed, organizations.clone());
        let (user, outgoing) = (connection.user.clone(), connection.outgoing.clone());
        for lost in before.difference(organizations) {
            if let Some(tenant) = self.tenants.get_mut(lost) {
                tenant.subscribers.remove(&id);
            }
            self.forget(&outgoing, lost);
            self.leave_presence(lost, &user);
        }
        for gained in organizations.difference(&before) {
            if let Some(tenant) = self.tenants.get_mut(gained) {
                tenant.subscribers.insert(id, outgoing.clone());
            }
            self.enter_presence(gained, &user);
        }
    }

    /// `$subscribe`
    pub(super) fn subscribe(&mut self, id: ConnectionId, organizations: Vec<OrganizationId>) {
        let known = self.known(organizations);
        let Some(connection) = self.connections.get_mut(&id) else { return };
        for organization in known {
            connection.unwanted.remove(&organization);
            if let Some(wanted) = &mut connection.wanted {
                wanted.insert(organization);
            }
        }
        self.say_subscribed(id);
    }

    /// `$unsubscribe`
    pub(super) fn unsubscribe(&mut self, id: ConnectionId, organizations: Vec<OrganizationId>) {
        let known = self.known(organizations);
        let Some(connection) = self.connections.get_mut(&id) else { return };
        for organization in known {
            if let Some(wanted) = &mut connection.wanted {
                wanted.remove(&organization);
            } else {
                connection.unwanted.insert(organization);
            }
        }
        self.say_subscribed(id);
    }

    /// Those that exist: remembering made-up names would only fill memory.
    pub(super) fn known(&self, mut organizations: Vec<OrganizationId>) -> BTreeSet<OrganizationId> {
        organizations.retain(|id| self.tenants.contains_key(id));
        organizations.into_iter().collect()
    }

    fn say_subscribed(&mut self, id: ConnectionId) {
        let Some(connection) = self.connections.get(&id) else { return };
        let visible = self.visible(connection);
        // First the answer, then what follows from it.
        let subscribed = Subscribed { organizations: visible.iter().cloned().collect() };
        self.send_to(id, Item::message(&ServerMessage::Subscribed(subscribed)));
        self.set_subscriptions(id, &visible);
    }

    /// Forgets a connection.
    pub(super) fn detach(&mut self, id: ConnectionId) {
        self.set_subscriptions(id, &BTreeSet::new());
        let Some(connection) = self.connections.remove(&id) else { return };
        self.sessions.end(&connection.session, id);
        if let Some(member) = self.members.get_mut(&connection.user) {
            member.connections.remove(&id);
        }
    }
}
