//! Changes of what a user may see, while the user is looking.

use std::collections::BTreeMap;
use std::sync::Arc;

use yewdux_socket_core::event::{SocketEvent, UserUpdated};
use yewdux_socket_core::wire::{Membership, Revoked, ServerMessage, close};
use yewdux_socket_core::{OrganizationId, UserId};

use super::error::UpdateError;
use super::state::State;
use crate::clock::now;
use crate::outgoing::Item;
use crate::store::Change;

impl State {
    /// Gives a user other organizations and roles, at once and on all connections.
    pub(super) fn set_membership(
        &mut self,
        user: &UserId,
        memberships: BTreeMap<OrganizationId, Vec<String>>,
    ) -> Result<(), UpdateError> {
        if let Some(unknown) = memberships.keys().find(|id| !self.tenants.contains_key(*id)) {
            return Err(UpdateError::UnknownOrganization(unknown.clone()));
        }
        let mut stored = self.members.get(user).ok_or(UpdateError::UnknownUser)?.stored.clone();
        stored.account.memberships = memberships;
        let organizations = self.memberships(&stored);
        self.change(Change::Account(stored.clone()));
        let data = Arc::new(stored.account.user.clone());
        let Some(member) = self.members.get_mut(user) else { return Err(UpdateError::UnknownUser) };
        member.stored = stored;
        let change = member.filter.set_server_organizations(user, &organizations);
        let connections: Vec<_> = member.connections.iter().copied().collect();
        tracing::info!(%user, gained = change.gained.len(), lost = change.lost.len(), "membership changed");

        for gained in &change.gained {
            if let Some(tenant) = self.tenants.get_mut(gained) {
                tenant.profiles.insert(user.clone(), data.clone());
            }
            self.change(Change::Profile(gained.clone(), data.clone()));
        }
        for connection in connections {
            // Before the first event of what was gained, which would not pass the client's filter.
            let membership = Membership { organizations: organizations.clone() };
            self.send_to(connection, Item::message(&ServerMessage::Membership(membership)));
            if let Some(visible) =
                self.connections.get(&connection).map(|connection| self.visible(connection))
            {
                self.set_subscriptions(connection, &visible);
            }
        }
        for lost in &change.lost {
            if let Some(tenant) = self.tenants.get_mut(lost) {
                tenant.profiles.remove(user);
            }
            self.change(Change::NoProfile(lost.clone(), user.clone()));
        }
        for gained in &change.gained {
            self.tell_of_member(gained, &UserUpdated { user: data.clone() });
        }
        Ok(())
    }

    /// Says in an organization's stream who has become a member, where the application knows such events.
    fn tell_of_member(&mut self, organization: &OrganizationId, event: &UserUpdated) {
        if self.registry.get(UserUpdated::TYPE).is_none() {
            return;
        }
        let appended = serde_json::to_string(event)
            .ok()
            .map(|payload| self.append(organization, UserUpdated::TYPE, now(), &payload));
        if !matches!(appended, Some(Ok(_))) {
            tracing::error!(%organization, user = %event.user.id, "a new member could not be announced");
        }
    }

    /// Ends all sessions of a user and makes the tokens issued so far worthless.
    pub(super) fn revoke(&mut self, user: &UserId) -> Result<(), UpdateError> {
        let member = self.members.get_mut(user).ok_or(UpdateError::UnknownUser)?;
        member.stored.generation += 1;
        let stored = member.stored.clone();
        let connections: Vec<_> = member.connections.iter().copied().collect();
        tracing::info!(%user, connections = connections.len(), "revoked");
        self.change(Change::Account(stored));
        for id in connections {
            let Some(outgoing) =
                self.connections.get(&id).map(|connection| connection.outgoing.clone())
            else {
                continue;
            };
            self.detach(id);
            // Nothing that still waits for the user goes out.
            let revoked = ServerMessage::Revoked(Revoked { code: "revoked".into() });
            self.abort(&outgoing, Some(revoked), close::REVOKED);
        }
        self.sessions.forget(user);
        Ok(())
    }
}
