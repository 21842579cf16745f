//! Refusals by the server: one is a mistake, many in a short time are a sign of abuse.

use std::time::Duration;

use crate::config::RefusalConfig;
use crate::error::PermissionError;

/// When the server refused something for want of permission.
#[derive(Debug, Default)]
pub(crate) struct Refusals(Vec<Duration>);

impl Refusals {
    /// Counts one. With it there may be too many; then the count begins anew.
    pub(crate) fn count(
        &mut self,
        now: Duration,
        config: &RefusalConfig,
    ) -> Option<PermissionError> {
        self.0.push(now);
        self.0.retain(|at| now.saturating_sub(*at) <= config.within);
        let refusals = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        if refusals < config.count.max(1) {
            return None;
        }
        self.0.clear();
        Some(PermissionError::RefusedRepeatedly { refusals, within_s: config.within.as_secs() })
    }

    /// Another user begins with none.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_in_a_short_time_are_told_once() {
        let config = RefusalConfig { count: 3, within: Duration::from_secs(10) };
        let mut refusals = Refusals::default();
        let mut at = |seconds| refusals.count(Duration::from_secs(seconds), &config).is_some();
        let told: Vec<_> = [0, 6, 11, 12, 16, 17, 18, 19].map(&mut at).into();
        // 0 is too old at 11; 6, 11 and 12 are three; then 16, 17 and 18.
        assert_eq!(told, [false, false, false, true, false, false, true, false]);
    }

    #[test]
    fn a_limit_of_nothing_is_one_of_one() {
        let config = RefusalConfig { count: 0, within: Duration::ZERO };
        assert!(Refusals::default().count(Duration::ZERO, &config).is_some());
    }
}
