//! A fingerprint of who is online, small enough to travel with every `$pong`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::event::builtin::UserPresence;
use crate::id::UserId;

/// Fowler–Noll–Vo 1a, 64 bits: offset basis and prime of
/// <https://datatracker.ietf.org/doc/html/draft-eastlake-fnv>.
const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// The sum, modulo 2^64, of FNV-1a over `userId`, a zero byte and the decimal `socketCount` of everybody
/// online. The order does not matter, and one change costs one addition and one subtraction.
///
/// It finds what went wrong by mistake. It protects against nobody who means it. On the wire it is 16
/// hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PresenceDigest(u64);

impl PresenceDigest {
    /// The digest of all entries.
    pub fn of<'a>(entries: impl IntoIterator<Item = &'a UserPresence>) -> Self {
        let mut digest = Self::default();
        for entry in entries {
            digest.insert(&entry.user_id, entry.socket_count);
        }
        digest
    }

    /// A user is online with so many sockets.
    pub fn insert(&mut self, user: &UserId, sockets: u32) {
        self.0 = self.0.wrapping_add(fingerprint(user, sockets));
    }

    /// A user is no longer online with so many sockets.
    pub fn remove(&mut self, user: &UserId, sockets: u32) {
        self.0 = self.0.wrapping_sub(fingerprint(user, sockets));
    }
}

fn fingerprint(user: &UserId, sockets: u32) -> u64 {
    let sockets = sockets.to_string();
    let bytes = user.as_str().bytes().chain([0]).chain(sockets.bytes());
    bytes.fold(OFFSET_BASIS, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME))
}

impl fmt::Display for PresenceDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// The text is not 16 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a digest has 16 hexadecimal digits")]
pub struct InvalidDigest;

impl FromStr for PresenceDigest {
    type Err = InvalidDigest;

    fn from_str(text: &str) -> Result<Self, InvalidDigest> {
        if text.len() != 16 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(InvalidDigest);
        }
        u64::from_str_radix(text, 16).map(Self).map_err(|_| InvalidDigest)
    }
}

impl Serialize for PresenceDigest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PresenceDigest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::User;
    use crate::time::Timestamp;

    fn entry(user: &str, sockets: u32) -> UserPresence {
        UserPresence {
            user_id: UserId::from(user),
            user: serde_json::from_value::<User>(serde_json::json!({"id": user, "name": user}))
                .unwrap(),
            last_seen: Timestamp::default(),
            socket_count: sockets,
            organizations: Vec::new(),
        }
    }

    #[test]
    fn it_depends_on_who_is_there_with_how_many_sockets_and_on_nothing_else() {
        let (ana, ben) = (entry("ana", 1), entry("ben", 2));
        assert_eq!(PresenceDigest::of([&ana, &ben]), PresenceDigest::of([&ben, &ana]));
        assert_ne!(PresenceDigest::of([&ana, &ben]), PresenceDigest::of([&ana, &entry("ben", 1)]));
        assert_ne!(PresenceDigest::of([&ana]), PresenceDigest::of([&ben]));
        assert_ne!(PresenceDigest::of([&entry("a", 11)]), PresenceDigest::of([&entry("a1", 1)]));
        let mut digest = PresenceDigest::of([&ana]);
        digest.insert(&ben.user_id, 2);
        digest.remove(&ana.user_id, 1);
        assert_eq!(digest, PresenceDigest::of([&ben]), "changes one by one lead to the same");
    }

    /// For whoever writes a server in another language. The published vector of FNV-1a for `a` is
    /// `af63dc4c8601ec8c`; this is `a`, a zero byte, `1`.
    #[test]
    fn it_is_what_the_documentation_says() {
        let digest = PresenceDigest::of([&entry("a", 1)]);
        assert_eq!(digest.to_string(), "e5d2e8190426ecef".to_owned());
        assert_eq!(PresenceDigest::of([]).to_string(), "0000000000000000");
    }

    #[test]
    fn it_travels_as_text() {
        let digest = PresenceDigest::of([&entry("ana", 3)]);
        let json = serde_json::to_string(&digest).unwrap();
        assert_eq!(serde_json::from_str::<PresenceDigest>(&json).unwrap(), digest);
        for bad in ["\"\"", "\"+123456789abcdef\"", "\"xyz\"", "12"] {
            assert!(serde_json::from_str::<PresenceDigest>(bad).is_err(), "{bad}");
        }
    }
}
