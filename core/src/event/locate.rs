//! Which field of a payload a parser stumbled over, without repeating anything of the payload.

use crate::json::end_of_string;

/// The field of an event's top level in which a parser stopped, by the line and column that it gave, both from 1. Only
/// `fields` are told: other keys are data. Empty if it is none of them, or if the object as a whole is wrong.
pub(super) fn field_at(
    json: &str,
    fields: &'static [&'static str],
    line: usize,
    column: usize,
) -> &'static str {
    let before: usize = json.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let end = (before + column.saturating_sub(1)).min(json.len());
    let (mut depth, mut key) = (0_usize, "");
    let mut bytes = json.bytes().enumerate().take(end);
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => {
                let Some(close) = end_of_string(&mut bytes) else { break };
                if depth == 1 && json[close + 1..].trim_start().starts_with(':') {
                    key = json.get(at + 1..close).unwrap_or_default();
                }
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    let whole = depth == 0 || (depth == 1 && json[end..].starts_with('}'));
    fields.iter().copied().find(|field| !whole && *field == key).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Admission {
        patient: Patient,
        beds: Vec<u8>,
        ward: String,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Patient {
        name: String,
    }

    #[test]
    fn the_field_is_found_by_the_place_of_the_error() {
        for (json, field) in [
            (r#"{"patient":{"name":7},"beds":[],"ward":"a"}"#, "patient"),
            (r#"{"patient":{},"beds":[],"ward":"a"}"#, "patient"),
            ("{\"patient\":\n{\"name\":\"\\\"\"},\n\"beds\":[1,\n-1],\"ward\":\"a\"}", "beds"),
            (r#"{"patient":{"name":"a"},"beds":[1,2],"ward":[]}"#, "ward"),
            (r#"{"ward":7,"patient":{"name":"a"},"beds":[]}"#, "ward"),
            (r#"{"patient":{"name":"ward"},"beds":[]}"#, ""),
            (r#"{"patient":{"name":"a"},"beds":["ä, \"ward\":"],"ward":"a"}"#, "beds"),
            ("[]", ""),
            ("", ""),
        ] {
            let error = serde_json::from_str::<Admission>(json).unwrap_err();
            let fields = &["patient", "beds", "ward"];
            assert_eq!(field_at(json, fields, error.line(), error.column()), field, "{json}");
            assert_eq!(field_at(json, &[], error.line(), error.column()), "", "{json}");
        }
    }
}
