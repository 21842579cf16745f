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

/// Leaves fields of a JSON object out, by their paths from it on (`patient.diagnosis`): each becomes `null`. A path that
/// leads through an array, or through an object that has no such key as a map has, means each of its entries. `None` if
/// there was nothing to leave out.
pub fn redact<'a>(json: &str, paths: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut value: serde_json::Value = serde_json::from_str(json).ok()?;
    let mut changed = false;
    for path in paths {
        let keys: Vec<_> = path.split('.').collect();
        changed |= hide(&mut value, &keys);
    }
    changed.then(|| value.to_string())
}

fn hide(value: &mut serde_json::Value, path: &[&str]) -> bool {
    if let serde_json::Value::Array(entries) = value {
        let mut changed = false;
        for entry in entries {
            changed |= hide(entry, path);
        }
        return changed;
    }
    let [key, rest @ ..] = path else { return false };
    let serde_json::Value::Object(fields) = value else { return false };
    if !fields.contains_key(*key) {
        // A map: rather too much is left out than too little.
        let mut changed = false;
        for entry in fields.values_mut() {
            changed |= hide(entry, path);
        }
        return changed;
    }
    let Some(field) = fields.get_mut(*key).filter(|field| !field.is_null()) else { return false };
    if rest.is_empty() {
        *field = serde_json::Value::Null;
        true
    } else {
        hide(field, rest)
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

    #[test]
    fn fields_are_left_out_by_their_paths() {
        let json = r#"{"a":{"b":1,"c":2},"d":[{"b":3},{"b":null}],"e":4,"f":{"p1":{"g":5,"h":6}}}"#;
        let redacted = redact(json, ["a.b", "d.b", "x.y", "e.z", "f.g"]).unwrap();
        let expected = r#"{"a":{"b":null,"c":2},"d":[{"b":null},{"b":null}],"e":4,"f":{"p1":{"g":null,"h":6}}}"#;
        let read = |json: &str| serde_json::from_str::<serde_json::Value>(json).unwrap();
        assert_eq!(read(&redacted), read(expected));
        assert_eq!(redact(&redacted, ["a.b", "d.b"]), None, "there is nothing left to leave out");
        assert_eq!(redact("[1", ["a"]), None);
    }
}
