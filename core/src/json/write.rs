//! What can be written as JSON: objects, texts, numbers, and lists.

use std::fmt::{Display, Write as _};

/// What can be written as a value.
pub(crate) trait ToJson {
    fn write(&self, json: &mut String);
}

/// Writes an object, field by field.
pub(crate) struct Object<'a> {
    json: &'a mut String,
    separator: char,
}

impl<'a> Object<'a> {
    /// Fields behind what was written so far.
    pub(crate) fn new(json: &'a mut String) -> Self {
        Self { json, separator: '{' }
    }

    pub(crate) fn field(&mut self, name: &str, value: &dyn ToJson) -> &mut Self {
        self.json.push(self.separator);
        self.separator = ',';
        write_string(name, self.json);
        self.json.push(':');
        value.write(self.json);
        self
    }

    /// A field that is left out if there is no value.
    pub(crate) fn optional<T: ToJson>(&mut self, name: &str, value: Option<&T>) -> &mut Self {
        if let Some(value) = value {
            self.field(name, value);
        }
        self
    }

    /// Behind the last field.
    pub(crate) fn end(&mut self) {
        self.json.push_str(if self.separator == '{' { "{}" } else { "}" });
    }
}

/// Writes a text as a string of JSON, as `serde_json` does.
pub(crate) fn write_string(text: &str, json: &mut String) {
    json.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => json.extend(['\\', character]),
            '\x08' => json.push_str("\\b"),
            '\x0c' => json.push_str("\\f"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            '\0'..='\x1f' => {
                let code = u32::from(character);
                json.push_str("\\u00");
                json.extend(
                    [code >> 4, code & 0xf].map(|it| char::from_digit(it, 16)).iter().flatten(),
                );
            }
            _ => json.push(character),
        }
    }
    json.push('"');
}

impl ToJson for &str {
    fn write(&self, json: &mut String) {
        write_string(self, json);
    }
}

impl ToJson for String {
    fn write(&self, json: &mut String) {
        write_string(self, json);
    }
}

/// Writes a number as it is displayed.
macro_rules! whole_number {
    ($($number:ty)*) => {$(
        impl ToJson for $number {
            fn write(&self, json: &mut String) {
                // Writing to a string does not fail.
                let _ = write!(json, "{self}");
            }
        }
    )*};
}

whole_number! { u16 u32 u64 usize }

/// Writes as a string what is displayed in characters that need no escape.
pub(crate) fn write_displayed(displayed: impl Display, json: &mut String) {
    // Writing to a string does not fail.
    let _ = write!(json, "\"{displayed}\"");
}

impl<T: ToJson> ToJson for Vec<T> {
    fn write(&self, json: &mut String) {
        let mut separator = '[';
        for entry in self {
            json.push(separator);
            separator = ',';
            entry.write(json);
        }
        json.push_str(if separator == '[' { "[]" } else { "]" });
    }
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
