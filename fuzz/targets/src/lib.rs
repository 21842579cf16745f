//! What is fuzzed, and how it is judged.
//!
//! The harness in `fuzz/fuzz_targets` gives these functions whatever libFuzzer comes up with; the tests beside this
//! crate give them the committed corpora, on stable Rust. A finding is a panic.
//!
//! # Layout
//!
//! - [`wire`]: any bytes as a frame, for both sides. [`client`]: a script of what happens to a client.
//!   [`server`]: frames that a client writes.
//! - [`session`]: what is said in an honest session. [`seeds`]: the corpora to begin with, made of it.
//! - [`mutate`]: honest frames, damaged.

#![expect(clippy::expect_used, reason = "a finding is a panic")]

pub mod client;
pub mod mutate;
pub mod seeds;
pub mod server;
pub mod session;
pub mod wire;

/// Something that is fuzzed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// See [`wire`].
    Wire,
    /// See [`client`].
    Client,
    /// See [`server`].
    Server,
}

impl Target {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Wire, Self::Client, Self::Server];

    /// The name of its harness and of the directory of its corpus.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wire => "wire",
            Self::Client => "client",
            Self::Server => "server",
        }
    }

    /// Runs one input.
    ///
    /// # Panics
    /// If the input is a finding.
    pub fn run(self, input: &[u8]) {
        match self {
            Self::Wire => wire::run(input),
            Self::Client => client::run(input),
            Self::Server => server::run(input),
        }
    }
}
