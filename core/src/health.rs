//! How well the connection does.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How many probes packet loss and percentiles are taken from.
const PROBES: usize = 20;
/// A new measurement is so little a part of the smoothed latency, as TCP weighs its round-trip time (RFC 6298).
const SMOOTHING: u32 = 8;
/// Errors are counted in slices of this length.
const SLICE: Duration = Duration::from_secs(5);
/// How many slices make the minute that the error rate is about.
const SLICES: usize = 12;

/// How well the connection does.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ConnectionHealth {
    /// Smoothed round-trip time of this connection in milliseconds, once measured.
    pub latency_ms: Option<f64>,
    /// Median round-trip time of the last 20 probes in milliseconds, those of earlier connections included.
    pub latency_p50_ms: Option<f64>,
    /// Their 95th percentile in milliseconds.
    pub latency_p95_ms: Option<f64>,
    /// The share of the last 20 probes that were not answered, 0 to 1, once there was one.
    pub packet_loss: Option<f64>,
    /// Of how many probes that is the share: 20 once there were so many.
    pub probes: u32,
    /// Errors of any class in the last minute.
    pub errors_per_minute: u32,
    /// How long there was no connection since the first one was made, all together, in milliseconds.
    pub downtime_ms: u64,
    /// How often a connection was made again after a loss.
    pub reconnects: u64,
}

/// Measures the health of the connection. It outlives the single connection.
#[derive(Debug, Default)]
pub(crate) struct Health {
    smoothed: Option<Duration>,
    /// Probes of this connection that wait for their answer.
    waiting: Vec<(u64, Duration)>,
    /// The latest probes: their round-trip times, or none if they were not answered.
    probes: Vec<Option<Duration>>,
    errors: [u32; SLICES],
    slice: u64,
    was_connected: bool,
    down_since: Option<Duration>,
    downtime: Duration,
    reconnects: u64,
}

impl Health {
    /// A probe was sent. Earlier ones that have waited longer than `patience` count as lost.
    pub(crate) fn probed(&mut self, id: u64, now: Duration, patience: Duration) {
        self.give_up(now, patience);
        self.waiting.push((id, now));
    }

    /// The answer to a probe came in. Returns its round-trip time, unless nobody waits for it.
    pub(crate) fn answered(&mut self, id: u64, now: Duration) -> Option<Duration> {
        let index = self.waiting.iter().position(|(waiting, _)| *waiting == id)?;
        let (_, at) = self.waiting.remove(index);
        let round_trip = now.saturating_sub(at);
        self.keep(Some(round_trip));
        self.smoothed = Some(match self.smoothed {
            None => round_trip,
            Some(smoothed) => (smoothed * (SMOOTHING - 1) + round_trip) / SMOOTHING,
        });
        Some(round_trip)
    }

    /// The server said `$welcome`.
    pub(crate) fn connected(&mut self, now: Duration) {
        if let Some(since) = self.down_since.take() {
            self.downtime += now.saturating_sub(since);
        }
        self.reconnects += u64::from(self.was_connected);
        self.was_connected = true;
    }

    /// The connection is gone. Probes that had waited for `patience` are lost; of younger ones nobody knows.
    /// Without a connection that is `wanted`, no time counts as downtime.
    pub(crate) fn disconnected(&mut self, now: Duration, patience: Duration, wanted: bool) {
        self.give_up(now, patience);
        self.waiting.clear();
        self.smoothed = None;
        if wanted && self.was_connected {
            self.down_since.get_or_insert(now);
        } else if let Some(since) = self.down_since.take() {
            self.downtime += now.saturating_sub(since);
        }
    }

    /// Something went wrong.
    pub(crate) fn error(&mut self, now: Duration) {
        self.turn_to(now);
        let errors = &mut self.errors[index(self.slice)];
        *errors = errors.saturating_add(1);
    }

    /// The smoothed round-trip time of this connection.
    pub(crate) fn latency(&self) -> Option<Duration> {
        self.smoothed
    }

    /// All figures.
    pub(crate) fn report(&self, now: Duration) -> ConnectionHealth {
        // They are few, and a page without another sort does without the standard library's.
        let mut answered = Vec::with_capacity(self.probes.len());
        for probe in self.probes.iter().flatten() {
            answered.insert(answered.partition_point(|other| other <= probe), *probe);
        }
        let lost = self.probes.len() - answered.len();
        let down = self.down_since.map_or(Duration::ZERO, |since| now.saturating_sub(since));
        #[expect(clippy::cast_precision_loss, reason = "at most 20")]
        let share = |part: usize, whole: usize| part as f64 / whole as f64;
        ConnectionHealth {
            latency_ms: self.smoothed.map(millis),
            latency_p50_ms: percentile(&answered, 50).map(millis),
            latency_p95_ms: percentile(&answered, 95).map(millis),
            packet_loss: (!self.probes.is_empty()).then(|| share(lost, self.probes.len())),
            probes: u32::try_from(self.probes.len()).unwrap_or(u32::MAX),
            errors_per_minute: self.errors_until(now),
            downtime_ms: u64::try_from((self.downtime + down).as_millis()).unwrap_or(u64::MAX),
            reconnects: self.reconnects,
        }
    }

    fn give_up(&mut self, now: Duration, patience: Duration) {
        while self.waiting.first().is_some_and(|(_, at)| now.saturating_sub(*at) >= patience) {
            self.waiting.remove(0);
            self.keep(None);
        }
    }

    fn keep(&mut self, probe: Option<Duration>) {
        if self.probes.len() == PROBES {
            self.probes.remove(0);
        }
        self.probes.push(probe);
    }

    /// Clears the slices that have come round again.
    fn turn_to(&mut self, now: Duration) {
        let slice = slice(now);
        for passed in (self.slice + 1..=slice).take(SLICES) {
            self.errors[index(passed)] = 0;
        }
        self.slice = self.slice.max(slice);
    }

    fn errors_until(&self, now: Duration) -> u32 {
        let oldest = (slice(now) + 1).saturating_sub(SLICES as u64);
        (oldest..=self.slice).map(|slice| self.errors[index(slice)]).sum()
    }
}

fn slice(now: Duration) -> u64 {
    now.as_secs() / SLICE.as_secs()
}

#[expect(clippy::cast_possible_truncation, reason = "a remainder below 12")]
fn index(slice: u64) -> usize {
    (slice % SLICES as u64) as usize
}

/// The value that so many per cent of a sorted list do not exceed (nearest rank).
fn percentile(sorted: &[Duration], percent: usize) -> Option<Duration> {
    sorted.get((sorted.len() * percent).div_ceil(100).saturating_sub(1)).copied()
}

pub(crate) fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(5);

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn latency_is_measured_and_smoothed() {
        let mut subject = Health::default();
        subject.probed(1, secs(0), PATIENCE);
        assert_eq!(subject.answered(9, secs(1)), None, "an unknown answer measures nothing");
        assert_eq!(subject.answered(1, ms(80)), Some(ms(80)));
        assert_eq!(subject.answered(1, secs(1)), None, "an answer counts once");
        subject.probed(2, secs(15), PATIENCE);
        subject.answered(2, secs(15) + ms(160));
        assert_eq!(subject.latency(), Some(ms(90)));
        let report = subject.report(secs(16));
        assert_eq!((report.latency_p50_ms, report.latency_p95_ms), (Some(80.0), Some(160.0)));
        assert_eq!(report.packet_loss, Some(0.0));
    }

    #[test]
    fn loss_is_the_share_of_the_last_twenty_probes() {
        let mut subject = Health::default();
        assert_eq!(subject.report(secs(0)).packet_loss, None);
        for id in 0..30 {
            subject.probed(id, secs(id * 10), PATIENCE);
            if id % 4 != 0 {
                subject.answered(id, secs(id * 10) + ms(id));
            }
        }
        // Of 8 to 29 without 28, which may still be answered: 20 decided ones are 9 to 29.
        let report = subject.report(secs(300));
        assert_eq!((report.packet_loss, report.probes), (Some(0.25), 20));
        assert_eq!(report.latency_p95_ms, Some(29.0));
    }

    #[test]
    fn a_probe_that_was_young_when_the_connection_went_is_not_lost() {
        let mut subject = Health::default();
        subject.probed(1, secs(0), PATIENCE);
        subject.probed(2, secs(4), PATIENCE);
        subject.disconnected(secs(5), PATIENCE, true);
        assert_eq!(subject.report(secs(5)).packet_loss, Some(1.0), "one probe counts");
        assert_eq!(subject.answered(2, secs(6)), None);
    }

    #[test]
    fn downtime_begins_with_a_loss_and_counts_while_it_lasts() {
        let mut subject = Health::default();
        subject.disconnected(secs(1), PATIENCE, true);
        assert_eq!(subject.report(secs(5)).downtime_ms, 0, "there was nothing to lose yet");
        subject.connected(secs(5));
        subject.disconnected(secs(10), PATIENCE, true);
        subject.disconnected(secs(12), PATIENCE, true);
        assert_eq!(subject.report(secs(13)).downtime_ms, 3_000);
        subject.connected(secs(14));
        let report = subject.report(secs(20));
        assert_eq!((report.downtime_ms, report.reconnects), (4_000, 1));
        subject.disconnected(secs(30), PATIENCE, false);
        assert_eq!(subject.report(secs(99)).downtime_ms, 4_000, "nobody wants a connection");
        subject.connected(secs(100));
        subject.disconnected(secs(110), PATIENCE, true);
        subject.disconnected(secs(115), PATIENCE, false);
        assert_eq!(subject.report(secs(199)).downtime_ms, 9_000, "nobody wants it any more");
    }

    #[test]
    fn errors_count_for_a_minute() {
        let mut subject = Health::default();
        subject.error(secs(2));
        subject.error(secs(31));
        assert_eq!(subject.report(secs(58)).errors_per_minute, 2);
        assert_eq!(subject.report(secs(61)).errors_per_minute, 1);
        subject.error(secs(64));
        assert_eq!(subject.report(secs(64)).errors_per_minute, 2);
        subject.error(secs(10_000));
        assert_eq!(subject.report(secs(10_000)).errors_per_minute, 1);
    }
}
