//! How the results stand to what was set out to reach.

use std::fmt::{Result, Write};

use super::range;
use crate::contender::Contender::{Ours, React};
use crate::results::Results;
use crate::statistics::Summary;

/// What is to be reached: a name, a bound, and what was found.
struct Goal {
    what: &'static str,
    bound: Bound,
    found: Vec<f64>,
}

enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

impl Bound {
    fn is_met(&self, value: f64) -> bool {
        match *self {
            Self::AtMost(bound) => value <= bound,
            Self::AtLeast(bound) => value >= bound,
        }
    }
}

pub(super) fn write(text: &mut String, results: &Results) -> Result {
    let goals: Vec<_> = goals(results).into_iter().filter(|goal| !goal.found.is_empty()).collect();
    if goals.is_empty() {
        return Ok(());
    }
    text.push_str(
        "## What was to be reached\n\n| figure | wanted | found | |\n|---|--:|--:|---|\n",
    );
    for Goal { what, bound, found } in goals {
        let met =
            Summary::of(found.iter().copied()).is_some_and(|found| bound.is_met(found.median));
        let wanted = match bound {
            Bound::AtMost(bound) => format!("≤ {bound}"),
            Bound::AtLeast(bound) => format!("≥ {bound}"),
        };
        let verdict = if met { "reached" } else { "**missed**" };
        writeln!(text, "| {what} | {wanted} | {} | {verdict} |", range(found, 1))?;
    }
    Ok(())
}

fn goals(results: &Results) -> Vec<Goal> {
    let goal = |what, bound, found| Goal { what, bound, found };
    let steady =
        |rate| results.steady.iter().filter(move |one| one.contender == Ours && one.rate == rate);
    let growth = |per_frame| {
        let [small, large] = [1_000, 100_000].map(|size| results.above_noop(Ours, per_frame, size));
        large.into_iter().zip(small).map(|(large, small)| large / small).collect::<Vec<_>>()
    };
    let later = results.runs.iter().filter(|run| run.contender == Ours).filter_map(|ours| {
        let react = results
            .runs
            .iter()
            .find(|run| run.round == ours.round && run.is(React, ours.per_frame, ours.entities))?;
        Some(ours.connected_after_ms - react.connected_after_ms)
    });
    vec![
        goal(
            "µs above no-op, 1 event a frame, 1 000 entities",
            Bound::AtMost(12.0),
            results.above_noop(Ours, 1, 1_000),
        ),
        goal(
            "µs above no-op, 64 events a frame, 1 000 entities",
            Bound::AtMost(3.0),
            results.above_noop(Ours, 64, 1_000),
        ),
        goal(
            "events/s over React's, 64 a frame, 2 000 entities",
            Bound::AtLeast(4.0),
            results.times(Ours, React, 64, 2_000),
        ),
        goal(
            "events/s over React's, 64 a frame, 50 000 entities",
            Bound::AtLeast(10.0),
            results.times(Ours, React, 64, 50_000),
        ),
        goal(
            "time an event at 100 000 entities over that at 1 000, 1 a frame",
            Bound::AtMost(1.3),
            growth(1),
        ),
        goal(
            "time an event at 100 000 entities over that at 1 000, 64 a frame",
            Bound::AtMost(1.3),
            growth(64),
        ),
        goal(
            "p99 in ms at 1 000 events/s",
            Bound::AtMost(34.0),
            steady(1_000).map(|one| one.p99_ms).collect(),
        ),
        goal(
            "longest task in ms at 1 000 events/s",
            Bound::AtMost(50.0),
            steady(1_000).map(|one| one.longest_task_ms).collect(),
        ),
        goal(
            "longest task in ms at 10 000 events/s",
            Bound::AtMost(50.0),
            steady(10_000).map(|one| one.longest_task_ms).collect(),
        ),
        goal("ms from navigation to connected, above React's", Bound::AtMost(0.0), later.collect()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::tests::example;

    #[test]
    fn a_goal_is_judged_by_the_median() -> Result {
        let mut results = example();
        let mut text = String::new();
        write(&mut text, &results)?;
        let row = "| µs above no-op, 64 events a frame, 1 000 entities | ≤ 3 | 3.5 (3.0–4.0) | **missed** |";
        assert!(text.contains(row), "{text}");
        assert!(!text.contains("2 000 entities"), "what was not measured is not judged");

        results.runs.iter_mut().for_each(|run| run.entities = 50_000);
        text.clear();
        write(&mut text, &results)?;
        assert!(text.contains("50 000 entities | ≥ 10 | 7.5 (5.0–10.0) | **missed** |"), "{text}");
        Ok(())
    }

    #[test]
    fn bounds_are_inclusive() {
        assert!(Bound::AtMost(3.0).is_met(3.0) && !Bound::AtMost(3.0).is_met(3.1));
        assert!(Bound::AtLeast(4.0).is_met(4.0) && !Bound::AtLeast(4.0).is_met(3.9));
    }
}
