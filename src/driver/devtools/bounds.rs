//! How much of anything is shown at most.

use serde_json::{Map, Value, json};

/// Entries of each collection.
pub(super) const ENTRIES: usize = 50;
/// Events of one commit whose payload is shown.
pub(super) const EVENTS: usize = 20;
/// Types of events in the name of one commit.
pub(super) const TYPES: usize = 10;
/// Characters of one string.
const CHARACTERS: usize = 200;
/// Objects and arrays within one another.
const DEPTH: usize = 8;
/// Bytes of one event's payload, as JSON.
const EVENT_BYTES: usize = 8 * 1024;
/// Bytes of one slice, as JSON.
const SLICE_BYTES: usize = 64 * 1024;

/// A payload within the bounds: what is beyond them is left out, and said to be.
pub(super) fn payload(value: Value) -> Value {
    within(EVENT_BYTES, value).unwrap_or_else(omitted)
}

/// A slice within the bounds, made with so many entries of each collection as fit. `None` if it shows nothing.
pub(super) fn slice(make: impl Fn(usize) -> Option<Value>) -> Option<Value> {
    let mut size = 0;
    for entries in [ENTRIES, ENTRIES / 10, 0] {
        match within(SLICE_BYTES, make(entries)?) {
            Ok(value) => return Some(value),
            Err(bytes) => size = bytes,
        }
    }
    Some(omitted(size))
}

fn omitted(bytes: usize) -> Value {
    json!({ "$omitted": format!("{bytes} bytes") })
}

/// The value with what is long or deep in it shortened, or its size if it is too large all the same.
fn within(limit: usize, value: Value) -> Result<Value, usize> {
    let value = shortened(value, DEPTH);
    let bytes = value.to_string().len();
    if bytes <= limit { Ok(value) } else { Err(bytes) }
}

fn shortened(value: Value, depth: usize) -> Value {
    match value {
        Value::String(text) => match text.char_indices().nth(CHARACTERS) {
            Some((end, _)) => Value::String(format!("{}…", &text[..end])),
            None => Value::String(text),
        },
        Value::Array(_) | Value::Object(_) if depth == 0 => Value::String("…".to_owned()),
        Value::Array(mut entries) => {
            let omitted = entries.len().saturating_sub(ENTRIES);
            entries.truncate(ENTRIES);
            let mut entries: Vec<_> =
                entries.into_iter().map(|entry| shortened(entry, depth - 1)).collect();
            if omitted > 0 {
                entries.push(Value::String(format!("… {omitted} more")));
            }
            Value::Array(entries)
        }
        Value::Object(fields) => {
            let omitted = fields.len().saturating_sub(ENTRIES);
            let mut shown: Map<_, _> = fields
                .into_iter()
                .take(ENTRIES)
                .map(|(key, value)| (key, shortened(value, depth - 1)))
                .collect();
            if omitted > 0 {
                shown.insert("$omitted".to_owned(), omitted.into());
            }
            Value::Object(shown)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many strings of 200 characters.
    fn wide(number: usize) -> Value {
        (0..number).map(|_| "x".repeat(CHARACTERS)).collect()
    }

    #[test]
    fn what_is_within_the_bounds_is_shown_as_it_is() {
        let value = json!({ "a": [1, 2.5, null, true], "b": { "c": "text" } });
        assert_eq!(payload(value.clone()), value);
        assert_eq!(slice(|_| Some(value.clone())), Some(value));
        assert_eq!(slice(|_| None), None);
    }

    #[test]
    fn long_things_are_shortened_and_say_so() {
        let text = payload(Value::String("ä".repeat(500)));
        assert_eq!(text, Value::String(format!("{}…", "ä".repeat(CHARACTERS))));
        let array = payload((0..1_000).collect());
        let array = array.as_array().unwrap();
        assert_eq!((array.len(), &array[ENTRIES]), (ENTRIES + 1, &json!("… 950 more")));
        let object: Map<_, _> = (0..60).map(|key| (key.to_string(), Value::Null)).collect();
        assert_eq!(payload(Value::Object(object))["$omitted"], 10);
    }

    #[test]
    fn deep_things_end() {
        let mut deep = json!("bottom");
        for _ in 0..100 {
            deep = json!([deep]);
        }
        assert_eq!(payload(deep).to_string(), r#"[[[[[[[["…"]]]]]]]]"#);
    }

    #[test]
    fn a_payload_that_is_too_large_in_all_is_left_out() {
        let shown = payload(wide(50));
        assert!(shown["$omitted"].as_str().unwrap().ends_with("bytes"), "{shown}");
    }

    #[test]
    fn a_slice_that_is_too_large_shows_less_of_itself() {
        let of = |organizations: usize| {
            slice(|entries| Some((0..organizations).map(|_| wide(entries)).collect())).unwrap()
        };
        assert_eq!(of(3)[0].as_array().unwrap().len(), ENTRIES);
        assert_eq!(of(40)[0].as_array().unwrap().len(), ENTRIES / 10);
        let nothing = slice(|_| Some((0..50).map(|_| wide(50)).collect())).unwrap();
        assert!(nothing["$omitted"].is_string());
    }
}
