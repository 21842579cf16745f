//! The real server on a free port, and real connections to it.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod audit;
mod binary;
mod capabilities;
mod common;
mod digest;
mod emit;
mod handshake;
mod isolation;
mod limits;
mod load;
mod membership;
mod permission;
mod presence;
mod refresh;
mod resume;
mod shutdown;
mod sign_in;
mod snapshot;
