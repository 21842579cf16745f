//! Every setting of the client, its default and why.

use std::sync::Arc;
use std::time::Duration;

pub use crate::capabilities::Capabilities;
use crate::event::EventRegistry;
use crate::permission::PermissionPolicy;
pub use crate::rate_limit::Rate;
use crate::recovery::{DefaultRecovery, RecoveryStrategy};
use crate::safeguards::Safeguards;
use crate::scan::ShapeLimits;
use crate::wire::Map;

/// Settings of a [`Client`](crate::Client). Start from the default and change what you need:
///
/// ```
/// let mut config = yewdux_socket_core::Config::default();
/// config.outbox.max_events = 200;
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// The event types that the client knows. Default: those of presence. The other built-in ones are added by
    /// [`EventRegistry::add_builtin`]: their types are no part of an application that does not use them.
    pub registry: EventRegistry,
    /// Which roles may send and receive which types, and see which sensitive fields. What has no rule is denied.
    /// Default: [`PermissionPolicy::builtin`].
    pub permissions: PermissionPolicy,
    /// Topics of the application's own state, asked for in snapshots beside `presence`. The provider
    /// fills them in from the registered slices.
    pub topics: Vec<String>,
    /// Waiting before an attempt to connect.
    pub backoff: BackoffConfig,
    /// Sign of life.
    pub heartbeat: HeartbeatConfig,
    /// Time from the token to `$welcome`, and as much for the token before it. Default 10 s: an open socket
    /// behind a proxy is not a session.
    pub connect_timeout: Duration,
    /// Time for the answer to `$snapshot`, after which it is asked for again. Default 10 s.
    pub snapshot_timeout: Duration,
    /// After how long a lost connection is shown as lost. Default 5 s: a short break should not flicker.
    /// The state itself is there at once.
    pub grace: Duration,
    /// Events that `emit` accepts, and that are written; for the latter `$welcome` may lower it. Default 50/s,
    /// 100 at once.
    pub emit_rate: Rate,
    /// Emitted events that may wait for their ack at once. Default 64; lowered by `$welcome`. One organization
    /// alone takes half of it, so that none can block the others.
    pub max_in_flight: usize,
    /// Events waiting to be sent or acknowledged.
    pub outbox: OutboxConfig,
    /// How large the parts of one event may be, in both directions.
    pub shape: ShapeLimits,
    /// Limits on what comes in.
    pub inbound: InboundConfig,
    /// What becomes of events whose type is not registered. Default: they are rejected.
    pub unknown_events: UnknownEvents,
    /// When refusals by the server are a sign of abuse.
    pub refusals: RefusalConfig,
    /// What is known of the topics' entries, by topic. The provider fills it in from the registered slices.
    pub topic_entries: Map<String, TopicEntries>,
    /// What is made use of where the server offers it. Default: everything.
    pub capabilities: Capabilities,
    /// What is done about errors. Default: [`DefaultRecovery`].
    pub recovery: Arc<dyn RecoveryStrategy>,
    /// An organization's state is fetched because of unusable events at most this often. Default 30 s: a server
    /// that sends nothing but rubbish is not asked for more all the time.
    pub repair_interval: Duration,
    /// How long before a token expires a new one is handed over. Default 60 s, or half of the token's life if that
    /// is shorter.
    pub refresh_before: Duration,
    /// Whether the outbox is kept over reloads of the page. Default: no. It needs the feature `persist`; without
    /// it the slice says that memory serves.
    pub persist: bool,
    /// How long loading what an earlier page left may take. Default 5 s; afterwards memory serves.
    pub storage_timeout: Duration,
    /// The log of security-relevant events. It needs the feature `audit`.
    pub audit: AuditConfig,
    /// The performance monitor. It needs the feature `monitor`.
    pub monitor: MonitorConfig,
    pub(crate) safeguards: Safeguards,
}

#[cfg(feature = "controls")]
impl Config {
    /// Takes a safeguard out, for a simulation that is to notice.
    #[must_use]
    pub fn without(mut self, safeguard: crate::safeguards::Safeguard) -> Self {
        self.safeguards = Safeguards::without(safeguard);
        self
    }
}

/// A century: as good as for ever, and added to any reading of a clock it is one.
const LONGEST: Duration = Duration::from_hours(100 * 365 * 24);

impl Config {
    /// The same, with no span longer than a century: one that says "never" by the longest that there is must not overflow.
    pub(crate) fn bounded(mut self) -> Self {
        let spans = [
            &mut self.connect_timeout,
            &mut self.snapshot_timeout,
            &mut self.grace,
            &mut self.repair_interval,
            &mut self.refresh_before,
            &mut self.storage_timeout,
            &mut self.backoff.min,
            &mut self.backoff.max,
            &mut self.backoff.prompt,
            &mut self.backoff.stable_after,
            &mut self.heartbeat.interval,
            &mut self.heartbeat.timeout,
            &mut self.heartbeat.probe_timeout,
            &mut self.refusals.within,
            &mut self.audit.interval,
            &mut self.audit.head_interval,
        ];
        for span in spans {
            *span = LONGEST.min(*span);
        }
        self
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            registry: EventRegistry::presence(),
            permissions: PermissionPolicy::builtin(),
            topics: Vec::new(),
            backoff: BackoffConfig::default(),
            heartbeat: HeartbeatConfig::default(),
            connect_timeout: Duration::from_secs(10),
            snapshot_timeout: Duration::from_secs(10),
            grace: Duration::from_secs(5),
            emit_rate: Rate { per_second: 50.0, burst: 100 },
            max_in_flight: 64,
            outbox: OutboxConfig::default(),
            shape: ShapeLimits::default(),
            inbound: InboundConfig::default(),
            unknown_events: UnknownEvents::default(),
            refusals: RefusalConfig::default(),
            topic_entries: Map::new(),
            capabilities: Capabilities::default(),
            recovery: Arc::new(DefaultRecovery),
            repair_interval: Duration::from_secs(30),
            refresh_before: Duration::from_mins(1),
            persist: false,
            storage_timeout: Duration::from_secs(5),
            audit: AuditConfig::default(),
            monitor: MonitorConfig::default(),
            safeguards: Safeguards::default(),
        }
    }
}

/// Waiting before an attempt to connect: uniform between `min` and a cap that doubles with each attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct BackoffConfig {
    /// The shortest wait. Default 1 s.
    pub min: Duration,
    /// The largest cap. Default 30 s.
    pub max: Duration,
    /// The longest wait where a reconnection is news and no retry (back online, a failed probe, a close
    /// code from 4200 to 4299). Default 500 ms, jittered. After five such attempts without a stable connection
    /// between them the backoff counts again.
    pub prompt: Duration,
    /// How long a connection must last for the attempts to be forgotten. Default 10 s: a server that
    /// accepts and drops would be hammered.
    pub stable_after: Duration,
    /// Attempts in a row before the client gives up with `attempts_exhausted`. Default: never.
    pub max_attempts: Option<u32>,
}

impl Default for BackoffConfig {
    fn default() -> Self {
        Self {
            min: Duration::from_secs(1),
            max: Duration::from_secs(30),
            prompt: Duration::from_millis(500),
            stable_after: Duration::from_secs(10),
            max_attempts: None,
        }
    }
}

/// Sign of life: at each `interval` a ping, which must be followed by something within `timeout`.
/// With the defaults a dead link is seen within 21 s in a visible page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct HeartbeatConfig {
    /// Between two pings. Default 15 s; lowered by `$welcome`.
    pub interval: Duration,
    /// Time for the answer. Default 5 s.
    pub timeout: Duration,
    /// Time for the answer where the link is in doubt: back online, visible again, thawed, network
    /// changed, clocks disagree. Default 2 s: a socket that slept looks open.
    pub probe_timeout: Duration,
    /// How far the two clocks may drift apart since they last agreed before the link is in doubt. Default 5 s.
    pub clock_tolerance: Duration,
}

impl Default for HeartbeatConfig {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(15),
            timeout: Duration::from_secs(5),
            probe_timeout: Duration::from_secs(2),
            clock_tolerance: Duration::from_secs(5),
        }
    }
}

/// Bounds of the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutboxConfig {
    /// Events at most. Default 1 000.
    pub max_events: usize,
    /// Bytes of JSON at most. Default 1 MiB.
    pub max_bytes: usize,
    /// Bytes of one event at most. Default 64 KiB, as the OWASP WebSocket cheat sheet advises.
    pub max_event_bytes: usize,
}

impl Default for OutboxConfig {
    fn default() -> Self {
        Self { max_events: 1_000, max_bytes: 1 << 20, max_event_bytes: 64 << 10 }
    }
}

/// Limits on what comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct InboundConfig {
    /// Bytes of one frame at most. Default 1 MiB, checked before the frame is copied into wasm, whose
    /// memory never shrinks.
    pub max_frame_bytes: usize,
    /// Messages of one frame at most. Default 4 096.
    pub max_frame_messages: usize,
    /// Bytes of events that are held before `$welcome`, at most. Default 8 MiB.
    pub max_early_bytes: usize,
    /// Events that are held while one organization's snapshot is on its way, at most. Default 10 000.
    pub max_held_events: usize,
    /// Bytes of one snapshot at most, all parts together, and 40 for each entry. Default 64 MiB.
    pub max_snapshot_bytes: usize,
    /// How far an event's timestamp may lie in the server's future. Default 5 min; the past is fine,
    /// for that is what a replay is.
    pub max_future: Duration,
    /// Errors that are kept for display. Default 20.
    pub max_recent_errors: usize,
    /// What could not be used and is kept for display, without its payload, at most. Default 100.
    pub max_quarantined: usize,
}

impl Default for InboundConfig {
    fn default() -> Self {
        Self {
            max_frame_bytes: 1 << 20,
            max_frame_messages: 4_096,
            max_early_bytes: 8 << 20,
            max_held_events: 10_000,
            max_snapshot_bytes: 64 << 20,
            max_future: Duration::from_mins(5),
            max_recent_errors: 20,
            max_quarantined: 100,
        }
    }
}

/// What becomes of events whose type is not registered. Whatever it is, they pass the tenant filter first, and keep their
/// place in the organization's stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum UnknownEvents {
    /// They are counted and reported.
    #[default]
    Reject,
    /// They go into the quarantine, too.
    Quarantine,
    /// They are delivered as JSON to handlers that ask for them, unless a rule of the permission policy says who may
    /// receive them and the user may not.
    Raw,
}

/// What is known of a topic's entries.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TopicEntries {
    /// The paths of their sensitive fields.
    pub sensitive: Vec<&'static str>,
    /// The event types that keep them up to date: who may not receive each of them, gets no entries either.
    pub kept_by: Vec<&'static str>,
}

/// When refusals by the server are a sign of abuse: of a page that was tampered with, or of policies that do not agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefusalConfig {
    /// Refusals for want of permission. Default 5.
    pub count: u32,
    /// Within this time. Default 1 min.
    pub within: Duration,
}

impl Default for RefusalConfig {
    fn default() -> Self {
        Self { count: 5, within: Duration::from_mins(1) }
    }
}

/// Bounds and intervals of the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditConfig {
    /// Whether entries are handed to a sink of the application. Default: no; `SocketOptions::audit` sets it.
    pub sink: bool,
    /// Entries that are kept for display and export, and as many that wait for the sink. Default 1 000, at least 8. At the
    /// limit the oldest quarter goes, which is an entry of its own.
    pub max_entries: usize,
    /// How long drops and repeated refusals are counted before they become one entry for each reason and organization.
    /// Default 60 s. While they go on, each such span is twice as long as the one before, up to an hour, so that a
    /// flood of them does not evict what else is in the log.
    pub interval: Duration,
    /// Reasons and organizations that are told apart within an interval. Default 16; the rest is counted together.
    pub max_reasons: usize,
    /// The head of the chain goes to the server at most this often. Default 60 s.
    pub head_interval: Duration,
}

impl Default for AuditConfig {
    fn default() -> Self {
        Self {
            sink: false,
            max_entries: 1_000,
            interval: Duration::from_mins(1),
            max_reasons: 16,
            head_interval: Duration::from_mins(1),
        }
    }
}

/// What the performance monitor records, and from where on something is not healthy. Thresholds are inclusive.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct MonitorConfig {
    /// Whether anything is recorded. Default: yes; it can be switched while it runs, too.
    pub enabled: bool,
    /// Whether the stages of the pipeline appear in the browser's profiler, by User Timing. Default: no, since each costs
    /// some calls into JavaScript.
    pub user_timing: bool,
    /// Event types that are told apart, at 6 KiB each. Default 16; the rest is counted together.
    pub max_event_types: usize,
    /// How long a figure must be at or over a threshold to count. Default 3 s: one slow moment is no alarm.
    pub worse_after: Duration,
    /// How long it must be clearly under it, by a fifth, to count as better. Default 10 s.
    pub better_after: Duration,
    /// Round-trip time in milliseconds. Default 500 and 2 000.
    pub round_trip_ms: Threshold,
    /// The share of probes that were not answered, 0 to 1. Default 0.1 and 0.4: two and eight of the last twenty.
    pub packet_loss: Threshold,
    /// Errors in a minute. Default 6 and 30.
    pub errors_per_minute: Threshold,
    /// From the server's timestamp to the commit, 95th percentile of a second in milliseconds. Default 1 000 and 5 000.
    pub delivery_ms: Threshold,
    /// From the receipt to the commit, 95th percentile of a second in milliseconds. Default 250 and 1 000: a commit waits
    /// for a frame, or for 100 ms if none comes.
    pub processing_ms: Threshold,
    /// Time in a second that tasks of over 50 ms keep the page busy, in milliseconds. Default 250 and 750.
    pub long_tasks_ms: Threshold,
    /// Events that wait to be sent or acknowledged. Default 100 and 500, of 1 000 that the outbox takes.
    pub queued: Threshold,
    /// Memory of the wasm module in MiB. Default 512 and 1 024, of 4 096 that there can be.
    pub memory_mib: Threshold,
}

/// From where on a figure is bad. No figure reaches infinity or a NaN, so either switches a status off; every figure reaches 0.
/// Where `unhealthy` is the lower of the two, nothing is ever degraded: it is unhealthy at once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Threshold {
    /// From here on the health is degraded.
    pub degraded: f64,
    /// From here on it is unhealthy.
    pub unhealthy: f64,
}

impl Default for MonitorConfig {
    fn default() -> Self {
        let from = |degraded, unhealthy| Threshold { degraded, unhealthy };
        Self {
            enabled: true,
            user_timing: false,
            max_event_types: 16,
            worse_after: Duration::from_secs(3),
            better_after: Duration::from_secs(10),
            round_trip_ms: from(500.0, 2_000.0),
            packet_loss: from(0.1, 0.4),
            errors_per_minute: from(6.0, 30.0),
            delivery_ms: from(1_000.0, 5_000.0),
            processing_ms: from(250.0, 1_000.0),
            long_tasks_ms: from(250.0, 750.0),
            queued: from(100.0, 500.0),
            memory_mib: from(512.0, 1_024.0),
        }
    }
}
