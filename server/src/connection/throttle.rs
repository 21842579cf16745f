//! Holds back a connection that sends faster than allowed.
//!
//! An event over the rate is not refused: a refused event is lost work. It is read later, and the pressure
//! reaches the sender through the network. Only who keeps pushing is sent away.

use std::time::Duration;

use tokio::time::Instant;

/// A token bucket that may go into debt by what was just read.
#[derive(Debug)]
pub(super) struct Throttle {
    per_second: f64,
    burst: f64,
    tokens: f64,
    at: Instant,
    /// Since when every message had to wait.
    held_since: Option<Instant>,
}

impl Throttle {
    pub(super) fn new(per_second: f64, burst: f64, now: Instant) -> Self {
        let (per_second, burst) = (per_second.max(0.1), burst.max(1.0));
        Self { per_second, burst, tokens: burst, at: now, held_since: None }
    }

    /// Takes one message. Returns how long to wait before it is handled.
    pub(super) fn take(&mut self, now: Instant) -> Duration {
        let refill = now.saturating_duration_since(self.at).as_secs_f64() * self.per_second;
        self.tokens = (self.tokens + refill).min(self.burst) - 1.0;
        self.at = now;
        if self.tokens >= 0.0 {
            self.held_since = None;
            return Duration::ZERO;
        }
        self.held_since.get_or_insert(now);
        Duration::from_secs_f64(-self.tokens / self.per_second)
    }

    /// Takes one message if it need not wait; otherwise it costs nothing.
    pub(super) fn try_take(&mut self, now: Instant) -> bool {
        let takes = self.take(now).is_zero();
        if !takes {
            self.tokens += 1.0;
        }
        takes
    }

    /// For how long without a pause messages have had to wait.
    pub(super) fn held_for(&self, now: Instant) -> Duration {
        self.held_since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_the_rest_waits() {
        let mut now = Instant::now();
        let mut throttle = Throttle::new(10.0, 3.0, now);
        assert!((0..3).all(|_| throttle.take(now).is_zero()));
        for _ in 0..20 {
            let wait = throttle.take(now);
            assert!((wait.as_secs_f64() - 0.1).abs() < 0.001, "{wait:?}");
            now += wait;
        }
        assert!(throttle.held_for(now) >= Duration::from_millis(1_900));
        now += Duration::from_secs(1);
        assert!(throttle.take(now).is_zero());
        assert!(throttle.held_for(now).is_zero(), "a pause is forgiven");
    }

    #[test]
    fn who_keeps_the_rate_never_waits() {
        let mut now = Instant::now();
        let mut throttle = Throttle::new(62.5, 125.0, now);
        for _ in 0..1_000 {
            assert!(throttle.take(now).is_zero());
            now += Duration::from_millis(20);
        }
    }
}
