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

#[cfg(feature = "mask")]
thread_local! {
    static IS_MASKED: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Whatever `write` turns into JSON has no sensitive fields: each [`Sensitive`] is written as one that was left out, declared
/// in a type's `SENSITIVE` or not. For developer tools.
#[cfg(feature = "mask")]
pub fn masked<T>(write: impl FnOnce() -> T) -> T {
    /// Takes the mask off, even if `write` panics.
    struct Mask(bool);
    impl Drop for Mask {
        fn drop(&mut self) {
            IS_MASKED.set(self.0);
        }
    }
    let _mask = Mask(IS_MASKED.replace(true));
    write()
}

impl<T: Serialize> Serialize for Sensitive<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[cfg(feature = "mask")]
        if IS_MASKED.get() {
            return serializer.serialize_none();
        }
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

    #[cfg(feature = "mask")]
    #[test]
    fn behind_the_mask_nothing_sensitive_is_written() {
        let note = Note { text: Sensitive::new("hush".to_owned()) };
        let write = || serde_json::to_string(&note).unwrap();
        assert_eq!(
            masked(|| (masked(write), write())).1,
            r#"{"text":null}"#,
            "an inner one keeps it"
        );
        assert_eq!(write(), r#"{"text":"hush"}"#);
        let panicked = std::panic::catch_unwind(|| masked(|| panic!("on purpose")));
        assert!(panicked.is_err());
        assert_eq!(write(), r#"{"text":"hush"}"#, "it is taken off whatever happens");
    }
}
