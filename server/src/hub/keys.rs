//! Idempotency keys: what was decided once stays decided.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use yewdux_socket_core::{EventId, UserId};

use super::error::Rejection;
use crate::store::KeyRecord;

/// Rejections of one user that are remembered: far more than may be in flight on one connection.
const MOST_REJECTIONS: usize = 1_000;

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Known {
    /// Nothing.
    New,
    /// It was accepted with the same body.
    Repeated,
    /// It was accepted or rejected with another body.
    Conflict,
    /// It was rejected with the same body.
    Rejected(Rejection),
}

#[derive(Debug, Default)]
struct OfUser {
    records: HashMap<EventId, KeyRecord>,
    /// From the oldest to the newest.
    order: VecDeque<EventId>,
    /// The latest rejections, from the oldest to the newest.
    rejected: VecDeque<(EventId, [u8; 32], Rejection)>,
}

/// The keys of all users. Accepted ones are stored. Rejected ones are remembered in memory: were one that is
/// repeated because its ack was lost accepted the second time, it would take effect behind its successors.
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
        let Some(of_user) = self.users.get(user) else { return Known::New };
        if let Some(record) = of_user.records.get(id) {
            return if record.body == *body { Known::Repeated } else { Known::Conflict };
        }
        match of_user.rejected.iter().find(|(rejected, _, _)| rejected == id) {
            None => Known::New,
            Some((_, known, rejection)) if known == body => Known::Rejected(rejection.clone()),
            Some(_) => Known::Conflict,
        }
    }

    /// Remembers that an event was rejected, at the cost of the oldest rejection if there are many.
    pub(super) fn reject(
        &mut self,
        user: &UserId,
        id: EventId,
        body: [u8; 32],
        rejection: Rejection,
    ) {
        let rejected = &mut self.users.entry(user.clone()).or_default().rejected;
        if rejected.len() == MOST_REJECTIONS {
            rejected.pop_front();
        }
        rejected.push_back((id, body, rejection));
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
    fn what_was_rejected_stays_rejected() {
        let mut keys = keys(10);
        let (ana, ben, id) = (UserId::from("ana"), UserId::from("ben"), EventId::from("k"));
        let rejection = Rejection { code: "not_permitted", reason: "No.".into() };
        keys.reject(&ana, id.clone(), [1; 32], rejection.clone());
        assert_eq!(keys.look_up(&ana, &id, &[1; 32]), Known::Rejected(rejection.clone()));
        assert_eq!(keys.look_up(&ana, &id, &[2; 32]), Known::Conflict);
        assert_eq!(keys.look_up(&ben, &id, &[1; 32]), Known::New);
        for number in 0..MOST_REJECTIONS {
            let id = EventId::from(number.to_string().as_str());
            keys.reject(&ana, id, [1; 32], rejection.clone());
        }
        assert_eq!(keys.look_up(&ana, &id, &[1; 32]), Known::New, "the oldest is forgotten");
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
