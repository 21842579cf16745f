//! Who is online in an organization, as events in its stream.

use std::collections::BTreeMap;

use yewdux_socket_core::event::{SocketEvent, UserOffline, UserOnline};
use yewdux_socket_core::{OrganizationId, Timestamp, UserId, UserPresence};

use super::now;
use super::state::{State, Tenant};

/// Who is online in one organization. Never stored: after a crash nobody is.
#[derive(Debug, Default)]
pub(super) struct Presence {
    online: BTreeMap<UserId, Online>,
}

#[derive(Debug, Clone, Copy)]
struct Online {
    sockets: u32,
    last_seen: Timestamp,
}

impl Presence {
    fn enter(&mut self, user: &UserId, now: Timestamp) {
        let online =
            self.online.entry(user.clone()).or_insert(Online { sockets: 0, last_seen: now });
        online.sockets += 1;
        online.last_seen = now;
    }

    fn leave(&mut self, user: &UserId, now: Timestamp) {
        if let Some(online) = self.online.get_mut(user) {
            online.sockets -= 1;
            online.last_seen = now;
            if online.sockets == 0 {
                self.online.remove(user);
            }
        }
    }
}

impl Tenant {
    /// The presence of everybody online, ordered by user.
    pub(super) fn online(&self) -> impl Iterator<Item = UserPresence> {
        self.presence.online.keys().filter_map(|user| self.presence_of(user))
    }

    /// The presence of one user, if online.
    fn presence_of(&self, user: &UserId) -> Option<UserPresence> {
        let online = self.presence.online.get(user)?;
        Some(UserPresence {
            user_id: user.clone(),
            user: self.profiles.get(user)?.clone(),
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
        if let Some(tenant) = self.tenants.get_mut(organization) {
            tenant.presence.enter(user, now());
            self.announce(organization, user);
        }
    }

    /// A socket of the user closed in the organization.
    pub(super) fn leave_presence(&mut self, organization: &OrganizationId, user: &UserId) {
        if let Some(tenant) = self.tenants.get_mut(organization) {
            tenant.presence.leave(user, now());
            self.announce(organization, user);
        }
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
        if self
            .tenants
            .get(organization)
            .is_some_and(|tenant| tenant.presence.online.contains_key(user))
        {
            self.announce(organization, user);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_are_counted_by_user() {
        let mut presence = Presence::default();
        let ana = UserId::from("ana");
        let at = Timestamp::from_millis;
        presence.enter(&ana, at(1));
        presence.enter(&ana, at(2));
        assert_eq!(presence.online[&ana].sockets, 2);
        presence.leave(&ana, at(3));
        assert_eq!((presence.online[&ana].sockets, presence.online[&ana].last_seen), (1, at(3)));
        presence.leave(&ana, at(4));
        assert!(presence.online.is_empty());
        presence.leave(&ana, at(5));
        assert!(presence.online.is_empty(), "leaving twice is nothing");
    }
}
