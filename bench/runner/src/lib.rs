//! Measures yewdux-socket beside its peers: a server that sends a load of events, a real browser that opens one page
//! after another, and what is made of the figures. `cargo xtask bench` builds the pages and runs this.
//!
//! # Layout
//!
//! - [`load`]: the events, what they leave behind, and the frames that carry them.
//! - [`server`]: sends them, and serves the pages.
//! - [`contender`]: who is measured. [`page`]: one of them in a browser.

pub mod contender;
pub mod load;
pub mod page;
pub mod server;
