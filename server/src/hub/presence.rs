//! Who is online in an organization, as events in its stream.

use std::collections::BTreeMap;

use yewdux_socket_core::event::{Position, SocketEvent, User, UserOffline, UserOnline};
use yewdux_socket_core::wire::{PresenceSummary, capability};
use yewdux_socket_core::{OrganizationId, PresenceDigest, Timestamp, UserId, UserPresence};

use super::now;
use super::state::{State, Tenant};

/// Who is online in one organization. Never stored: after a crash nobody is.
#[derive(Debug, Default)]
pub(super) struct Presence {
    online: BTreeMap<UserId, Online>,
    /// Kept along with each change, so that telling it costs the same however many are online.
    digest: PresenceDigest,
}

#[derive(Debug, Clone, Copy)]
struct Online {
    sockets: u32,
    last_seen: Timestamp,
}

impl Presence {
    fn enter(&mut self, user: &UserId, now: Timestamp) {
        self.set(user, self.sockets(user) + 1, now);
    }

    fn leave(&mut self, user: &UserId, now: Timestamp) {
        if let Some(left) = self.sockets(user).checked_sub(1) {
            self.set(user, left, now);
        }
    }

    fn sockets(&self, user: &UserId) -> u32 {
        self.online.get(user).map_or(0, |online| online.sockets)
    }

    /// The one place that changes who is online, so that the digest changes with it.
    fn set(&mut self, user: &UserId, sockets: u32, now: Timestamp) {
        let before = if sockets == 0 {
            self.online.remove(user)
        } else {
            self.online.insert(user.clone(), Online { sockets, last_seen: now })
        };
        if let Some(before) = before {
            self.digest.remove(user, before.sockets);
        }
        if sockets > 0 {
            self.digest.insert(user, sockets);
        }
    }
}

impl Tenant {
    /// The presence of everybody online, ordered by user.
    pub(super) fn online(&self) -> impl Iterator<Item = UserPresence> {
        self.presence.online.keys().filter_map(|user| self.presence_of(user))
    }

    /// Who is online, as a fingerprint, and where in the stream that is so.
    pub(super) fn presence_summary(&self) -> PresenceSummary {
        let Position { epoch, offset } = self.stream.head();
        let Presence { online, digest } = &self.presence;
        PresenceSummary { epoch, offset, users: online.len(), digest: *digest }
    }

    /// The presence of one user, if online.
    fn presence_of(&self, user: &UserId) -> Option<UserPresence> {
        let online = self.presence.online.get(user)?;
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
        assert_eq!(presence.digest, PresenceDigest::default());
    }

    #[test]
    fn the_digest_is_kept_as_if_it_were_made_anew_at_each_change() {
        let users: Vec<_> =
            (0..7).map(|index| UserId::from(format!("u{index}").as_str())).collect();
        let mut presence = Presence::default();
        // Always the same sequence, so that a failure comes again.
        let mut random = 1_u64;
        let mut most = 0;
        for step in 0..2_000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let user = &users[usize::try_from(random >> 33).unwrap() % users.len()];
            if random >> 63 == 0 {
                presence.enter(user, Timestamp::from_millis(step));
            } else {
                presence.leave(user, Timestamp::from_millis(step));
            }
            let mut anew = PresenceDigest::default();
            for (user, online) in &presence.online {
                anew.insert(user, online.sockets);
                most = most.max(online.sockets);
            }
            assert_eq!(presence.digest, anew, "after {step} changes");
        }
        assert!(most > 9, "also with numbers of two digits: {most}");
    }
}
