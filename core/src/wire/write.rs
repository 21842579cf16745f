//! JSON by hand, where a serializer would be compiled for little.

/// Writes a text as a string of JSON, as `serde_json` does.
pub(crate) fn write_string(text: &str, json: &mut String) {
    json.push('"');
    let mut rest = text;
    let is_special = |character: char| matches!(character, '"' | '\\' | '\0'..='\x1f');
    while let Some(at) = rest.find(is_special) {
        json.push_str(&rest[..at]);
        let special = rest.as_bytes()[at];
        json.push('\\');
        match special {
            b'"' | b'\\' => json.push(char::from(special)),
            b'\x08' => json.push('b'),
            b'\x0c' => json.push('f'),
            b'\n' => json.push('n'),
            b'\r' => json.push('r'),
            b'\t' => json.push('t'),
            _ => {
                let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value)]);
                json.push_str("u00");
                json.push(digit(special >> 4));
                json.push(digit(special & 0xf));
            }
        }
        rest = &rest[at + 1..];
    }
    json.push_str(rest);
    json.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_written_as_a_serializer_writes_them() {
        let control: String = (0..=0x7f_u8).map(char::from).collect();
        for text in ["", "a", "é\u{2028}😀", "\"", "\\", "a\"b\\c\n", &control] {
            let mut json = String::new();
            write_string(text, &mut json);
            assert_eq!(json, serde_json::to_string(text).unwrap());
        }
    }
}
