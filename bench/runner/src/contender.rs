//! Who is measured.

use serde::{Deserialize, Serialize};

use crate::load::{Dialect, Load};

/// A page that is measured.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    clap::ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
pub enum Contender {
    /// Counts frames: the ceiling, and what the others are compared with.
    Noop,
    /// Parses each frame and nothing else.
    Json,
    /// React, Redux Toolkit and zod, one dispatch in an animation frame.
    React,
    /// The same, one dispatch an event.
    ReactEach,
    /// The same as `React`, behind socket.io-client.
    Socketio,
    /// yewdux-socket.
    Ours,
}

impl Contender {
    /// Its name on the command line, in addresses and in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Noop => "noop",
            Self::Json => "json",
            Self::React => "react",
            Self::ReactEach => "react-each",
            Self::Socketio => "socketio",
            Self::Ours => "ours",
        }
    }

    /// What it is, for a table.
    pub fn title(self) -> &'static str {
        match self {
            Self::Noop => "no-op onmessage (the ceiling)",
            Self::Json => "JSON.parse only",
            Self::React => "React + Redux Toolkit + zod, batched",
            Self::ReactEach => "React + Redux Toolkit + zod, a dispatch an event",
            Self::Socketio => "the batched one behind socket.io-client",
            Self::Ours => "yewdux-socket",
        }
    }

    /// How it wants its frames.
    pub fn dialect(self) -> Dialect {
        match self {
            Self::Ours => Dialect::V1,
            Self::Socketio => Dialect::SocketIo,
            _ => Dialect::Plain,
        }
    }

    /// Whether it keeps a state.
    pub fn has_state(self) -> bool {
        !matches!(self, Self::Noop | Self::Json)
    }

    /// What it counts to while its state is filled, and until the end.
    pub fn targets(self, load: &Load) -> (usize, usize) {
        let (fill, measured) = (&load.fill, &load.measured);
        match self {
            Self::Noop => (fill.frames.len(), fill.frames.len() + measured.frames.len()),
            Self::Json => (fill.events, fill.events + measured.events),
            _ => (fill.applied(), measured.applied()),
        }
    }
}
