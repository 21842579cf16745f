//! Text that people read: without characters that are not seen but change how the rest is.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};

use crate::json::{Value, Wrong};
use crate::sensitive::Sensitive;

/// Control characters, line and paragraph separators, and the characters that change the direction of what follows:
/// with these a name can look like another one.
fn is_misleading(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
        )
}

/// Strips a text of what could mislead its readers.
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.contains(is_misleading) {
        Cow::Owned(text.chars().filter(|character| !is_misleading(*character)).collect())
    } else {
        Cow::Borrowed(text)
    }
}

fn clean_owned(text: String) -> String {
    match clean(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(clean) => clean,
    }
}

/// Deserializes a text for display, [clean](clean()): `#[serde(deserialize_with = "yewdux_socket::text::display")]`.
pub fn display<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    String::deserialize(deserializer).map(clean_owned)
}

/// A text as [`display`] takes it.
pub(crate) fn read_display(value: Value<'_>) -> Result<String, Wrong> {
    let text = value.string()?;
    Ok(clean(&text).into_owned())
}

/// As [`display`], for a text that may be absent; with `#[serde(default)]`.
pub fn display_option<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(clean_owned))
}

/// As [`display`], for a text that not everybody may see; with `#[serde(default)]`.
pub fn display_sensitive<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Sensitive<String>, D::Error> {
    Ok(display_option(deserializer)?.map_or_else(Sensitive::redacted, Sensitive::new))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_misleads_is_stripped_and_the_rest_stays() {
        assert_eq!(clean("Ida\u{202E}mloH\u{0007}\n\u{2066}!\u{2028}"), "IdamloH!");
        for fine in ["Ida Holm", "Ekström", "مريم", "👩\u{200D}⚕️", ""] {
            assert!(matches!(clean(fine), Cow::Borrowed(same) if same == fine), "{fine}");
        }
    }

    #[test]
    fn fields_for_display_are_clean_when_they_are_read() {
        #[derive(Deserialize)]
        struct Named {
            #[serde(deserialize_with = "display")]
            name: String,
            #[serde(default, deserialize_with = "display_option")]
            ward: Option<String>,
            #[serde(default, deserialize_with = "display_sensitive")]
            diagnosis: Sensitive<String>,
        }
        let named: Named =
            serde_json::from_str(r#"{"name":"a\u202eb","ward":"c\u0000","diagnosis":"d\u202ce"}"#)
                .unwrap();
        assert_eq!((named.name.as_str(), named.ward.as_deref()), ("ab", Some("c")));
        assert_eq!(named.diagnosis, Sensitive::new("de".to_owned()));
        let named: Named = serde_json::from_str(r#"{"name":"a"}"#).unwrap();
        assert_eq!((named.ward, named.diagnosis), (None, Sensitive::redacted()));
    }
}
