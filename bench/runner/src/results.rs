//! What was measured, as it stands in `bench/results.json`.

use serde::{Deserialize, Serialize};

use crate::contender::Contender;

/// All that one call measured.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Results {
    /// Where.
    pub machine: Machine,
    /// Whether it was a short one, with too few events and rounds to be quoted.
    pub quick: bool,
    /// Pages at full speed.
    pub runs: Vec<Run>,
    /// Pages at a steady pace.
    pub steady: Vec<Steady>,
    /// Pages after many events.
    pub memory: Vec<Memory>,
    /// What a visitor downloads.
    pub sizes: Vec<Size>,
}

/// Where it was measured.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Machine {
    /// The processor's name.
    pub processor: String,
    /// Its cores that can be used.
    pub cores: usize,
    /// The operating system.
    pub system: String,
    /// The browser and its version.
    pub browser: String,
}

/// A page that was sent events as fast as it took them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The round, from 0.
    pub round: usize,
    /// Whose page.
    pub contender: Contender,
    /// Events in a frame.
    pub per_frame: usize,
    /// Entities in the state.
    pub entities: usize,
    /// Events that were measured.
    pub events: usize,
    /// Microseconds of the main thread for each event.
    pub task_micros: f64,
    /// Events in a second, from the first that was sent to the last that was visible.
    pub events_per_second: f64,
    /// Milliseconds from the navigation to the connection.
    pub connected_after_ms: f64,
}

/// A page that was sent events at a steady pace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Steady {
    /// The round, from 0.
    pub round: usize,
    /// Whose page.
    pub contender: Contender,
    /// Events in a second.
    pub rate: usize,
    /// Events in a frame.
    pub per_frame: usize,
    /// Entities in the state.
    pub entities: usize,
    /// Milliseconds from the server's sending to the document, of the event in the middle.
    pub p50_ms: f64,
    /// Of 95 in a hundred events at most.
    pub p95_ms: f64,
    /// Of 99 in a hundred events at most.
    pub p99_ms: f64,
    /// The longest task of the main thread, in milliseconds, by a trace of its own.
    pub longest_task_ms: f64,
    /// Tasks of more than 50 ms.
    pub long_tasks: usize,
}

/// Memory of a page, with garbage collected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// Whose page.
    pub contender: Contender,
    /// Entities in the state.
    pub entities: usize,
    /// After so many events.
    pub events: usize,
    /// Bytes of the JavaScript heap in use.
    pub heap_bytes: f64,
    /// Bytes of the memory of wasm.
    pub wasm_bytes: f64,
}

/// What a visitor downloads of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// The page's name.
    pub page: String,
    /// Bytes of all files.
    pub raw: u64,
    /// Bytes of all files, each compressed by brotli 11.
    pub brotli: u64,
}

impl Results {
    /// Microseconds of the main thread for each event above the no-op page of the same round, for each round.
    pub fn above_noop(&self, contender: Contender, per_frame: usize, entities: usize) -> Vec<f64> {
        let of = |contender| move |run: &&Run| run.is(contender, per_frame, entities);
        let own = self.runs.iter().filter(of(contender));
        own.filter_map(|run| {
            let noop = self
                .runs
                .iter()
                .filter(of(Contender::Noop))
                .find(|noop| noop.round == run.round)?;
            Some(run.task_micros - noop.task_micros)
        })
        .collect()
    }

    /// Events in a second, for each round.
    pub fn throughput(&self, contender: Contender, per_frame: usize, entities: usize) -> Vec<f64> {
        let own = self.runs.iter().filter(|run| run.is(contender, per_frame, entities));
        own.map(|run| run.events_per_second).collect()
    }

    /// How many times the events in a second of another contender, for each round.
    pub fn times(
        &self,
        contender: Contender,
        other: Contender,
        per_frame: usize,
        entities: usize,
    ) -> Vec<f64> {
        let own = self.throughput(contender, per_frame, entities);
        let others = self.throughput(other, per_frame, entities);
        own.into_iter().zip(others).map(|(own, other)| own / other).collect()
    }

    /// The combinations of events in a frame and entities that were measured, in order.
    pub fn combinations(&self) -> Vec<(usize, usize)> {
        let mut found: Vec<_> = self.runs.iter().map(|run| (run.per_frame, run.entities)).collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

impl Run {
    pub(crate) fn is(&self, contender: Contender, per_frame: usize, entities: usize) -> bool {
        (self.contender, self.per_frame, self.entities) == (contender, per_frame, entities)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Two rounds of the no-op page, ours and a peer.
    pub(crate) fn example() -> Results {
        let run = |round, contender, task_micros, events_per_second| Run {
            round,
            contender,
            per_frame: 64,
            entities: 1_000,
            events: 10,
            task_micros,
            events_per_second,
            connected_after_ms: 100.0,
        };
        let runs = vec![
            run(0, Contender::Noop, 1.0, 1e6),
            run(0, Contender::Ours, 4.0, 3e5),
            run(0, Contender::React, 41.0, 3e4),
            run(1, Contender::Ours, 5.5, 2e5),
            run(1, Contender::React, 31.0, 4e4),
            run(1, Contender::Noop, 1.5, 1e6),
        ];
        Results { runs, ..Results::default() }
    }

    #[test]
    fn each_round_is_compared_with_its_own() {
        let results = example();
        assert_eq!(results.above_noop(Contender::Ours, 64, 1_000), [3.0, 4.0]);
        assert_eq!(results.times(Contender::Ours, Contender::React, 64, 1_000), [10.0, 5.0]);
        assert!(results.above_noop(Contender::Ours, 1, 1_000).is_empty());
        assert_eq!(results.combinations(), [(64, 1_000)]);
    }
}
