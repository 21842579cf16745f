//! Who is online in an organization.

use std::collections::BTreeMap;

use yewdux_socket_core::event::Position;
use yewdux_socket_core::wire::PresenceSummary;
use yewdux_socket_core::{PresenceDigest, Timestamp, UserId};

/// Who is online in one organization. Never stored: after a crash nobody is.
#[derive(Debug, Default)]
pub(super) struct Presence {
    online: BTreeMap<UserId, Online>,
    /// Kept along with each change, so that telling it costs the same however many are online.
    digest: PresenceDigest,
}

/// How one user is online.
#[derive(Debug, Clone, Copy)]
pub(super) struct Online {
    pub(super) sockets: u32,
    pub(super) last_seen: Timestamp,
}

impl Presence {
    /// Everybody online, in order.
    pub(super) fn users(&self) -> impl Iterator<Item = &UserId> {
        self.online.keys()
    }

    /// How a user is online, if so.
    pub(super) fn of(&self, user: &UserId) -> Option<&Online> {
        self.online.get(user)
    }

    /// Who is online, as a fingerprint, at a place in the organization's stream.
    pub(super) fn summary(&self, Position { epoch, offset }: Position) -> PresenceSummary {
        PresenceSummary { epoch, offset, users: self.online.len(), digest: self.digest }
    }

    /// A socket of the user opened.
    pub(super) fn enter(&mut self, user: &UserId, now: Timestamp) {
        self.set(user, self.sockets(user) + 1, now);
    }

    /// A socket of the user closed.
    pub(super) fn leave(&mut self, user: &UserId, now: Timestamp) {
        if let Some(left) = self.sockets(user).checked_sub(1) {
            self.set(user, left, now);
        }
    }

    fn sockets(&self, user: &UserId) -> u32 {
        self.of(user).map_or(0, |online| online.sockets)
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
