//! The heads of clients' audit chains.
//!
//! A head that goes back, or is another one at the same place, is refused: whoever holds such a chain has cut it short or
//! made it anew.

use std::collections::BTreeMap;
use std::time::Duration;

use yewdux_socket_core::wire::{AuditHead, MAX_OFFSET};
use yewdux_socket_core::{AuditChainId, UserId};

use crate::store::StoredHead;

/// Longest hash in hexadecimal: that of SHA-512.
const MAX_HASH: usize = 128;
/// How long a chain has been silent before its head may be forgotten.
const SILENCE: Duration = Duration::from_hours(1);

/// The latest heads of all users' chains.
#[derive(Debug, Default)]
pub(super) struct Heads {
    users: BTreeMap<UserId, BTreeMap<AuditChainId, StoredHead>>,
    per_user: usize,
}

/// Why a head is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    Invalid,
    /// It is of an earlier entry than the one that is known.
    Rewound,
    /// It is of the same entry with another hash.
    Conflict,
    /// It is of a new chain, and the user's others have not been silent for long enough to be forgotten.
    TooMany,
}

impl Refusal {
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Invalid => "invalid_value",
            Self::Rewound => "audit_rewound",
            Self::Conflict => "audit_conflict",
            Self::TooMany => "audit_too_many",
        }
    }

    pub(super) fn message(self) -> &'static str {
        match self {
            Self::Invalid => "A head has a sequence from 1 and a hash in hexadecimal.",
            Self::Rewound => "A later head of this chain is known.",
            Self::Conflict => "Another head of this chain is known at this sequence.",
            Self::TooMany => "There are too many chains of this user.",
        }
    }
}

impl Heads {
    pub(super) fn new(stored: Vec<(UserId, StoredHead)>, per_user: usize) -> Self {
        let mut heads = Self { users: BTreeMap::new(), per_user: per_user.max(1) };
        for (user, head) in stored {
            heads.users.entry(user).or_default().insert(head.head.chain.clone(), head);
        }
        heads
    }

    /// Whether a head goes on from what is known of its chain.
    pub(super) fn check(&self, user: &UserId, head: &AuditHead) -> Result<(), Refusal> {
        let is_hash = |hash: &str| {
            !hash.is_empty()
                && hash.len() <= MAX_HASH
                && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        if !(1..=MAX_OFFSET).contains(&head.sequence) || !is_hash(&head.hash) {
            return Err(Refusal::Invalid);
        }
        let known = self.users.get(user).and_then(|chains| chains.get(&head.chain));
        match known.map(|known| &known.head) {
            Some(known) if head.sequence < known.sequence => Err(Refusal::Rewound),
            Some(known) if head.sequence == known.sequence && head.hash != known.hash => {
                Err(Refusal::Conflict)
            }
            _ => Ok(()),
        }
    }

    /// Keeps a head as the latest of its chain. Returns the one that had to go for it: that of the user's chain which has
    /// been silent for the longest time. One that spoke lately is not forgotten, or its chain could be begun anew.
    pub(super) fn insert(
        &mut self,
        user: &UserId,
        head: StoredHead,
    ) -> Result<Option<StoredHead>, Refusal> {
        let chains = self.users.entry(user.clone()).or_default();
        let mut gone = None;
        if !chains.contains_key(&head.head.chain) && chains.len() >= self.per_user {
            let oldest = chains.values().min_by_key(|known| known.at);
            let oldest = oldest.filter(|known| head.at.since(known.at) >= SILENCE);
            let oldest = oldest.ok_or(Refusal::TooMany)?.head.chain.clone();
            gone = chains.remove(&oldest);
        }
        chains.insert(head.head.chain.clone(), head);
        Ok(gone)
    }
}

#[cfg(test)]
mod tests {
    use yewdux_socket_core::Timestamp;

    use super::*;

    fn head(chain: &str, sequence: u64, hash: &str) -> AuditHead {
        AuditHead { chain: chain.into(), sequence, hash: hash.into(), signature: None }
    }

    fn stored(chain: &str, at: i64) -> StoredHead {
        StoredHead { head: head(chain, 5, "ab"), at: Timestamp::from_millis(at) }
    }

    #[test]
    fn a_chain_only_grows_and_each_is_its_users_own() {
        let (ana, ben) = (UserId::from("ana"), UserId::from("ben"));
        let heads = Heads::new(vec![(ana.clone(), stored("one", 0))], 10);
        let check = |user, chain, sequence, hash| heads.check(user, &head(chain, sequence, hash));
        assert_eq!(check(&ana, "one", 6, "cd"), Ok(()));
        assert_eq!(check(&ana, "one", 5, "ab"), Ok(()), "said again");
        assert_eq!(check(&ana, "one", 5, "cd"), Err(Refusal::Conflict));
        assert_eq!(check(&ana, "one", 4, "ab"), Err(Refusal::Rewound));
        assert_eq!(check(&ana, "two", 1, "cd"), Ok(()), "another tab");
        assert_eq!(check(&ben, "one", 1, "cd"), Ok(()), "another user");
        let long = "a".repeat(MAX_HASH + 1);
        for (sequence, hash) in
            [(0, "ab"), (MAX_OFFSET + 1, "ab"), (1, ""), (1, "patient"), (1, long.as_str())]
        {
            assert_eq!(check(&ana, "three", sequence, hash), Err(Refusal::Invalid));
        }
    }

    #[test]
    fn the_chain_that_was_silent_for_longest_is_forgotten_first_and_none_that_spoke_lately() {
        const HOUR: i64 = 3_600_000;
        let ana = UserId::from("ana");
        let mut heads = Heads::new(Vec::new(), 2);
        assert_eq!(heads.insert(&ana, stored("one", 0)), Ok(None));
        assert_eq!(heads.insert(&ana, stored("two", 1)), Ok(None));
        assert_eq!(heads.insert(&ana, stored("one", 2)), Ok(None), "a known chain needs no room");
        assert_eq!(heads.insert(&ana, stored("three", HOUR)), Err(Refusal::TooMany));
        let gone = heads.insert(&ana, stored("three", HOUR + 1)).unwrap().unwrap();
        assert_eq!(gone.head.chain.as_str(), "two");
        assert_eq!(
            heads.insert(&UserId::from("ben"), stored("two", 0)),
            Ok(None),
            "others have their own room"
        );
    }
}
