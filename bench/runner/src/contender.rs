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

    /// What it has counted at the end of each stage: of filling, of warming up, of what is measured.
    pub fn targets(self, load: &Load) -> [usize; 3] {
        let stages = [&load.fill, &load.warm_up, &load.measured];
        let mut sum = 0;
        stages.map(|stage| match self {
            Self::Noop | Self::Json => {
                sum += if self == Self::Noop { stage.frames.len() } else { stage.events };
                sum
            }
            _ => stage.applied(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::Scenario;

    #[test]
    fn each_counts_what_it_can_know() {
        let scenario = Scenario { entities: 2_000, per_frame: 64, warm_up: 128, events: 640 };
        let load = Load::new(scenario, Dialect::Plain);
        assert_eq!(Contender::Noop.targets(&load), [3, 5, 15]);
        assert_eq!(Contender::Json.targets(&load), [2_001, 2_129, 2_769]);
        let [filled, warm, done] = Contender::Ours.targets(&load);
        assert_eq!(filled, 2_001);
        assert!(filled < warm && warm < filled + 128 && warm < done && done < warm + 640);
    }

    #[test]
    fn the_names_are_those_of_the_results() -> Result<(), serde_json::Error> {
        for contender in <Contender as clap::ValueEnum>::value_variants() {
            let name = serde_json::to_value(contender)?;
            assert_eq!(name, contender.name());
        }
        Ok(())
    }
}
