//! How long to wait before the next attempt to connect.

use std::time::Duration;

use rand_core::Rng;

use crate::config::BackoffConfig;

/// Prompt attempts in a row that led to no stable connection, at most. Beyond them they are no news any
/// more, and a server that closes whatever it opens would be hammered.
const MAX_PROMPT: u32 = 5;

/// Never at once: a transport that fails at once would keep the page busy for good.
const SHORTEST: Duration = Duration::from_millis(1);

/// Exponential backoff with full jitter above a minimum.
///
/// The delay is drawn uniformly between the minimum and a cap that doubles with each attempt. The cap is
/// applied *before* the jitter: clients that all wait the maximum would otherwise come back together,
/// which is when a whole ward reconnects.
#[derive(Debug, Clone, Default)]
pub(crate) struct Backoff {
    attempts: u32,
    prompt: u32,
}

impl Backoff {
    /// Attempts since the last reset.
    pub(crate) fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Counts an attempt and says how long to wait before it.
    pub(crate) fn next_delay(&mut self, config: &BackoffConfig, rng: &mut impl Rng) -> Duration {
        let factor = 2u32.saturating_pow(self.attempts.saturating_add(1).min(31));
        let min = config.min.max(SHORTEST);
        let cap = min.saturating_mul(factor).min(config.max).max(min);
        self.attempts = self.attempts.saturating_add(1);
        uniform(min, cap, rng)
    }

    /// Counts an attempt that is news and not a retry: within `config.prompt`, without backoff.
    pub(crate) fn prompt_delay(&mut self, config: &BackoffConfig, rng: &mut impl Rng) -> Duration {
        if self.prompt == MAX_PROMPT {
            return self.next_delay(config, rng);
        }
        self.prompt += 1;
        self.attempts = self.attempts.saturating_add(1);
        Self::hurried_delay(config, rng)
    }

    /// The delay of an attempt that was counted already and shall come sooner.
    pub(crate) fn hurried_delay(config: &BackoffConfig, rng: &mut impl Rng) -> Duration {
        uniform(Duration::ZERO, config.prompt, rng)
    }

    /// Forgets the attempts, after a connection proved stable.
    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }
}

fn uniform(low: Duration, high: Duration, rng: &mut impl Rng) -> Duration {
    low + high.saturating_sub(low).saturating_mul(rng.next_u32()) / u32::MAX
}

#[cfg(test)]
mod tests {
    use chacha20::ChaCha8Rng;
    use rand_core::SeedableRng;

    use super::*;

    fn delays(attempt: u32) -> Vec<Duration> {
        let config = BackoffConfig::default();
        (0..500)
            .map(|seed| {
                Backoff { attempts: attempt, prompt: 0 }
                    .next_delay(&config, &mut ChaCha8Rng::seed_from_u64(seed))
            })
            .collect()
    }

    #[test]
    fn the_cap_doubles_up_to_thirty_seconds_and_keeps_its_jitter() {
        for (attempt, cap) in [(0, 2), (1, 4), (2, 8), (3, 16), (4, 30), (20, 30), (u32::MAX, 30)] {
            let delays = delays(attempt);
            let (min, max) = (*delays.iter().min().unwrap(), *delays.iter().max().unwrap());
            assert!(
                min >= Duration::from_secs(1) && max <= Duration::from_secs(cap),
                "attempt {attempt}"
            );
            assert!(
                max > Duration::from_secs(cap).mul_f64(0.95),
                "attempt {attempt} uses the whole range"
            );
            assert!(
                min < Duration::from_secs(1) + Duration::from_secs(cap).mul_f64(0.05),
                "attempt {attempt}"
            );
        }
    }

    #[test]
    fn there_is_always_a_wait() {
        let config =
            BackoffConfig { min: Duration::ZERO, max: Duration::ZERO, ..BackoffConfig::default() };
        let delay = Backoff::default().next_delay(&config, &mut ChaCha8Rng::seed_from_u64(1));
        assert_eq!(delay, SHORTEST);
    }

    #[test]
    fn attempts_count_until_the_reset() {
        let (config, mut rng) = (BackoffConfig::default(), ChaCha8Rng::seed_from_u64(1));
        let mut backoff = Backoff::default();
        backoff.next_delay(&config, &mut rng);
        assert!(backoff.prompt_delay(&config, &mut rng) <= config.prompt);
        assert_eq!(backoff.attempts(), 2);
        backoff.reset();
        assert_eq!(backoff.attempts(), 0);
    }

    #[test]
    fn news_without_end_are_no_news() {
        let (config, mut rng) = (BackoffConfig::default(), ChaCha8Rng::seed_from_u64(1));
        let mut backoff = Backoff::default();
        let mut delay = || backoff.prompt_delay(&config, &mut rng);
        assert!((0..MAX_PROMPT).all(|_| delay() <= config.prompt));
        assert!((0..5).all(|_| delay() >= config.min), "from here on with backoff");
    }
}
