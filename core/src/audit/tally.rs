//! What is counted before it becomes an entry, so that a flood of it does not evict the log.

use std::time::Duration;

use litemap::LiteMap;

use super::entry::{AuditAction, EntityKind};
use super::log::{Draft, Tenant};
use crate::config::AuditConfig;

/// What the reasons over the limit are counted as.
const OTHER: &str = "other";
/// Longest span that is counted together.
const LONGEST: Duration = Duration::from_hours(1);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Reason {
    action: AuditAction,
    code: String,
    tenant: Tenant,
}

/// Counts by reason and organization.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    counts: LiteMap<Reason, u64>,
    /// When they become entries.
    due: Option<Duration>,
    /// How long the span is that ends then.
    span: Duration,
}

impl Tally {
    /// Counts a message that was dropped.
    pub(crate) fn dropped(
        &mut self,
        now: Duration,
        config: &AuditConfig,
        code: &str,
        tenant: Tenant,
    ) {
        self.count(
            now,
            config,
            Reason { action: AuditAction::Drop, code: code.to_owned(), tenant },
            1,
        );
    }

    /// Counts a denial, unless it is the first of its kind in this span, which becomes an entry at once.
    pub(crate) fn denied(
        &mut self,
        now: Duration,
        config: &AuditConfig,
        code: &str,
        tenant: Tenant,
    ) -> bool {
        let reason = Reason { action: AuditAction::Deny, code: code.to_owned(), tenant };
        if self.counts.contains_key(&reason) || self.counts.len() >= config.max_reasons {
            self.count(now, config, reason, 1);
            return false;
        }
        self.count(now, config, reason, 0);
        true
    }

    fn count(&mut self, now: Duration, config: &AuditConfig, mut reason: Reason, number: u64) {
        if !self.counts.contains_key(&reason) && self.counts.len() >= config.max_reasons {
            reason = Reason { code: OTHER.to_owned(), tenant: Tenant::None, ..reason };
        }
        let counted = self.counts.entry(reason).or_default();
        *counted = counted.saturating_add(number);
        if self.due.is_none() {
            self.span = self.span.max(config.interval);
            self.due = Some(now.saturating_add(self.span));
        }
    }

    /// When something becomes an entry.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.due
    }

    /// What is due. The next span is twice as long; one in which nothing was counted brings the first length back.
    pub(crate) fn due(&mut self, now: Duration) -> Vec<Draft> {
        if self.due.is_none_or(|due| now < due) {
            return Vec::new();
        }
        let drafts = self.take();
        self.due = None;
        if drafts.is_empty() {
            self.span = Duration::ZERO;
        } else {
            self.span = (self.span * 2).min(LONGEST);
            self.due = Some(now.saturating_add(self.span));
        }
        drafts
    }

    /// All that was counted, due or not.
    pub(crate) fn take(&mut self) -> Vec<Draft> {
        let counts = std::mem::take(&mut self.counts).into_tuple_vec().into_iter();
        let draft = |(reason, count): (Reason, u64)| {
            let failure = Draft::failure(reason.action, EntityKind::Event, &reason.code);
            failure.of(reason.tenant).times(count)
        };
        counts.filter(|(_, count)| *count > 0).map(draft).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn described(drafts: &[Draft]) -> Vec<(&str, u64)> {
        let of = |draft: &'_ Draft| draft.count.unwrap_or(1);
        let code = |draft: &'_ Draft| match draft.outcome.detail.as_deref() {
            Some("a") => "a",
            Some("b") => "b",
            Some("other") => "other",
            _ => "?",
        };
        drafts.iter().map(|draft| (code(draft), of(draft))).collect()
    }

    #[test]
    fn drops_are_counted_by_reason_and_the_rest_together() {
        let config = AuditConfig { max_reasons: 2, ..AuditConfig::default() };
        let mut tally = Tally::default();
        for code in ["a", "b", "a", "c", "d", "a"] {
            tally.dropped(secs(5), &config, code, Tenant::None);
        }
        assert_eq!(tally.deadline(), Some(secs(65)));
        assert!(tally.due(secs(64)).is_empty());
        assert_eq!(described(&tally.due(secs(65))), [("a", 3), ("b", 1), ("other", 2)]);
    }

    #[test]
    fn a_flood_is_counted_over_ever_longer_spans() {
        let config = AuditConfig::default();
        let (mut tally, mut entries) = (Tally::default(), 0);
        for second in 0..24 * 3_600 {
            tally.dropped(secs(second), &config, "a", Tenant::None);
            entries += tally.due(secs(second)).len();
        }
        assert!((20..40).contains(&entries), "{entries} entries for a day of one reason");

        let end = tally.deadline().unwrap();
        tally.due(end);
        let quiet = tally.deadline().unwrap();
        assert!(tally.due(quiet).is_empty());
        assert_eq!(tally.deadline(), None, "nothing is waited for in vain");
        tally.dropped(quiet, &config, "a", Tenant::None);
        assert_eq!(
            tally.deadline(),
            Some(quiet + config.interval),
            "quiet brings the interval back"
        );
    }

    #[test]
    fn the_first_denial_is_an_entry_and_its_repetitions_are_counted() {
        let config = AuditConfig::default();
        let mut tally = Tally::default();
        let mut deny = |code| tally.denied(secs(0), &config, code, Tenant::None);
        assert_eq!([deny("a"), deny("a"), deny("b"), deny("a")], [true, false, true, false]);
        assert_eq!(described(&tally.due(secs(60))), [("a", 2)]);
    }
}
