//! Lists in control messages, bounded: each entry takes more memory than its text.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

use crate::json::{FromJson, Value, Wrong};

/// Organizations in one list, at most.
pub(crate) const MAX_ORGANIZATIONS: usize = 1_000;
/// Roles in one organization, at most.
const MAX_ROLES: usize = 64;
/// Capabilities that are looked at.
const MAX_CAPABILITIES: usize = 64;

/// What happens to a list that is too long.
#[derive(Clone, Copy)]
enum Beyond {
    /// It is refused.
    Refused,
    /// What is beyond the bound is left out.
    LeftOut,
}

/// A list of organizations, or of what belongs to one each.
pub(crate) fn organizations<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    list(deserializer, MAX_ORGANIZATIONS, Beyond::Refused)
}

/// The same, where it may be absent.
pub(crate) fn organizations_option<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Vec<T>>, D::Error> {
    struct Wrapped<T>(Vec<T>);
    impl<'de, T: Deserialize<'de>> Deserialize<'de> for Wrapped<T> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            organizations(deserializer).map(Self)
        }
    }
    Ok(Option::<Wrapped<T>>::deserialize(deserializer)?.map(|wrapped| wrapped.0))
}

/// The roles of a user in an organization.
pub(crate) fn roles<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    list(deserializer, MAX_ROLES, Beyond::Refused)
}

/// The names of capabilities. Unknown ones are ignored, so those beyond the bound may be too.
pub(crate) fn capabilities<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<String>, D::Error> {
    list(deserializer, MAX_CAPABILITIES, Beyond::LeftOut)
}

fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
    limit: usize,
    beyond: Beyond,
) -> Result<Vec<T>, D::Error> {
    struct List<T>(usize, Beyond, PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for List<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a list of at most {} entries", self.0)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Vec<T>, A::Error> {
            let mut list = Vec::new();
            while let Some(entry) = entries.next_element()? {
                match self.1 {
                    _ if list.len() < self.0 => list.push(entry),
                    Beyond::Refused => return Err(A::Error::invalid_length(self.0 + 1, &self)),
                    Beyond::LeftOut => {}
                }
            }
            Ok(list)
        }
    }

    deserializer.deserialize_seq(List(limit, beyond, PhantomData))
}

/// A list as [`organizations`] takes it.
pub(crate) fn read_organizations<T: FromJson>(value: Value<'_>) -> Result<Vec<T>, Wrong> {
    read(value, MAX_ORGANIZATIONS, Beyond::Refused)
}

/// A list as [`roles`] takes it.
pub(crate) fn read_roles(value: Value<'_>) -> Result<Vec<String>, Wrong> {
    read(value, MAX_ROLES, Beyond::Refused)
}

/// A list as [`capabilities`] takes it.
pub(crate) fn read_capabilities(value: Value<'_>) -> Result<Vec<String>, Wrong> {
    read(value, MAX_CAPABILITIES, Beyond::LeftOut)
}

fn read<T: FromJson>(value: Value<'_>, limit: usize, beyond: Beyond) -> Result<Vec<T>, Wrong> {
    let mut list = Vec::new();
    for (_, entry) in value.entries()? {
        // What is left out has to be of the right form nevertheless.
        let entry = entry.read()?;
        match beyond {
            _ if list.len() < limit => list.push(entry),
            Beyond::Refused => return Err(Wrong::long()),
            Beyond::LeftOut => {}
        }
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use crate::wire::{Incoming, ServerMessage, decode_server, split_frame};

    fn read(frame: &str) -> Result<ServerMessage, &'static str> {
        let item = split_frame(frame.as_bytes()).next().unwrap();
        match item.and_then(decode_server) {
            Ok(Incoming::Control(message)) => Ok(*message),
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error.code()),
        }
    }

    fn repeated(entry: &str, count: usize) -> String {
        vec![entry; count].join(",")
    }

    #[test]
    fn lists_of_organizations_and_roles_are_refused_beyond_their_bounds() {
        let subscribed = |count| {
            read(&format!(
                r#"{{"type":"$subscribed","organizations":[{}]}}"#,
                repeated("\"n\"", count)
            ))
        };
        assert!(subscribed(1_000).is_ok());
        assert_eq!(subscribed(1_001), Err("invalid_structure"));
        let membership = |count| {
            let roles = repeated("\"nurse\"", count);
            read(&format!(
                r#"{{"type":"$membership","organizations":[{{"id":"n","name":"N","roles":[{roles}]}}]}}"#
            ))
        };
        assert!(membership(64).is_ok());
        assert_eq!(membership(65), Err("invalid_structure"));
    }

    #[test]
    fn capabilities_beyond_the_bound_are_left_out() {
        let names = repeated("\"later\"", 1_000);
        let welcome = read(&format!(
            r#"{{"type":"$welcome","protocol":1,"session":"s","userId":"u","organizations":[],"capabilities":["ack",{names}]}}"#
        ));
        let Ok(ServerMessage::Welcome(welcome)) = welcome else { panic!("{welcome:?}") };
        assert_eq!((welcome.capabilities.len(), &*welcome.capabilities[0]), (64, "ack"));
    }
}
