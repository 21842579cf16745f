//! Slows down whoever guesses passwords.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use yewdux_socket_core::UserId;

/// Wrong passwords for one user before the rest of the window is refused. Short enough a window that locking
/// somebody out this way is a nuisance only.
const MAX_FAILURES: u32 = 10;
const WINDOW: Duration = Duration::from_mins(1);
/// Users that are counted at the same time. Beyond it the whole table is refused until windows end.
const MAX_USERS: usize = 10_000;

#[derive(Debug)]
struct Failures {
    count: u32,
    since: Instant,
}

/// Failed attempts to sign in, by user, known or not.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    users: Mutex<HashMap<UserId, Failures>>,
}

impl Attempts {
    /// Counts an attempt as failed until [`Self::succeeded`], so that attempts at the same time count too.
    /// Returns whether it may be made.
    pub(super) fn begin(&self, user: &UserId, now: Instant) -> bool {
        let mut users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        if users.len() >= MAX_USERS {
            users.retain(|_, failures| now.saturating_duration_since(failures.since) < WINDOW);
        }
        if users.len() >= MAX_USERS && !users.contains_key(user) {
            return false;
        }
        let failures = users.entry(user.clone()).or_insert(Failures { count: 0, since: now });
        if now.saturating_duration_since(failures.since) >= WINDOW {
            *failures = Failures { count: 0, since: now };
        }
        failures.count += 1;
        failures.count <= MAX_FAILURES
    }

    /// The right password was given.
    pub(super) fn succeeded(&self, user: &UserId) {
        self.users.lock().unwrap_or_else(PoisonError::into_inner).remove(user);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessing_is_stopped_for_a_while() {
        let attempts = Attempts::default();
        let (ana, ben, now) = (UserId::from("ana"), UserId::from("ben"), Instant::now());
        assert!((0..MAX_FAILURES).all(|_| attempts.begin(&ana, now)));
        assert!(!attempts.begin(&ana, now));
        assert!(attempts.begin(&ben, now), "others are not affected");
        assert!(attempts.begin(&ana, now + WINDOW));
        attempts.succeeded(&ana);
        assert!((0..MAX_FAILURES).all(|_| attempts.begin(&ana, now + WINDOW)));
    }

    #[test]
    fn the_table_is_bounded() {
        let attempts = Attempts::default();
        let now = Instant::now();
        let user = |number: usize| UserId::from(number.to_string().as_str());
        assert!((0..MAX_USERS).all(|number| attempts.begin(&user(number), now)));
        assert!(!attempts.begin(&user(MAX_USERS), now));
        assert!(attempts.begin(&user(MAX_USERS), now + WINDOW));
    }
}
