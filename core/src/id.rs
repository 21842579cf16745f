//! One newtype for every kind of id, so that mixing them up does not compile.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::json::{FromJson, ToJson, Value, Wrong, write_string};

/// Longest id that is accepted from outside, in bytes.
pub const MAX_ID_BYTES: usize = 128;

/// An id that came from outside is empty, too long or holds other characters than ids may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("an id has 1 to {MAX_ID_BYTES} visible ASCII characters other than \" < > \\ `")]
pub struct InvalidId;

/// Ids are compared, logged and shown. So they hold nothing that looks like something else, that does not show, or that
/// ends a quotation.
pub(crate) fn check(text: &str) -> Result<(), InvalidId> {
    let allowed = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\`".contains(&byte);
    let fits = !text.is_empty() && text.len() <= MAX_ID_BYTES;
    if fits && text.bytes().all(allowed) { Ok(()) } else { Err(InvalidId) }
}

/// The text of an id.
pub(crate) fn read(value: Value<'_>) -> Result<Cow<'_, str>, Wrong> {
    let text = value.string()?;
    check(&text).map_err(|_| Wrong::form())?;
    Ok(text)
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// Cheap to clone. Deserializing checks length and alphabet; `From` is for ids that the
        /// program itself knows.
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                check(&text)?;
                Ok(Self(text.into()))
            }
        }

        impl FromJson for $name {
            fn from_json(value: Value<'_>) -> Result<Self, Wrong> {
                Ok(Self((*read(value)?).into()))
            }
        }

        impl ToJson for $name {
            fn write(&self, json: &mut String) {
                write_string(&self.0, json);
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:?})", stringify!($name), &*self.0)
            }
        }
    };
}

id! {
    /// An organization, the unit of isolation.
    OrganizationId
}
id! {
    /// A user.
    UserId
}
id! {
    /// The idempotency key of an emitted event: 128 random bits in hexadecimal, stable over retries
    /// and reconnections.
    EventId
}
id! {
    /// A session: one `$welcome` and its resumptions.
    SessionId
}
id! {
    /// The incarnation of an organization's event history. Offsets of different epochs do not
    /// compare.
    StreamEpoch
}

id! {
    /// A chain of audit entries: 128 random bits in hexadecimal.
    AuditChainId
}

impl AuditChainId {
    /// The id made of 128 bits.
    pub fn from_bits(bits: u128) -> Self {
        Self(format!("{bits:032x}").into())
    }
}

impl EventId {
    /// The key made of 128 bits.
    pub fn from_bits(bits: u128) -> Self {
        Self(format!("{bits:032x}").into())
    }
}

/// Stands for ids that are plain strings in Rust.
#[cfg(feature = "schema")]
#[derive(Debug)]
pub struct Id;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_from_outside_are_checked() {
        assert_eq!(
            serde_json::from_str::<UserId>("\"ana\"").unwrap(),
            UserId::from("ana"),
            "a plain id passes"
        );
        for good in ["\"ana@ward.example\"", "\"auth0|5f+/=~:.-_\""] {
            assert!(serde_json::from_str::<UserId>(good).is_ok(), "{good} is an id");
        }
        for bad in [
            "\"\"",
            "\"a\\u0000b\"",
            "\"a b\"",
            "\"\\u0430na\"",
            "\"a\\u202eb\"",
            "\"<b>\"",
            &format!("\"{}\"", "x".repeat(MAX_ID_BYTES + 1)),
        ] {
            assert!(serde_json::from_str::<UserId>(bad).is_err(), "{bad} must be refused");
        }
    }

    #[test]
    fn event_ids_have_a_fixed_width() {
        assert_eq!(EventId::from_bits(0xff).as_str(), "000000000000000000000000000000ff");
    }
}
