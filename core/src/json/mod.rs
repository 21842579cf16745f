//! JSON without a serializer. A serializer is compiled once for each type that it reads or writes; a page that embeds the
//! library carried 120 kB of that.
//!
//! `value` finds the parts of a value in the text, `read` builds numbers, texts and lists from them; `write` writes. How any
//! other type is read and written is said where the type is. `bytes` knows where white space and strings end.

mod bytes;
mod read;
mod value;
mod write;

pub(crate) use bytes::{end_of_string, trim_start};
pub(crate) use value::{Field, FromJson, Value, Wrong, behind_separators, end_of_value};
pub(crate) use write::{Object, ToJson, write_displayed, write_string};
