//! Fields of JSON that somebody may not see are left out. What stays is carried over as it is, unread.

use std::borrow::Cow;

use crate::wire::{Parts, Value, write_string};

/// Deeper than this nothing is looked through: it is left out as a whole: as deep as `serde_json` builds values.
const MAX_NESTING: usize = 128;
const NULL: &str = "null";

/// Leaves fields of a JSON object out, by their paths from it on (`patient.diagnosis`): each becomes `null`. A path that
/// leads through an array, or through an object that has no such key as a map has, means each of its entries. What is no
/// object in an array that a path leads to, becomes `null` as well: serde reads a struct from its values in a row, too.
/// What is no JSON is left out as a whole. `None` if there was nothing to leave out.
pub fn redact<'a>(json: &str, paths: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut redacted = None;
    for path in paths {
        let keys: Vec<_> = path.split('.').collect();
        let Ok(value) = Value::parse(redacted.as_deref().unwrap_or(json)) else {
            return Some(NULL.to_owned());
        };
        let mut text = String::with_capacity(value.as_str().len());
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
fn hide(value: Value<'_>, path: &[&str], at: At, text: &mut String) -> bool {
    let json = value.as_str();
    if !json.starts_with(['[', '{']) {
        text.push_str(json);
        return false;
    }
    if at.depth < MAX_NESTING {
        if let Ok(entries) = value.entries() {
            return hide_entries(entries, path, at, text);
        }
        if let Some(fields) = named(value) {
            return hide_fields(&fields, path, at, text);
        }
    }
    text.push_str(NULL);
    true
}

fn hide_entries(entries: Parts<'_>, path: &[&str], at: At, text: &mut String) -> bool {
    let mut changed = false;
    text.push('[');
    for (index, (_, entry)) in entries.enumerate() {
        text.push_str(if index == 0 { "" } else { "," });
        let is_scalar = !entry.as_str().starts_with(['[', '{']);
        if is_scalar && at.is_named {
            text.push_str(NULL);
            changed |= entry.as_str() != NULL;
        } else {
            changed |= hide(entry, path, at.inside(at.is_named), text);
        }
    }
    text.push(']');
    changed
}

/// The fields of an object in their order, each as often as it comes. `None` if a name is none.
fn named(value: Value<'_>) -> Option<Vec<(Cow<'_, str>, Value<'_>)>> {
    let fields = value.fields().ok()?;
    fields.map(|(name, value)| Some((name.string().ok()?, value))).collect()
}

fn hide_fields(
    fields: &[(Cow<'_, str>, Value<'_>)],
    path: &[&str],
    at: At,
    text: &mut String,
) -> bool {
    let [key, rest @ ..] = path else { return false };
    let has_key = fields.iter().any(|(name, _)| name == key);
    // An entry of a map may have the name of the field. It is an object then, or absent, as the others are.
    let may_be_map = fields.iter().any(|(name, value)| {
        name == key && (value.as_str().starts_with(['[', '{']) || value.as_str() == NULL)
    });
    let mut changed = false;
    text.push('{');
    for (index, &(ref name, value)) in fields.iter().enumerate() {
        text.push_str(if index == 0 { "" } else { "," });
        write_string(name, text);
        text.push(':');
        changed |= match (has_key, name == key) {
            // A map: rather too much is left out than too little.
            (false, _) => hide(value, path, at.inside(false), text),
            (true, true) if !rest.is_empty() => hide(value, rest, at.inside(true), text),
            (true, true) => {
                text.push_str(NULL);
                value.as_str() != NULL
            }
            (true, false) => {
                let start = text.len();
                let changed = may_be_map && hide(value, path, at.inside(false), text);
                if !changed {
                    // To the letter.
                    text.truncate(start);
                    text.push_str(value.as_str());
                }
                changed
            }
        };
    }
    text.push('}');
    changed
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
        assert_eq!(redact("7", ["a"]), None);
    }

    #[test]
    fn what_stays_is_carried_over_to_the_letter() {
        let json = r#"{ "b":1e2, "\u0061":"é\n", "a\"b":[ 1.0,{}], "c":{"d":-0} }"#;
        let redacted = r#"{"b":1e2,"a":"é\n","a\"b":[ 1.0,{}],"c":{"d":null}}"#;
        assert_eq!(redact(json, ["c.d"]).as_deref(), Some(redacted));
    }

    #[test]
    fn what_is_no_json_is_left_out_as_a_whole() {
        assert_eq!(redact(r#"{"a":1"#, ["a"]).as_deref(), Some("null"));
        assert_eq!(redact(r#"{"a":1}"#, []), None);
    }

    #[test]
    fn an_entry_of_a_map_that_has_the_name_of_the_field_hides_no_other() {
        let json = r#"{"d":{"n":1,"d":2},"p":{"n":1,"d":3}}"#;
        let redacted = r#"{"d":null,"p":{"n":1,"d":null}}"#;
        assert_eq!(redact(json, ["d"]).as_deref(), Some(redacted));
        assert_eq!(
            redact(r#"{"d":1,"p":{"d":2}}"#, ["d"]).as_deref(),
            Some(r#"{"d":null,"p":{"d":2}}"#)
        );
    }

    #[test]
    fn a_key_is_known_however_it_is_written_and_however_often_it_comes() {
        let json = r#"{"a":1,"\u0061":2,"b":{"a":3},"a":null}"#;
        let redacted = r#"{"a":null,"a":null,"b":{"a":null},"a":null}"#;
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
