//! A look at a text of which nothing is known, before anything is built from it.
//!
//! `pass` goes over it once: it finds where a value ends, holds its parts against the bounds of `shape`, and notes where the
//! `fields` of an envelope stand. `raw_json` carries what passed along without reading it.

mod fields;
mod pass;
mod raw_json;
mod shape;

pub use raw_json::RawJson;
pub use shape::ShapeLimits;

pub(crate) use fields::{Fields, Name, Odd};
pub(crate) use pass::{Nesting, Scanned, scan, scan_whole};
pub(crate) use shape::Over;
