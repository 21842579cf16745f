//! Frames to their items: one JSON value, or those of an array, one after another.

use std::fmt;

use super::Item;
use crate::error::ValidationError;
use crate::json::trim_start;
use crate::scan::{Nesting, ShapeLimits, scan};

/// Splits a frame into its items without reading them. They are found one after another as they are asked for, so that
/// the number of items costs no memory. Whatever follows something malformed is not looked at.
pub fn split_frame(frame: &[u8]) -> Items<'_> {
    let rest = trim_start(frame);
    let (rest, next) = match rest.split_first() {
        Some((b'[', rest)) => (rest, Next::First),
        _ => (rest, Next::Only),
    };
    let text = match std::str::from_utf8(rest) {
        Ok(text) => text,
        // What stands before counts. The item that it is cut off in, is malformed.
        Err(error) => std::str::from_utf8(&rest[..error.valid_up_to()]).unwrap_or_default(),
    };
    Items { rest, text, next, limits: ShapeLimits::default(), nesting: Nesting::default() }
}

/// The items of a frame.
///
/// Each is [`ValidationError::Malformed`] if it is not UTF-8 JSON, and then the last one. The place in the error is
/// counted from where the item begins.
pub struct Items<'a> {
    rest: &'a [u8],
    /// As much of the rest as is UTF-8.
    text: &'a str,
    next: Next,
    limits: ShapeLimits,
    nesting: Nesting,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// The frame's only value.
    Only,
    /// The first value of an array, or its end.
    First,
    /// A comma and another value of the array, or its end.
    Further,
    /// Nothing.
    Nothing,
}

impl<'a> Iterator for Items<'a> {
    type Item = Result<Item<'a>, ValidationError>;

    fn next(&mut self) -> Option<Self::Item> {
        let item = match self.next {
            Next::Only => Some(self.only()),
            Next::First | Next::Further => self.of_array().transpose(),
            Next::Nothing => None,
        };
        self.next = match (self.next, &item) {
            (Next::First | Next::Further, Some(Ok(_))) => Next::Further,
            _ => Next::Nothing,
        };
        item
    }
}

impl<'a> Items<'a> {
    /// Bounds the parts of each item. Without it they are the default ones.
    #[must_use]
    pub fn within(self, limits: ShapeLimits) -> Self {
        Self { limits, ..self }
    }

    fn only(&mut self) -> Result<Item<'a>, ValidationError> {
        let item = self.value()?;
        if trim_start(self.rest).is_empty() {
            Ok(item)
        } else {
            Err(malformed("something follows"))
        }
    }

    /// The next value of the array, unless it ends here.
    fn of_array(&mut self) -> Result<Option<Item<'a>>, ValidationError> {
        self.skip(self.rest.len() - trim_start(self.rest).len());
        match (self.next, self.rest.split_first()) {
            (_, Some((b']', rest))) if trim_start(rest).is_empty() => return Ok(None),
            (_, Some((b']', _))) => return Err(malformed("something follows the array")),
            (Next::Further, Some((b',', _))) => self.skip(1),
            (Next::Further, Some(_)) => return Err(malformed("a comma is missing")),
            _ => {}
        }
        self.value().map(Some)
    }

    /// The value that comes next.
    fn value(&mut self) -> Result<Item<'a>, ValidationError> {
        match scan(self.text, &self.limits, &mut self.nesting) {
            Ok(scanned) => {
                self.skip(scanned.end);
                Ok(Item(scanned))
            }
            Err(stopped) => Err(stopped.of(self.rest.len())),
        }
    }

    /// Goes on so many bytes.
    fn skip(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
        self.text = self.text.get(bytes..).unwrap_or_default();
    }
}

impl fmt::Debug for Items<'_> {
    /// Leaves out what the items say.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").field("bytes", &self.rest.len()).finish_non_exhaustive()
    }
}

fn malformed(detail: &str) -> ValidationError {
    ValidationError::Malformed { detail: detail.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The items, and the code of what ended them.
    fn split(frame: impl AsRef<[u8]>) -> (Vec<String>, Option<&'static str>) {
        let mut texts = Vec::new();
        for item in split_frame(frame.as_ref()) {
            match item {
                Ok(item) => texts.push(item.as_str().to_owned()),
                Err(error) => return (texts, Some(error.code())),
            }
        }
        (texts, None)
    }

    #[test]
    fn a_value_is_one_item_and_an_array_as_many_as_it_has() {
        for (frame, items) in [
            (r#" {"type":"a"} "#, vec![r#"{"type":"a"}"#]),
            (
                " [ {\"a\":[1,{}]} ,\n\"],[\", 7,null,[] ]\t",
                vec![r#"{"a":[1,{}]}"#, r#""],[""#, "7", "null", "[]"],
            ),
            ("[1]", vec!["1"]),
            ("[]", vec![]),
            (" [ ] ", vec![]),
        ] {
            assert_eq!(
                split(frame),
                (items.into_iter().map(str::to_owned).collect(), None),
                "{frame}"
            );
        }
    }

    #[test]
    fn what_precedes_something_malformed_counts_and_what_follows_it_does_not() {
        for (frame, items) in [
            (&b"{"[..], 0),
            (b"", 0),
            (b" ", 0),
            (b"\xff", 0),
            (b"{} {}", 0),
            (b"[", 0),
            (b"[,1]", 0),
            (b"[1", 1),
            (b"[1,", 1),
            (b"[1,]", 1),
            (b"[1,,2]", 1),
            (b"[1 2]", 1),
            (b"[{}{}]", 1),
            (b"[1,2]3", 2),
            (b"[1,2],", 2),
            (b"[1,\"\xff\",3]", 1),
            (b"[1,tru,3]", 1),
            (b"[1\x0c,2]", 1),
            (b"\x0c[1]", 0),
        ] {
            let (texts, code) = split(frame);
            assert_eq!((texts.len(), code), (items, Some("malformed")), "{frame:?}");
        }
    }

    #[test]
    fn nothing_follows_an_error() {
        let mut items = split_frame(b"[1,?,2]");
        assert!(items.next().is_some_and(|item| item.is_ok()));
        assert!(items.next().is_some_and(|item| item.is_err()));
        assert!(items.next().is_none() && items.next().is_none());
    }

    #[test]
    fn nesting_costs_no_stack() {
        let deep = format!("[{}1{}]", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(split(deep).0.len(), 1);
    }

    #[test]
    fn debug_output_holds_no_item() {
        assert!(!format!("{:?}", split_frame(br#"[{"diagnosis":"secret"}]"#)).contains("secret"));
    }
}
