//! Fields of JSON that somebody may not see are left out. What stays is carried over as it is, unread.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Deeper than this nothing is looked through: it is left out as a whole: as deep as `serde_json` builds values.
const MAX_NESTING: usize = 128;
const NULL: &str = "null";

/// Leaves fields of a JSON object out, by their paths from it on (`patient.diagnosis`): each becomes `null`. A path that
/// leads through an array, or through an object that has no such key as a map has, means each of its entries. What is no
/// object in an array that a path leads to, becomes `null` as well: serde reads a struct from its values in a row, too.
/// `None` if there was nothing to leave out.
pub fn redact<'a>(json: &str, paths: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut redacted = None;
    for path in paths {
        let keys: Vec<_> = path.split('.').collect();
        let value: &RawValue = serde_json::from_str(redacted.as_deref().unwrap_or(json)).ok()?;
        let mut text = String::with_capacity(value.get().len());
        if hide(value, &keys, At { depth: 0, is_named: true }, &mut text) {
            redacted = Some(text);
        }
    }
    redacted
}

/// Where a value stands.
#[derive(Clone, Copy)]
struct At {
    depth: usize,
    /// Whether the path names it. Otherwise it may be an entry of a map, or a field that the path does not mean.
    is_named: bool,
}

impl At {
    fn inside(self, is_named: bool) -> Self {
        Self { depth: self.depth + 1, is_named }
    }
}

/// Writes a value without what the path leads to. Whether something was left out.
fn hide(value: &RawValue, path: &[&str], at: At, text: &mut String) -> bool {
    let json = value.get();
    let entries = match json.bytes().next() {
        Some(b'[') => serde_json::from_str(json).map(Entries::List),
        Some(b'{') => serde_json::from_str(json).map(Entries::Fields),
        _ => {
            text.push_str(json);
            return false;
        }
    };
    match entries {
        Ok(Entries::List(entries)) if at.depth < MAX_NESTING => {
            let mut changed = false;
            text.push('[');
            for (index, entry) in entries.into_iter().enumerate() {
                text.push_str(if index == 0 { "" } else { "," });
                let is_scalar = !entry.get().starts_with(['[', '{']);
                if is_scalar && at.is_named {
                    text.push_str(NULL);
                    changed |= entry.get() != NULL;
                } else {
                    changed |= hide(entry, path, at.inside(at.is_named), text);
                }
            }
            text.push(']');
            changed
        }
        Ok(Entries::Fields(Fields(fields))) if at.depth < MAX_NESTING => {
            hide_fields(&fields, path, at, text)
        }
        _ => {
            text.push_str(NULL);
            true
        }
    }
}

fn hide_fields(fields: &[(String, &RawValue)], path: &[&str], at: At, text: &mut String) -> bool {
    let [key, rest @ ..] = path else { return false };
    let has_key = fields.iter().any(|(name, _)| name == key);
    let mut changed = false;
    text.push('{');
    for (index, (name, value)) in fields.iter().enumerate() {
        text.push_str(if index == 0 { "" } else { "," });
        text.push_str(&quoted(name));
        text.push(':');
        changed |= match (has_key, name == key) {
            // A map: rather too much is left out than too little.
            (false, _) => hide(value, path, at.inside(false), text),
            (true, true) if !rest.is_empty() => hide(value, rest, at.inside(true), text),
            (true, true) => {
                text.push_str(NULL);
                value.get() != NULL
            }
            (true, false) => {
                text.push_str(value.get());
                false
            }
        };
    }
    text.push('}');
    changed
}

#[expect(clippy::expect_used, reason = "a string is JSON")]
fn quoted(name: &str) -> String {
    serde_json::to_string(name).expect("a string is JSON")
}

enum Entries<'a> {
    List(Vec<&'a RawValue>),
    Fields(Fields<'a>),
}

/// The fields of an object in their order, each as often as it comes.
struct Fields<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_left_out_by_their_paths() {
        let json = r#"{"a":{"b":1,"c":2},"d":[{"b":3},{"b":null}],"e":4,"f":{"p1":{"g":5,"h":6}}}"#;
        let redacted = redact(json, ["a.b", "d.b", "x.y", "e.z", "f.g"]).unwrap();
        let expected = r#"{"a":{"b":null,"c":2},"d":[{"b":null},{"b":null}],"e":4,"f":{"p1":{"g":null,"h":6}}}"#;
        let read = |json: &str| serde_json::from_str::<serde_json::Value>(json).unwrap();
        assert_eq!(read(&redacted), read(expected));
        assert_eq!(redact(&redacted, ["a.b", "d.b"]), None, "there is nothing left to leave out");
        assert_eq!(redact("[1", ["a"]), None);
        assert_eq!(redact("7", ["a"]), None);
    }

    #[test]
    fn what_stays_is_carried_over_to_the_letter() {
        let json = r#"{ "b":1e2, "\u0061":"é\n", "a\"b":[ 1.0,{}], "c":{"d":-0} }"#;
        let redacted = r#"{"b":1e2,"a":"é\n","a\"b":[ 1.0,{}],"c":{"d":null}}"#;
        assert_eq!(redact(json, ["c.d"]).as_deref(), Some(redacted));
    }

    #[test]
    fn a_key_is_known_however_it_is_written_and_however_often_it_comes() {
        let json = r#"{"a":1,"\u0061":2,"b":{"a":3},"a":null}"#;
        let redacted = r#"{"a":null,"a":null,"b":{"a":3},"a":null}"#;
        assert_eq!(redact(json, ["a"]).as_deref(), Some(redacted));
        let twice = r#"{"p":{"d":1},"p":[{"d":2}],"p":3}"#;
        let redacted = r#"{"p":{"d":null},"p":[{"d":null}],"p":3}"#;
        assert_eq!(redact(twice, ["p.d"]).as_deref(), Some(redacted));
    }

    #[test]
    fn values_in_a_row_may_be_those_of_a_struct() {
        for (json, redacted) in [
            (r#"["p1","influenza"]"#, Some("[null,null]")),
            (r#"{"p":["p1","influenza"]}"#, Some(r#"{"p":[null,null]}"#)),
            (r#"{"p":[["p1",{"d":1,"e":2}]]}"#, Some(r#"{"p":[[null,{"d":null,"e":2}]]}"#)),
            (r#"{"q":["free","text"]}"#, None),
        ] {
            assert_eq!(redact(json, ["p.d"]).as_deref(), redacted, "{json}");
        }
    }

    #[test]
    fn what_is_too_deep_is_left_out_as_a_whole() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(redact(&nested(MAX_NESTING), ["a"]), None);
        let left = format!("{}null{}", "[".repeat(MAX_NESTING), "]".repeat(MAX_NESTING));
        assert_eq!(redact(&nested(100_000), ["a"]), Some(left));
    }
}
