//! Whether the connection is alive.

use std::time::Duration;

use crate::config::HeartbeatConfig;

/// When the first ping is sent after `$welcome`. Sent at once, its answer would wait behind the page's first
/// snapshot and rendering, and the latency would be that of the page and not of the link.
const FIRST_PING: Duration = Duration::from_secs(1);

/// What the heartbeat wants done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beat {
    /// Send a `$ping` with this id.
    Ping(u64),
    /// The other side is gone.
    Dead,
}

/// Heartbeat of one connection. Any inbound frame counts as a sign of life.
#[derive(Debug)]
pub(crate) struct Heartbeat {
    config: HeartbeatConfig,
    next_id: u64,
    next_ping: Duration,
    /// By when something must have come in.
    answer_by: Option<Duration>,
    /// Whether the answer is awaited because of a doubt and not by routine.
    probing: bool,
}

impl Heartbeat {
    pub(crate) fn new(config: HeartbeatConfig, now: Duration) -> Self {
        Self { config, next_id: 0, next_ping: now + FIRST_PING, answer_by: None, probing: false }
    }

    /// Something came in.
    pub(crate) fn inbound(&mut self) {
        self.answer_by = None;
        self.probing = false;
    }

    /// The link is in doubt: asks for a sign of life within the short probe time.
    pub(crate) fn probe(&mut self, now: Duration) -> Beat {
        self.probing = true;
        let by = now + self.config.probe_timeout;
        self.answer_by = Some(self.answer_by.map_or(by, |earlier| earlier.min(by)));
        self.ping(now)
    }

    /// Whether the link is in doubt. Nothing that matters should be written into it now.
    pub(crate) fn is_probing(&self) -> bool {
        self.probing
    }

    /// What is due now. Call again until it returns `None`.
    pub(crate) fn poll(&mut self, now: Duration) -> Option<Beat> {
        if self.answer_by.is_some_and(|by| now >= by) {
            return Some(Beat::Dead);
        }
        if self.answer_by.is_none() && now >= self.next_ping {
            self.answer_by = Some(now + self.config.timeout);
            return Some(self.ping(now));
        }
        None
    }

    /// When [`Heartbeat::poll`] has something to say.
    pub(crate) fn deadline(&self) -> Duration {
        self.answer_by.unwrap_or(self.next_ping)
    }

    fn ping(&mut self, now: Duration) -> Beat {
        self.next_id += 1;
        // Routine pings do not wait for silence, so that the latency stays known while the server talks.
        self.next_ping = now + self.config.interval;
        Beat::Ping(self.next_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn started() -> Heartbeat {
        let mut heartbeat = Heartbeat::new(HeartbeatConfig::default(), secs(99));
        assert_eq!(
            heartbeat.poll(secs(100)),
            Some(Beat::Ping(1)),
            "the first ping measures the latency"
        );
        heartbeat.inbound();
        heartbeat
    }

    #[test]
    fn a_silent_link_is_dead_within_the_bound() {
        let mut subject = started();
        assert_eq!(subject.poll(secs(114)), None);
        assert_eq!(subject.deadline(), secs(115));
        assert_eq!(subject.poll(secs(115)), Some(Beat::Ping(2)));
        assert_eq!(subject.poll(secs(119)), None);
        assert_eq!(
            subject.poll(secs(120)),
            Some(Beat::Dead),
            "15 s of silence and 5 s for the answer"
        );
    }

    #[test]
    fn the_first_ping_is_due_soon_however_young_the_clock_is() {
        let mut subject = Heartbeat::new(HeartbeatConfig::default(), Duration::ZERO);
        assert_eq!(subject.poll(Duration::ZERO), None);
        assert_eq!(subject.deadline(), FIRST_PING);
        assert_eq!(subject.poll(FIRST_PING), Some(Beat::Ping(1)));
    }

    #[test]
    fn any_inbound_frame_counts() {
        let mut subject = started();
        subject.poll(secs(115));
        subject.inbound();
        assert_eq!(subject.poll(secs(121)), None);
    }

    #[test]
    fn a_probe_waits_less_and_is_over_with_any_frame() {
        let mut subject = started();
        assert!(matches!(subject.probe(secs(105)), Beat::Ping(_)));
        assert!(subject.is_probing());
        assert_eq!(subject.poll(secs(106)), None);
        subject.inbound();
        assert!(!subject.is_probing());
        subject.probe(secs(107));
        assert_eq!(subject.poll(secs(109)), Some(Beat::Dead), "2 s for the answer");
    }

    #[test]
    fn a_probe_gives_no_more_time_to_a_ping_that_is_not_answered() {
        let mut subject = started();
        subject.poll(secs(115));
        subject.probe(secs(119));
        assert_eq!(subject.poll(secs(120)), Some(Beat::Dead));
    }

    #[test]
    fn a_talking_server_is_still_pinged_for_the_latency() {
        let mut subject = started();
        for second in 101..115 {
            subject.inbound();
            assert_eq!(subject.poll(secs(second)), None);
        }
        subject.inbound();
        assert!(matches!(subject.poll(secs(115)), Some(Beat::Ping(_))));
    }
}
