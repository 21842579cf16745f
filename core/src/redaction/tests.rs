//! What is left out, and what stays.

use chacha20::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use serde_json::Value as Json;

use super::*;

#[test]
fn fields_are_left_out_by_their_paths() {
    let json = r#"{"a":{"b":1,"c":2},"d":[{"b":3},{"b":null}],"e":4,"f":{"p1":{"g":5,"h":6}}}"#;
    let redacted = redact(json, ["a.b", "d.b", "x.y", "e.z", "f.g"]).unwrap();
    let expected =
        r#"{"a":{"b":null,"c":2},"d":[{"b":null},{"b":null}],"e":4,"f":{"p1":{"g":null,"h":6}}}"#;
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

/// The same rules, on values that are built: names come once, and numbers are numbers.
fn by_values(value: &mut Json, path: &[&str], at: At) {
    let inside = |is_named| At { depth: at.depth + 1, is_named };
    let is_scalar = |value: &Json| !value.is_array() && !value.is_object();
    if !is_scalar(value) && at.depth >= MAX_NESTING {
        *value = Json::Null;
    } else if let Json::Array(entries) = value {
        for entry in entries {
            if is_scalar(entry) && at.is_named {
                *entry = Json::Null;
            } else {
                by_values(entry, path, inside(at.is_named));
            }
        }
    } else if let (Json::Object(fields), [key, rest @ ..]) = (value, path) {
        let named = fields.get(*key).cloned();
        for (name, value) in fields.iter_mut() {
            match &named {
                Some(_) if name == key && rest.is_empty() => *value = Json::Null,
                Some(_) if name == key => by_values(value, rest, inside(true)),
                Some(named) if is_scalar(named) && !named.is_null() => {}
                Some(_) | None => by_values(value, path, inside(false)),
            }
        }
    }
}

/// A value at random, of few names, so that paths meet it.
fn any_value(rng: &mut ChaCha8Rng, depth: u32) -> Json {
    let mut below = |limit: u32| rng.next_u32() % limit;
    let entries = below(5);
    match below(if depth == 0 { 4 } else { 10 }) {
        0 => Json::Null,
        1 => Json::from(below(100)),
        2 => Json::from(below(2) == 0),
        3 => Json::from([r#"[",\"#, "é", "}]{"][below(3) as usize]),
        4 | 5 => (0..entries).map(|_| any_value(rng, depth - 1)).collect(),
        _ => {
            let field = |_| (any_name(rng).to_owned(), any_value(rng, depth - 1));
            Json::Object((0..entries).map(field).collect())
        }
    }
}

fn any_name(rng: &mut ChaCha8Rng) -> &'static str {
    ["a", "b", "c", "\"[", ""][rng.next_u32() as usize % 5]
}

#[test]
fn it_leaves_out_what_the_rules_on_built_values_leave_out() {
    let rng = &mut ChaCha8Rng::seed_from_u64(1);
    let mut redacted_ones = 0;
    for _ in 0..20_000 {
        let value = any_value(rng, 6);
        let written = [serde_json::to_string, serde_json::to_string_pretty]
            .map(|write| write(&value).unwrap());
        let paths: Vec<_> = (0..=rng.next_u32() % 3)
            .map(|_| (0..=rng.next_u32() % 3).map(|_| any_name(rng)).collect::<Vec<_>>().join("."))
            .collect();
        let mut expected = value.clone();
        for path in &paths {
            let keys: Vec<_> = path.split('.').collect();
            by_values(&mut expected, &keys, At { depth: 0, is_named: true });
        }
        for json in written {
            let redacted = redact(&json, paths.iter().map(String::as_str));
            assert_eq!(redacted.is_some(), expected != value, "{paths:?} of {json}");
            let read = serde_json::from_str::<Json>(redacted.as_deref().unwrap_or(&json)).unwrap();
            assert_eq!(read, expected, "{paths:?} of {json}");
            redacted_ones += usize::from(redacted.is_some());
        }
    }
    assert!(redacted_ones > 5_000, "the paths meet the values: {redacted_ones}");
}

#[test]
fn levels_of_nesting_are_passed_over_once() {
    // Objects that may all be maps, with what they hold before and behind.
    let mut json = r#"{"d":1}"#.to_owned();
    for _ in 0..60 {
        json = format!(r#"{{"x":[{{"y":2}}],"n":{json},"z":[]}}"#);
    }
    let redacted = redact(&json, ["d"]).unwrap();
    assert_eq!(redacted, json.replace(r#""d":1"#, r#""d":null"#));
}
