//! Idempotency keys: what was accepted once is not accepted again.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use yewdux_socket_core::{EventId, UserId};

use crate::store::KeyRecord;

/// What is known of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// Nothing.
    New,
    /// It was accepted with the same body.
    Repeated,
    /// It was accepted with another body.
    Conflict,
}

#[derive(Debug, Default)]
struct OfUser {
    records: HashMap<EventId, KeyRecord>,
    /// From the oldest to the newest.
    order: VecDeque<EventId>,
}

/// The keys of all users. Only accepted events are remembered: a rejected one had no effect, and what it is
/// told when it comes again may be better news.
#[derive(Debug)]
pub(super) struct Keys {
    users: HashMap<UserId, OfUser>,
    retention: Duration,
    per_user: usize,
}

impl Keys {
    pub(super) fn new(
        stored: Vec<(UserId, EventId, KeyRecord)>,
        retention: Duration,
        per_user: usize,
    ) -> Self {
        let mut keys = Self { users: HashMap::new(), retention, per_user: per_user.max(1) };
        for (user, id, record) in stored {
            let of_user = keys.users.entry(user).or_default();
            of_user.order.push_back(id.clone());
            of_user.records.insert(id, record);
        }
        keys
    }

    /// What is known of a key and a body.
    pub(super) fn look_up(&self, user: &UserId, id: &EventId, body: &[u8; 32]) -> Known {
        match self.users.get(user).and_then(|of_user| of_user.records.get(id)) {
            None => Known::New,
            Some(record) if record.body == *body => Known::Repeated,
            Some(_) => Known::Conflict,
        }
    }

    /// Remembers a new key. Returns those of the user that are forgotten for it: the ones past their time,
    /// and the oldest over the limit.
    pub(super) fn insert(&mut self, user: &UserId, id: EventId, record: KeyRecord) -> Vec<EventId> {
        let of_user = self.users.entry(user.clone()).or_default();
        let mut forgotten = Vec::new();
        while let Some(oldest) = of_user.order.front() {
            let expired = of_user
                .records
                .get(oldest)
                .is_none_or(|oldest| record.accepted_at.since(oldest.accepted_at) > self.retention);
            let full = of_user.order.len() >= self.per_user;
            if !expired && !full {
                break;
            }
            if !expired {
                tracing::warn!(%user, "more idempotency keys than are kept; the oldest is forgotten early");
            }
            if let Some(oldest) = of_user.order.pop_front() {
                of_user.records.remove(&oldest);
                forgotten.push(oldest);
            }
        }
        of_user.order.push_back(id.clone());
        of_user.records.insert(id, record);
        forgotten
    }
}

#[cfg(test)]
mod tests {
    use yewdux_socket_core::Timestamp;

    use super::*;

    const HOUR: i64 = 60 * 60 * 1_000;

    fn record(body: u8, hours: i64) -> KeyRecord {
        KeyRecord { body: [body; 32], accepted_at: Timestamp::from_millis(hours * HOUR) }
    }

    fn keys(per_user: usize) -> Keys {
        Keys::new(Vec::new(), Duration::from_hours(25), per_user)
    }

    #[test]
    fn keys_are_each_users_own() {
        let mut keys = keys(10);
        let (ana, ben, id) = (UserId::from("ana"), UserId::from("ben"), EventId::from("k"));
        keys.insert(&ana, id.clone(), record(1, 0));
        assert_eq!(keys.look_up(&ana, &id, &[1; 32]), Known::Repeated);
        assert_eq!(keys.look_up(&ana, &id, &[2; 32]), Known::Conflict);
        assert_eq!(keys.look_up(&ben, &id, &[2; 32]), Known::New);
    }

    #[test]
    fn keys_are_kept_their_time_and_no_more_than_the_limit() {
        let mut keys = keys(2);
        let (ana, ben) = (UserId::from("ana"), UserId::from("ben"));
        let id = EventId::from;
        keys.insert(&ben, id("of ben"), record(0, 0));
        assert!(keys.insert(&ana, id("a"), record(1, 0)).is_empty());
        assert!(keys.insert(&ana, id("b"), record(2, 24)).is_empty(), "a day old is not too old");
        assert_eq!(
            keys.insert(&ana, id("c"), record(3, 24)),
            [id("a")],
            "the oldest goes for the limit"
        );
        assert_eq!(keys.insert(&ana, id("d"), record(4, 60)), [id("b"), id("c")], "and by age");
        assert_eq!(
            keys.look_up(&ben, &id("of ben"), &[0; 32]),
            Known::Repeated,
            "others are not affected"
        );
    }

    #[test]
    fn stored_keys_count() {
        let stored = vec![(UserId::from("ana"), EventId::from("k"), record(1, 0))];
        let keys = Keys::new(stored, Duration::from_secs(1), 10);
        assert_eq!(
            keys.look_up(&UserId::from("ana"), &EventId::from("k"), &[1; 32]),
            Known::Repeated
        );
    }
}
