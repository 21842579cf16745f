//! How large the parts of a JSON value may be: checked over its bytes, before anything is built from it.

use crate::error::ValidationError;

/// Bounds of the parts of one JSON value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShapeLimits {
    /// How deep arrays and objects may nest. Default 64.
    pub nesting: usize,
    /// Bytes of one string, as it is written. Default 64 KiB.
    pub string_bytes: usize,
    /// Entries of one array or object. Default 10 000.
    pub items: usize,
}

impl Default for ShapeLimits {
    fn default() -> Self {
        Self { nesting: 64, string_bytes: 64 << 10, items: 10_000 }
    }
}

/// A bound that something is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Over {
    what: &'static str,
    limit: usize,
}

impl From<Over> for ValidationError {
    fn from(Over { what, limit }: Over) -> Self {
        Self::TooComplex { what, limit }
    }
}

/// Holds a size against its bound.
pub(super) fn within(what: &'static str, size: usize, limit: usize) -> Result<(), Over> {
    if size > limit { Err(Over { what, limit }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: ShapeLimits = ShapeLimits { nesting: 2, string_bytes: 4, items: 3 };

    #[test]
    fn each_limit_is_kept_to_the_last_unit() {
        for (json, fits) in [
            ("[[1],[2]]", true),
            ("[[[1]]]", false),
            (r#"{"a":{"b":{}}}"#, false),
            (r#""abcd""#, true),
            (r#""abcde""#, false),
            (r#"{"abcde":1}"#, false),
            ("[1,2,3]", true),
            ("[1,2,3,4]", false),
            (r#"{"a":1,"b":2,"c":3,"d":4}"#, false),
            ("[[1,2,3],[1,2,3]]", true),
            ("7", true),
        ] {
            assert_eq!(SMALL.check(json).is_ok(), fits, "{json}");
        }
    }

    #[test]
    fn what_stands_in_strings_is_no_structure() {
        for json in [r#"["[[[["]"#, r#"[",,,,"]"#, r#"["\"[["]"#, r#"["\\",[1]]"#] {
            assert_eq!(SMALL.check(json), Ok(()), "{json}");
        }
        assert!(SMALL.check(r#"["\\",[[1]]]"#).is_err());
    }

    #[test]
    fn the_error_names_the_limit() {
        let what = |json: &str| match SMALL.check(json) {
            Err(ValidationError::TooComplex { what, limit }) => (what, limit),
            other => panic!("{other:?}"),
        };
        assert_eq!(what("[[[1]]]"), ("nesting", 2));
        assert_eq!(what(r#""abcde""#), ("string", 4));
        assert_eq!(what("[1,2,3,4]"), ("list", 3));
        let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
        assert_eq!(what(&deep), ("nesting", 2));
        assert_eq!(SMALL.check("[[").unwrap_err().code(), "malformed");
    }
}
