//! Medians and percentiles.

use serde::{Deserialize, Serialize};

/// What several rounds came to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The least.
    pub least: f64,
    /// The one in the middle, or the mean of the two that are.
    pub median: f64,
    /// The largest.
    pub most: f64,
}

impl Summary {
    /// Of some values; nothing of none.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<_> = values.into_iter().collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let (&least, &most) = (sorted.first()?, sorted.last()?);
        let middle = sorted.len() / 2;
        let median = if sorted.len().is_multiple_of(2) {
            f64::midpoint(sorted[middle - 1], sorted[middle])
        } else {
            sorted[middle]
        };
        Some(Self { least, median, most })
    }
}

/// The smallest value that at least so many percent of all values do not exceed (nearest rank); nothing of none.
pub fn percentile(values: &[f64], percent: usize) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

/// How long after it was sent each event was visible, in milliseconds. `sent` has the time of each frame, `applied` how
/// many events were to be applied with it and all before it, `before` how many before the first of them; `shown` has how
/// many were visible, and since when, in its order. Events that never became visible are left out.
pub fn latencies(
    sent: &[f64],
    applied: &[usize],
    before: usize,
    shown: &[(usize, f64)],
) -> Vec<f64> {
    let mut latencies = Vec::new();
    let mut shown = shown.iter().peekable();
    let mut last = before;
    for (&sent, &applied) in sent.iter().zip(applied) {
        while shown.next_if(|(count, _)| *count < applied).is_some() {}
        let Some((_, at)) = shown.peek() else { break };
        latencies.extend(std::iter::repeat_n(at - sent, applied - last));
        last = applied;
    }
    latencies
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        let summary = |values: &[f64]| Summary::of(values.iter().copied());
        assert_eq!(summary(&[]), None);
        assert_eq!(
            summary(&[3.0, 1.0, 20.0]),
            Some(Summary { least: 1.0, median: 3.0, most: 20.0 })
        );
        assert_eq!(summary(&[4.0, 2.0]).map(|summary| summary.median), Some(3.0));
    }

    #[test]
    fn percentiles_are_values_that_occurred() {
        let values: Vec<_> = (1..=100).rev().map(f64::from).collect();
        assert_eq!(
            [50, 95, 99, 100].map(|p| percentile(&values, p)),
            [50.0, 95.0, 99.0, 100.0].map(Some)
        );
        assert_eq!(percentile(&[7.0], 1), Some(7.0));
        assert_eq!(percentile(&[1.0, 2.0], 51), Some(2.0));
        assert_eq!(percentile(&[], 50), None);
    }

    #[test]
    fn an_event_waits_for_the_first_sight_that_has_it() {
        // Three frames, the second of which had nothing to apply, the third two events.
        let (sent, applied) = ([100.0, 101.0, 102.0], [11, 11, 13]);
        let shown = [(10, 90.0), (11, 105.0), (12, 110.0), (13, 118.0)];
        assert_eq!(latencies(&sent, &applied, 10, &shown), [5.0, 16.0, 16.0]);
        assert_eq!(latencies(&sent, &applied, 10, &shown[..2]), [5.0], "the rest was never seen");
    }
}
