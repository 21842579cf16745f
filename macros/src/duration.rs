//! Times with their units: `10min`.

use std::time::Duration;

use syn::LitStr;

/// A whole number, with or without a space before its unit.
pub(crate) fn parse(literal: &LitStr) -> syn::Result<Duration> {
    let text = literal.value();
    let number = text.trim_end_matches(|character: char| !character.is_ascii_digit());
    let unit = text[number.len()..].trim();
    let in_millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        "h" => 3_600_000,
        _ => return Err(wrong(literal)),
    };
    let number: u64 = number.parse().map_err(|_| wrong(literal))?;
    number.checked_mul(in_millis).map(Duration::from_millis).ok_or_else(|| wrong(literal))
}

fn wrong(literal: &LitStr) -> syn::Error {
    syn::Error::new(
        literal.span(),
        "a time is a whole number with `ms`, `s`, `min` or `h`: \"10min\"",
    )
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;

    use super::*;

    fn millis(text: &str) -> Option<u128> {
        parse(&LitStr::new(text, Span::call_site())).ok().map(|time| time.as_millis())
    }

    #[test]
    fn times_have_units() {
        for (text, expected) in [
            ("250ms", Some(250)),
            ("30s", Some(30_000)),
            ("10 min", Some(600_000)),
            ("24h", Some(86_400_000)),
            ("10", None),
            ("min", None),
            ("", None),
            ("1.5h", None),
            ("-1s", None),
            ("10 days", None),
            ("99999999999999999999h", None),
            ("18446744073709551615h", None),
        ] {
            assert_eq!(millis(text), expected, "{text}");
        }
    }
}
