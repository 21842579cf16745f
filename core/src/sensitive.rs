//! Values that must not be printed, and that not everybody may see.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A field of an event that must not be printed and that not every member may see.
///
/// Its `Debug` output is empty. In JSON it is the value, or `null` where it was redacted: a server leaves out what a
/// viewer may not see, by [`PermissionPolicy::see`](crate::permission::PermissionPolicy::see), and a client does the same
/// once more before the event reaches anything. Name the field in [`SocketEvent::SENSITIVE`](crate::SocketEvent::SENSITIVE)
/// and give it `#[serde(default)]`.
///
/// ```
/// use yewdux_socket_core::Sensitive;
///
/// let diagnosis = Sensitive::new("influenza".to_owned());
/// assert_eq!(format!("{diagnosis:?}"), "Sensitive(…)");
/// assert_eq!(diagnosis.reveal().map(String::as_str), Some("influenza"));
/// let hidden: Sensitive<String> = serde_json::from_str("null").unwrap();
/// assert!(hidden.is_redacted());
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sensitive<T>(Option<T>);

impl<T> Sensitive<T> {
    /// Wraps a value.
    pub fn new(value: T) -> Self {
        Self(Some(value))
    }

    /// A value that was left out.
    pub fn redacted() -> Self {
        Self(None)
    }

    /// The value, if it was not left out. What is done with it is the caller's responsibility.
    pub fn reveal(&self) -> Option<&T> {
        self.0.as_ref()
    }

    /// Whether the value was left out.
    pub fn is_redacted(&self) -> bool {
        self.0.is_none()
    }
}

impl<T> Default for Sensitive<T> {
    fn default() -> Self {
        Self::redacted()
    }
}

impl<T> fmt::Debug for Sensitive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_redacted() { "Sensitive(redacted)" } else { "Sensitive(…)" })
    }
}

/// The rules of `inner` hold for the value, if it was not left out.
impl<T> garde::rules::inner::Inner<T> for Sensitive<T> {
    type Key = garde::error::NoKey;

    fn validate_inner<F: FnMut(&T, &Self::Key)>(&self, mut validate: F) {
        if let Some(value) = &self.0 {
            validate(value, &garde::error::NoKey::default());
        }
    }
}

impl<T: Serialize> Serialize for Sensitive<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Sensitive<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Serialize, Deserialize)]
    struct Note {
        #[serde(default)]
        text: Sensitive<String>,
    }

    #[test]
    fn it_travels_and_is_not_printed() {
        let note: Note = serde_json::from_str(r#"{"text":"hush"}"#).unwrap();
        assert_eq!(note.text.reveal().map(String::as_str), Some("hush"));
        assert_eq!(serde_json::to_string(&note).unwrap(), r#"{"text":"hush"}"#);
        assert!(!format!("{note:?}").contains("hush"));
    }

    #[test]
    fn what_was_left_out_is_none() {
        for json in [r#"{"text":null}"#, "{}"] {
            let note: Note = serde_json::from_str(json).unwrap();
            assert!(note.text.is_redacted(), "{json}");
            assert_eq!(serde_json::to_string(&note).unwrap(), r#"{"text":null}"#);
        }
    }
}
