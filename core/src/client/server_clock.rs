//! The server's clock, carried on by the steady one: the wall clock may be wrong and may be set.

use std::time::Duration;

use crate::time::Timestamp;

/// How far two clocks may drift apart, in millionths: as fast as `adjtime` has a clock run that is to be corrected.
const DRIFT_PER_MILLION: u32 = 500;

/// A reading of the server's clock, and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ServerClock {
    at: Duration,
    read: Timestamp,
    /// By how much it may be wrong, either way, when it was taken.
    uncertainty: Duration,
}

impl ServerClock {
    /// What the server read within a round trip that has just ended. When in it is not known: a pong may have waited behind
    /// events, a ping before a busy server. In the middle is wrong by half of it at most.
    pub(super) fn read(read: Timestamp, round_trip: Duration, now: Duration) -> Self {
        let uncertainty = round_trip / 2;
        Self { at: now.saturating_sub(uncertainty), read, uncertainty }
    }

    pub(super) fn now(self, monotonic: Duration) -> Timestamp {
        let passed =
            i64::try_from(monotonic.saturating_sub(self.at).as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_millis(self.read.as_millis().saturating_add(passed))
    }

    /// The better of this reading and a later one: the surer one. If they contradict each other, a clock was set or the
    /// device slept, and the later one counts.
    pub(super) fn or_later(self, later: Self) -> Self {
        let age = later.at.saturating_sub(self.at);
        let drift = age.saturating_mul(DRIFT_PER_MILLION) / 1_000_000;
        let uncertainty = self.uncertainty.saturating_add(drift);
        // Timestamps are whole milliseconds.
        let within =
            uncertainty.saturating_add(later.uncertainty).saturating_add(Duration::from_millis(1));
        let apart = self.now(later.at).as_millis().abs_diff(later.read.as_millis());
        let agree = u128::from(apart) <= within.as_millis();
        if agree && uncertainty < later.uncertainty { self } else { later }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// The server is 5 s ahead. What it read is the time at which it did so.
    fn reading(sent: u64, read: i64, received: u64) -> ServerClock {
        let round_trip = Duration::from_millis(received - sent);
        let read = Timestamp::from_millis(read + 5_000);
        ServerClock::read(read, round_trip, Duration::from_millis(received))
    }

    #[test]
    fn a_pong_that_waited_behind_events_does_not_set_the_clock_back() {
        let quiet = reading(0, 2, 4);
        let behind_events = reading(1_000, 1_002, 1_400);
        assert_eq!(quiet.or_later(behind_events), quiet);
        assert_eq!(quiet.now(2 * SECOND), Timestamp::from_millis(7_000));
        let as_quiet = reading(2_000, 2_001, 2_004);
        assert_eq!(quiet.or_later(as_quiet), as_quiet);
    }

    #[test]
    fn what_is_not_sure_counts_until_there_is_better_and_what_was_sure_ages() {
        let busy = reading(0, 2, 400);
        let quiet = reading(1_000, 1_002, 1_004);
        assert_eq!(busy.or_later(quiet), quiet);
        // In 200 s, 100 ms may have come together.
        let much_later = reading(200_000, 200_050, 200_150);
        assert_eq!(quiet.or_later(much_later), much_later);
    }

    #[test]
    fn a_clock_that_was_set_is_believed_at_once() {
        let before = reading(0, 2, 4);
        for set in [2_000 - 3_600_000, 2_000 + 3_600_000] {
            let after = reading(1_900, set, 2_100);
            assert_eq!(before.or_later(after), after, "{set}");
        }
    }

    #[test]
    fn extremes_do_not_overflow() {
        let (before, never) = (reading(0, 2, 4), Timestamp::from_millis(i64::MAX));
        let extreme = ServerClock::read(never, Duration::MAX, Duration::MAX);
        assert_eq!(before.or_later(extreme), before);
    }
}
