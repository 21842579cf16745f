//! A token bucket: so many events per second in the long run, so many at once after a rest.

use std::time::Duration;

/// What a token bucket lets through.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Events per second in the long run.
    pub per_second: f64,
    /// Events at once after a rest.
    pub burst: u32,
}

/// A token bucket on the caller's clock.
#[derive(Debug, Clone)]
pub(crate) struct TokenBucket {
    rate: Rate,
    tokens: f64,
    filled_at: Duration,
}

impl TokenBucket {
    /// A full bucket.
    pub(crate) fn new(rate: Rate, now: Duration) -> Self {
        Self { rate, tokens: f64::from(rate.burst), filled_at: now }
    }

    /// Takes one token, or says how long it will be until there is one.
    pub(crate) fn take(&mut self, now: Duration) -> Result<(), Duration> {
        let passed = now.saturating_sub(self.filled_at).as_secs_f64();
        self.filled_at = now;
        self.tokens = (self.tokens + passed * self.rate.per_second).min(f64::from(self.rate.burst));
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        // A rate of zero never fills the bucket; an hour is as good as never and fits every timer.
        let wait = (1.0 - self.tokens) / self.rate.per_second;
        Err(Duration::from_secs_f64(if wait.is_finite() {
            wait.clamp(0.001, 3_600.0)
        } else {
            3_600.0
        }))
    }

    /// Gives a token back that was not used.
    pub(crate) fn give_back(&mut self) {
        self.tokens = (self.tokens + 1.0).min(f64::from(self.rate.burst));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { per_second: 10.0, burst: 3 };

    #[test]
    fn a_burst_then_the_rate() {
        let mut bucket = TokenBucket::new(RATE, Duration::ZERO);
        let granted = (0..100).filter(|_| bucket.take(Duration::ZERO).is_ok()).count();
        assert_eq!(granted, 3);
        let wait = bucket.take(Duration::ZERO).unwrap_err();
        assert_eq!(wait, Duration::from_millis(100));
        assert!(bucket.take(wait).is_ok(), "the wait that it names is enough");
        assert!(bucket.take(wait).is_err());
    }

    #[test]
    fn a_rest_fills_it_no_further_than_the_burst() {
        let mut bucket = TokenBucket::new(RATE, Duration::ZERO);
        let late = Duration::from_secs(1_000);
        assert_eq!((0..100).filter(|_| bucket.take(late).is_ok()).count(), 3);
    }

    #[test]
    fn a_rate_of_zero_waits_and_does_not_panic() {
        let mut bucket = TokenBucket::new(Rate { per_second: 0.0, burst: 0 }, Duration::ZERO);
        assert_eq!(bucket.take(Duration::ZERO), Err(Duration::from_hours(1)));
    }

    #[test]
    fn a_token_given_back_is_there_again_and_never_more_than_a_full_bucket() {
        let mut bucket = TokenBucket::new(RATE, Duration::ZERO);
        bucket.give_back();
        assert_eq!((0..100).filter(|_| bucket.take(Duration::ZERO).is_ok()).count(), 3);
        bucket.give_back();
        assert!(bucket.take(Duration::ZERO).is_ok() && bucket.take(Duration::ZERO).is_err());
    }
}
