//! Who is online in an organization, as events in its stream.

use yewdux_socket_core::event::{SocketEvent, User, UserOffline, UserOnline};
use yewdux_socket_core::wire::{PresenceSummary, capability};
use yewdux_socket_core::{OrganizationId, UserId, UserPresence};

use super::presence::Presence;
use super::state::{State, Tenant};
use crate::clock::now;

impl Tenant {
    /// The presence of everybody online, ordered by user.
    pub(super) fn online(&self) -> impl Iterator<Item = UserPresence> {
        self.presence.users().filter_map(|user| self.presence_of(user))
    }

    /// Who is online, as a fingerprint, and where in the stream that is so.
    pub(super) fn presence_summary(&self) -> PresenceSummary {
        self.presence.summary(self.stream.head())
    }

    /// The presence of one user, if online.
    fn presence_of(&self, user: &UserId) -> Option<UserPresence> {
        let online = self.presence.of(user)?;
        Some(UserPresence {
            user_id: user.clone(),
            user: User::clone(self.profiles.get(user)?),
            last_seen: online.last_seen,
            socket_count: online.sockets,
            // Everybody in this organization sees this entry, and not everybody shares the user's others.
            organizations: vec![self.organization.id.clone()],
        })
    }
}

impl State {
    /// A socket of the user opened in the organization.
    pub(super) fn enter_presence(&mut self, organization: &OrganizationId, user: &UserId) {
        if let Some(presence) = self.kept_presence(organization) {
            presence.enter(user, now());
            self.announce(organization, user);
        }
    }

    /// A socket of the user closed in the organization.
    pub(super) fn leave_presence(&mut self, organization: &OrganizationId, user: &UserId) {
        if let Some(presence) = self.kept_presence(organization) {
            presence.leave(user, now());
            self.announce(organization, user);
        }
    }

    /// The presence of an organization, if presence is offered at all.
    fn kept_presence(&mut self, organization: &OrganizationId) -> Option<&mut Presence> {
        let tenant = self.tenants.get_mut(organization)?;
        self.offer.has(capability::PRESENCE).then_some(&mut tenant.presence)
    }

    /// Says in the organization's stream how the user's presence is.
    pub(super) fn announce(&mut self, organization: &OrganizationId, user: &UserId) {
        let presence = self.tenants.get(organization).and_then(|tenant| tenant.presence_of(user));
        let user_id = user.clone();
        let (event_type, payload) = match presence {
            Some(user) => (UserOnline::TYPE, serde_json::to_string(&UserOnline { user_id, user })),
            None => (UserOffline::TYPE, serde_json::to_string(&UserOffline { user_id })),
        };
        // Both are plain data that the envelope's keys do not occur in.
        let appended =
            payload.ok().map(|payload| self.append(organization, event_type, now(), &payload));
        if !matches!(appended, Some(Ok(_))) {
            tracing::error!(%organization, %user, "presence could not be announced");
        }
    }

    /// Says so if the user, whose data changed, is online.
    pub(super) fn announce_if_online(&mut self, organization: &OrganizationId, user: &UserId) {
        if self.tenants.get(organization).is_some_and(|tenant| tenant.presence.of(user).is_some()) {
            self.announce(organization, user);
        }
    }
}
