//! A histogram over a high dynamic range: from one microsecond to two minutes with the same relative error.
//!
//! Each power of two is cut into 32 equal slots, as `HdrHistogram` does it, so that a value is off by 1/32 (3.2 %) at most.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// Slots of each power of two, as a power of two.
const PRECISION: u32 = 5;
const SLOTS_PER_OCTAVE: usize = 1 << PRECISION;
/// Larger values count as the largest of so many bits: 134 s in microseconds.
const BITS: u32 = 27;
const SLOTS: usize = SLOTS_PER_OCTAVE * (BITS - PRECISION + 1) as usize;

/// Counts values. It takes 3 KiB, once it has a value.
#[derive(Debug, Clone, Default)]
pub(super) struct Histogram {
    counts: Option<Box<[u32; SLOTS]>>,
    count: u64,
    max: u64,
}

/// Where a value is counted. The same in every histogram, so that it is found once for several.
#[derive(Debug, Clone, Copy)]
pub(super) struct Value {
    slot: usize,
    value: u64,
}

impl Value {
    pub(super) fn new(value: u64) -> Self {
        let bounded = value.min((1 << BITS) - 1);
        let octave = (u64::BITS - bounded.leading_zeros()).saturating_sub(PRECISION + 1);
        let part = (bounded >> octave) as usize;
        Self { slot: octave as usize * SLOTS_PER_OCTAVE + part, value }
    }

    /// A latency, in microseconds.
    pub(super) fn latency(latency: Duration) -> Self {
        let seconds = latency.as_secs().saturating_mul(1_000_000);
        Self::new(seconds.saturating_add(latency.subsec_micros().into()))
    }

    /// The time from one timestamp to another, in microseconds; nothing if it is the wrong way round.
    pub(super) fn between(earlier: Timestamp, later: Timestamp) -> Self {
        let millis = later.as_millis().saturating_sub(earlier.as_millis());
        Self::new(u64::try_from(millis).unwrap_or(0).saturating_mul(1_000))
    }

    pub(super) fn get(self) -> u64 {
        self.value
    }
}

/// The largest value of a slot.
fn upper(slot: usize) -> u64 {
    let octave = (slot / SLOTS_PER_OCTAVE).saturating_sub(1);
    ((slot - octave * SLOTS_PER_OCTAVE + 1) as u64) << octave
}

impl Histogram {
    pub(super) fn record(&mut self, Value { slot, value }: Value) {
        let counts = self.counts.get_or_insert_with(|| Box::new([0; SLOTS]));
        counts[slot] = counts[slot].saturating_add(1);
        self.count += 1;
        self.max = self.max.max(value);
    }

    /// Adds what another one counted.
    pub(super) fn add(&mut self, other: &Self) {
        let Some(theirs) = &other.counts else { return };
        let counts = self.counts.get_or_insert_with(|| Box::new([0; SLOTS]));
        for (count, more) in counts.iter_mut().zip(theirs.iter()) {
            *count = count.saturating_add(*more);
        }
        self.count += other.count;
        self.max = self.max.max(other.max);
    }

    /// Forgets all values and keeps the room for others.
    pub(super) fn clear(&mut self) {
        if let Some(counts) = &mut self.counts {
            counts.fill(0);
        }
        (self.count, self.max) = (0, 0);
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn max(&self) -> u64 {
        self.max
    }

    /// The value that so many per cent of all do not exceed (nearest rank), none of none.
    pub(super) fn percentile(&self, percent: u64) -> Option<u64> {
        let rank = (self.count * percent).div_ceil(100).max(1);
        let counts = self.counts.as_ref().filter(|_| self.count > 0)?;
        let mut seen = 0;
        let reached = counts.iter().position(|count| {
            seen += u64::from(*count);
            seen >= rank
        })?;
        Some((upper(reached) - 1).min(self.max))
    }

    /// The figures of latencies.
    pub(super) fn latencies(&self) -> LatencySummary {
        let figure = |percent| self.percentile(percent).map_or(0.0, millis);
        LatencySummary {
            count: self.count,
            p50_ms: figure(50),
            p95_ms: figure(95),
            p99_ms: figure(99),
            max_ms: millis(self.max),
        }
    }

    /// How many values lie in each power of two, from the first to the last that has any.
    pub(super) fn bars(&self) -> Vec<LatencyBar> {
        let Some(counts) = &self.counts else { return Vec::new() };
        // What lies below the first whole octave is one bar.
        let octaves = counts.chunks(SLOTS_PER_OCTAVE).enumerate().map(|(octave, counts)| {
            let to = (SLOTS_PER_OCTAVE as u64) << octave;
            LatencyBar {
                from_ms: millis(if octave == 0 { 0 } else { to / 2 }),
                to_ms: millis(to),
                count: counts.iter().map(|count| u64::from(*count)).sum(),
            }
        });
        let mut bars: Vec<_> = octaves.skip_while(|bar| bar.count == 0).collect();
        while bars.last().is_some_and(|bar| bar.count == 0) {
            bars.pop();
        }
        bars
    }
}

/// Microseconds in milliseconds.
pub(super) fn millis(micros: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "exact for 285 years")]
    let micros = micros as f64;
    micros / 1_000.0
}

/// Latencies in figures. Percentiles are at most 3.2 % too high, the largest value is exact; all are 0 while
/// `count` is.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct LatencySummary {
    /// How many were measured.
    pub count: u64,
    /// The median in milliseconds.
    pub p50_ms: f64,
    /// The 95th percentile in milliseconds.
    pub p95_ms: f64,
    /// The 99th percentile in milliseconds.
    pub p99_ms: f64,
    /// The largest in milliseconds.
    pub max_ms: f64,
}

/// How many latencies lie in a range.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LatencyBar {
    /// From so many milliseconds on.
    pub from_ms: f64,
    /// Below so many milliseconds. What is longer than two minutes is in the last possible range.
    pub to_ms: f64,
    /// How many.
    pub count: u64,
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "figures that are exact")]
mod tests {
    use super::*;

    fn of(values: impl IntoIterator<Item = u64>) -> Histogram {
        let mut histogram = Histogram::default();
        values.into_iter().for_each(|value| histogram.record(Value::new(value)));
        histogram
    }

    #[test]
    fn percentiles_of_known_streams_are_within_the_promised_error() {
        let mut state = 7_u64;
        let mut noise = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state >> 33
        };
        let streams: [Vec<u64>; 4] = [
            (1..=100_000).collect(),
            (0..50_000).map(|_| noise() % 1_000_000).collect(),
            // A long tail: most are small, one in a hundred is far out.
            (0..50_000).map(|n| if n % 100 == 0 { 5_000_000 + n } else { 200 + n % 97 }).collect(),
            vec![16_000; 10],
        ];
        for mut stream in streams {
            let histogram = of(stream.iter().copied());
            stream.sort_unstable();
            for percent in [1, 50, 95, 99, 100] {
                let rank = (stream.len() * percent).div_ceil(100) - 1;
                let (exact, told) = (stream[rank], histogram.percentile(percent as u64).unwrap());
                assert!(
                    told >= exact && told - exact <= exact / 32,
                    "p{percent}: {told} of {exact}"
                );
            }
            assert_eq!(histogram.count(), stream.len() as u64);
            assert_eq!(Some(&histogram.max()), stream.last(), "the largest is exact");
        }
    }

    #[test]
    fn small_values_are_exact_and_large_ones_bounded() {
        for value in 0..64 {
            assert_eq!(of([value]).percentile(50), Some(value));
        }
        let huge = of([u64::MAX, 1]);
        assert_eq!((huge.count(), huge.max()), (2, u64::MAX));
        assert_eq!(huge.percentile(50), Some(1));
        assert_eq!(huge.percentile(99), Some((1 << BITS) - 1));
    }

    #[test]
    fn every_slot_begins_where_the_one_before_ends() {
        let mut last = 0;
        for slot in 0..SLOTS {
            let end = upper(slot);
            assert_eq!(Value::new(last).slot, slot);
            assert_eq!(Value::new(end - 1).slot, slot);
            last = end;
        }
        assert_eq!(last, 1 << BITS);
    }

    #[test]
    fn histograms_add_up_and_forget() {
        let mut sum = of(0..100);
        sum.add(&of(900..1_000));
        assert_eq!((sum.count(), sum.max(), sum.percentile(50)), (200, 999, Some(99)));
        sum.add(&Histogram::default());
        assert_eq!(sum.count(), 200);
        sum.clear();
        assert_eq!((sum.count(), sum.percentile(50), sum.bars()), (0, None, Vec::new()));
        assert_eq!(sum.latencies(), LatencySummary::default());
    }

    #[test]
    fn bars_cover_what_was_counted_and_no_more() {
        let bars = of([100, 120, 130, 1_000, 30_000]).bars();
        assert_eq!((bars[0].from_ms, bars[0].to_ms, bars[0].count), (0.064, 0.128, 2));
        let last = bars.last().unwrap();
        assert_eq!((last.from_ms, last.to_ms, last.count), (16.384, 32.768, 1));
        assert_eq!(bars.iter().map(|bar| bar.count).sum::<u64>(), 5);
        assert!(bars.windows(2).all(|pair| (pair[0].to_ms - pair[1].from_ms).abs() < f64::EPSILON));
        assert_eq!(of([3]).bars()[0].from_ms, 0.0);
    }
}
