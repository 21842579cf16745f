//! What is measured, in which order, and with how many events.

use clap::{Args, ValueEnum};

use crate::contender::Contender;
use crate::load::Scenario;
use crate::measure::Rate;

/// Sizes of the state at which all are measured.
const ENTITIES: [usize; 3] = [1_000, 10_000, 100_000];
/// Sizes at which ours is compared with React, 64 events a frame.
const COMPARED: [usize; 2] = [2_000, 50_000];
/// Coalesced frames have so many events.
const COALESCED: usize = 64;

/// Who and what is measured
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Measure this page only, and the no-op one that it is compared with; repeat it for several
    #[arg(long, value_name = "PAGE")]
    pub only: Vec<Contender>,
    /// Measure this kind of figure only; repeat it for several
    #[arg(long, value_name = "FIGURE")]
    pub figure: Vec<Figure>,
    /// So many events in a frame only; repeat it for several
    #[arg(long, value_name = "N")]
    pub per_frame: Vec<usize>,
    /// So many entities in the state only; repeat it for several
    #[arg(long, value_name = "N")]
    pub entities: Vec<usize>,
    /// How often each is measured
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..))]
    pub rounds: u8,
    /// A quarter of the events, and a tenth of those for memory: for a first look
    #[arg(long)]
    pub quick: bool,
}

/// A kind of figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Figure {
    /// Time of the main thread, and events a second, at full speed
    Speed,
    /// Latencies and longest tasks at a steady pace
    Steady,
    /// Memory after a million events
    Memory,
}

/// A page to measure at full speed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planned {
    /// Whose page.
    pub contender: Contender,
    /// What it is sent.
    pub scenario: Scenario,
}

impl Options {
    /// Whether a kind of figures is wanted.
    pub fn wants(&self, figure: Figure) -> bool {
        self.figure.is_empty() || self.figure.contains(&figure)
    }

    fn contender(&self, contender: Contender) -> bool {
        self.only.is_empty() || self.only.contains(&contender) || contender == Contender::Noop
    }

    /// The pages of a round at full speed. Those that are compared stand beside each other; their order goes round, so that
    /// none always comes first.
    pub fn speed(&self, round: usize) -> Vec<Planned> {
        let mut planned = Vec::new();
        for per_frame in [1, COALESCED] {
            if !self.per_frame.is_empty() && !self.per_frame.contains(&per_frame) {
                continue;
            }
            let mut sizes = ENTITIES.to_vec();
            if per_frame == COALESCED {
                sizes.extend(COMPARED);
            }
            if !self.entities.is_empty() {
                sizes.clone_from(&self.entities);
            }
            sizes.sort_unstable();
            for entities in sizes {
                let mut group: Vec<_> = Contender::value_variants()
                    .iter()
                    .copied()
                    .filter(|contender| self.contender(*contender))
                    .filter(|contender| {
                        let compared = [Contender::Noop, Contender::React, Contender::Ours];
                        !COMPARED.contains(&entities)
                            || !self.entities.is_empty()
                            || compared.contains(contender)
                    })
                    // Without a state its size makes no difference.
                    .filter(|contender| *contender != Contender::Json || entities == ENTITIES[0])
                    .map(|contender| self.planned(contender, per_frame, entities))
                    .collect();
                let first = round % group.len();
                group.rotate_left(first);
                planned.extend(group);
            }
        }
        planned
    }

    fn planned(&self, contender: Contender, per_frame: usize, entities: usize) -> Planned {
        // As many as keep each busy for some seconds: what copies its whole state for each event gets fewer.
        let large = entities >= 50_000;
        let events = match (contender, per_frame) {
            (Contender::ReactEach, _) if large => 1_024,
            (Contender::ReactEach, _) => 8_192,
            (_, 1) => 24_000,
            (Contender::React | Contender::Socketio, _) if large => 64_000,
            (Contender::React | Contender::Socketio, _) => 128_000,
            _ => 256_000,
        };
        let events = if self.quick { events / 4 } else { events };
        // Until the engines have compiled what runs often, whatever is measured: a page lives for hours.
        let warm_up = match (contender, per_frame) {
            (Contender::ReactEach, _) => events / 4,
            (_, 1) => 24_000,
            _ => 64_000,
        };
        Planned { contender, scenario: Scenario { entities, per_frame, warm_up, events } }
    }

    /// The pages whose latencies and tasks are measured, in the order of a round.
    pub fn steady(&self, round: usize) -> Vec<(Contender, usize, Rate)> {
        let seconds = if self.quick { 3 } else { 6 };
        let entities = self.entities.first().copied().unwrap_or(10_000);
        let rates = [(1_000, 1), (10_000, COALESCED)].map(|(per_second, per_frame)| Rate {
            per_second,
            per_frame,
            seconds,
        });
        let mut contenders: Vec<_> = Contender::value_variants()
            .iter()
            .copied()
            .filter(|contender| contender.has_state() && self.contender(*contender))
            .collect();
        if contenders.is_empty() {
            return Vec::new();
        }
        let first = round % contenders.len();
        contenders.rotate_left(first);
        let all = contenders.into_iter();
        all.flat_map(|contender| rates.map(|rate| (contender, entities, rate)))
            // One dispatch an event cannot keep up with this rate: it has no steady state.
            .filter(|(contender, _, rate)| {
                *contender != Contender::ReactEach || rate.per_frame == 1
            })
            .collect()
    }

    /// The pages whose memory is looked at.
    pub fn memory(&self) -> Vec<Planned> {
        let entities = self.entities.first().copied().unwrap_or(10_000);
        let events = if self.quick { 100_000 } else { 1_000_000 };
        let scenario = Scenario { entities, per_frame: COALESCED, warm_up: events / 10, events };
        [Contender::React, Contender::Ours]
            .into_iter()
            .filter(|contender| self.contender(*contender))
            .map(|contender| Planned { contender, scenario })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(arguments: &[&str]) -> Result<Options, clap::Error> {
        #[derive(Debug, clap::Parser)]
        struct Cli {
            #[command(flatten)]
            options: Options,
        }
        <Cli as clap::Parser>::try_parse_from([&["bench"], arguments].concat())
            .map(|cli| cli.options)
    }

    #[test]
    fn every_group_has_the_page_that_the_others_are_compared_with() -> Result<(), clap::Error> {
        let planned = options(&["--only", "ours"])?.speed(0);
        let of = |contender| planned.iter().filter(|page| page.contender == contender).count();
        assert_eq!((of(Contender::Noop), of(Contender::Ours)), (8, 8));
        assert_eq!(planned.len(), 16);
        Ok(())
    }

    #[test]
    fn the_order_goes_round_and_the_pages_stay_the_same() -> Result<(), clap::Error> {
        let options = options(&["--per-frame", "1", "--entities", "1000"])?;
        let [first, second] = [0, 1].map(|round| options.speed(round));
        assert_eq!(first.len(), 6);
        assert_ne!(first[0], second[0]);
        assert!(first.iter().all(|page| second.contains(page)));
        Ok(())
    }

    #[test]
    fn figures_and_rounds_can_be_chosen() -> Result<(), clap::Error> {
        let options = options(&["--figure", "memory", "--quick", "--only", "react"])?;
        assert!(options.wants(Figure::Memory) && !options.wants(Figure::Speed));
        assert_eq!(options.memory().len(), 1);
        assert!(self::options(&["--rounds", "0"]).is_err());
        Ok(())
    }
}
