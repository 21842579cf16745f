//! Measures yewdux-socket beside its peers: a server that sends a load of events, a real browser that opens one page
//! after another, and what is made of the figures. `cargo xtask bench` builds the pages and runs this.
//!
//! # Layout
//!
//! - [`load`]: the events, what they leave behind, and the frames that carry them.
//! - [`server`]: sends them, and serves the pages.
//! - [`contender`]: who is measured. [`page`]: one of them in a browser; `trace`: its tasks. [`measure`]: what is measured of it.
//! - [`plan`]: which of them, in which order.
//! - [`soak`]: one page for long, with a connection that breaks.
//! - [`results`], [`statistics`], [`report`]: what was measured, and what is made of it.

pub mod contender;
pub mod load;
pub mod measure;
pub mod page;
pub mod plan;
pub mod report;
pub mod results;
pub mod server;
pub mod soak;
pub mod statistics;
mod trace;
