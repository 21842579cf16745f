//! The parts of a JSON value, each passed over at once, however much it holds: how far each array and object reaches is found
//! out beforehand, in one pass. Without that, each level of nesting would pass over all that is below it once more.

use crate::json::{behind_separators, end_of_string, end_of_value};

/// How far an array or object reaches.
#[derive(Clone, Copy)]
pub(super) struct Extent {
    bytes: usize,
    /// How many arrays and objects it holds, those within others included.
    holds: usize,
}

/// The extents of the arrays and objects of a text that is JSON, in the order in which they begin.
pub(super) fn extents(json: &str) -> Vec<Extent> {
    let mut extents: Vec<Extent> = Vec::new();
    // The innermost that is open. As long as one is, it has in place of its figures where it begins and what is around it.
    let mut open = usize::MAX;
    let mut bytes = json.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => drop(end_of_string(&mut bytes)),
            b'[' | b'{' => {
                extents.push(Extent { bytes: at, holds: open });
                open = extents.len() - 1;
            }
            b']' | b'}' => {
                let count = extents.len();
                let Some(extent) = extents.get_mut(open) else { continue };
                let around = extent.holds;
                *extent = Extent { bytes: at + 1 - extent.bytes, holds: count - open - 1 };
                open = around;
            }
            _ => {}
        }
    }
    extents
}

/// One value of a text.
#[derive(Clone, Copy)]
pub(super) struct Part<'a> {
    /// Its text, without white space around it.
    pub(super) json: &'a str,
    /// The extents of what it holds.
    extents: &'a [Extent],
}

impl<'a> Part<'a> {
    /// The value that a text is. The extents are the text's.
    pub(super) fn whole(json: &'a str, extents: &'a [Extent]) -> Self {
        Self { json, extents: extents.get(1..).unwrap_or_default() }
    }

    pub(super) fn is_array(self) -> bool {
        self.json.starts_with('[')
    }

    /// Whether it is neither an array nor an object.
    pub(super) fn is_scalar(self) -> bool {
        !self.json.starts_with(['[', '{'])
    }

    /// What an array or object holds.
    pub(super) fn parts(self) -> Parts<'a> {
        let rest = self.json.get(1..).unwrap_or_default();
        Parts { rest, extents: self.extents, has_keys: !self.is_array() }
    }
}

/// The parts of an array or object, one after another: each with its key, which in an array is the value itself.
pub(super) struct Parts<'a> {
    rest: &'a str,
    extents: &'a [Extent],
    has_keys: bool,
}

impl<'a> Parts<'a> {
    /// The value that comes next, behind white space and what separates it from the one before.
    fn take(&mut self) -> Option<Part<'a>> {
        let text = behind_separators(self.rest);
        let mut extents = [].as_slice();
        let bytes = if text.starts_with(['[', '{']) {
            let (extent, behind) = self.extents.split_first()?;
            (extents, self.extents) = behind.split_at_checked(extent.holds)?;
            extent.bytes
        } else {
            end_of_value(text)
        };
        let (json, rest) = text.split_at_checked(bytes)?;
        self.rest = rest;
        (!json.is_empty()).then_some(Part { json, extents })
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = (Part<'a>, Part<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let key = self.take()?;
        let value = if self.has_keys { self.take()? } else { key };
        Some((key, value))
    }
}
