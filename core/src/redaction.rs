//! Fields of JSON that somebody may not see are left out. What stays is carried over as it is, unread.

mod extents;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use crate::json::{Value, write_string};
use extents::{Part, Parts, extents};

/// Deeper than this nothing is looked through: it is left out as a whole: as deep as `serde_json` builds values.
const MAX_NESTING: usize = 128;
const NULL: &str = "null";

/// Leaves fields of a JSON object out, by their paths from it on (`patient.diagnosis`): each becomes `null`. A path that
/// leads through an array, or through an object that has no such key as a map has, means each of its entries. What is no
/// object in an array that a path leads to, becomes `null` as well: serde reads a struct from its values in a row, too.
/// What is no JSON is left out as a whole. `None` if there was nothing to leave out.
///
/// A path costs as much as the text is long, however deep it nests, and a few bytes of memory for each array and object.
pub fn redact<'a>(json: &str, paths: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut redacted = None;
    for path in paths {
        let keys: Vec<_> = path.split('.').collect();
        let Ok(value) = Value::parse(redacted.as_deref().unwrap_or(json)) else {
            return Some(NULL.to_owned());
        };
        let mut text = String::with_capacity(value.as_str().len());
        let extents = extents(value.as_str());
        let whole = Part::whole(value.as_str(), &extents);
        if hide(whole, &keys, At { depth: 0, is_named: true }, &mut text) {
            redacted = Some(text);
        }
    }
    redacted
}

/// Where a value stands.
#[derive(Clone, Copy)]
struct At {
    depth: usize,
    /// Whether the path names it. Otherwise it may be an entry of a map, or a field that the path does not mean.
    is_named: bool,
}

impl At {
    fn inside(self, is_named: bool) -> Self {
        Self { depth: self.depth + 1, is_named }
    }
}

/// Writes a value without what the path leads to. Whether something was left out.
fn hide(value: Part<'_>, path: &[&str], at: At, text: &mut String) -> bool {
    if value.is_scalar() {
        text.push_str(value.json);
        return false;
    }
    if at.depth < MAX_NESTING {
        if value.is_array() {
            return hide_entries(value.parts(), path, at, text);
        }
        if let Some(fields) = named(value) {
            return hide_fields(&fields, path, at, text);
        }
    }
    text.push_str(NULL);
    true
}

fn hide_entries(entries: Parts<'_>, path: &[&str], at: At, text: &mut String) -> bool {
    let mut changed = false;
    text.push('[');
    for (index, (_, entry)) in entries.enumerate() {
        text.push_str(if index == 0 { "" } else { "," });
        if entry.is_scalar() && at.is_named {
            text.push_str(NULL);
            changed |= entry.json != NULL;
        } else {
            changed |= hide(entry, path, at.inside(at.is_named), text);
        }
    }
    text.push(']');
    changed
}

/// The fields of an object in their order, each as often as it comes. `None` if a name is none.
fn named(value: Part<'_>) -> Option<Vec<(Cow<'_, str>, Part<'_>)>> {
    value.parts().map(|(name, value)| Some((Value::of(name.json).string().ok()?, value))).collect()
}

fn hide_fields(
    fields: &[(Cow<'_, str>, Part<'_>)],
    path: &[&str],
    at: At,
    text: &mut String,
) -> bool {
    let [key, rest @ ..] = path else { return false };
    let has_key = fields.iter().any(|(name, _)| name == key);
    // An entry of a map may have the name of the field. It is an object then, or absent, as the others are.
    let may_be_map = fields
        .iter()
        .any(|(name, value)| name == key && (!value.is_scalar() || value.json == NULL));
    let mut changed = false;
    text.push('{');
    for (index, &(ref name, value)) in fields.iter().enumerate() {
        text.push_str(if index == 0 { "" } else { "," });
        write_string(name, text);
        text.push(':');
        changed |= match (has_key, name == key) {
            // A map: rather too much is left out than too little.
            (false, _) => hide(value, path, at.inside(false), text),
            (true, true) if !rest.is_empty() => hide(value, rest, at.inside(true), text),
            (true, true) => {
                text.push_str(NULL);
                value.json != NULL
            }
            (true, false) => {
                let start = text.len();
                let changed = may_be_map && hide(value, path, at.inside(false), text);
                if !changed {
                    // To the letter.
                    text.truncate(start);
                    text.push_str(value.json);
                }
                changed
            }
        };
    }
    text.push('}');
    changed
}
