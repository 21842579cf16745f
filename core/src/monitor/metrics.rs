//! The counters: what the client did since it was made.

use serde::{Deserialize, Serialize};

/// What the client counted since it was made. All figures are totals unless their name says otherwise.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct PerformanceMetrics {
    /// Smoothed round-trip time in milliseconds, once measured.
    pub latency_ms: Option<f64>,
    /// Messages received: a frame may hold several.
    pub messages_received: u64,
    /// Frames received.
    pub frames_received: u64,
    /// Bytes received.
    pub bytes_received: u64,
    /// Frames sent.
    pub frames_sent: u64,
    /// Bytes sent.
    pub bytes_sent: u64,
    /// Events delivered to slices and handlers.
    pub events_delivered: u64,
    /// Events dropped because of their organization.
    pub dropped_foreign: u64,
    /// Events dropped because they had come before.
    pub dropped_duplicate: u64,
    /// Events dropped because the user may not receive their type.
    pub dropped_not_permitted: u64,
    /// Events of which the client left out what the server should have.
    pub redacted: u64,
    /// Events dropped because no such type is registered.
    pub dropped_unknown: u64,
    /// Messages dropped because they are malformed or failed validation.
    pub dropped_invalid: u64,
    /// Events accepted by `emit`.
    pub events_emitted: u64,
    /// Emitted events that the server accepted.
    pub events_acknowledged: u64,
    /// Emitted events that ended otherwise.
    pub events_failed: u64,
    /// Sessions opened or continued.
    pub connections: u64,
    /// Connections that were lost.
    pub connections_lost: u64,
    /// Acks of events that nobody waits for: unknown, repeated, or of another session.
    pub unexpected_acks: u64,
    /// How often presence differed from the server's fingerprint and was fetched anew.
    pub repairs: u64,
    /// Records of the stored outbox that were refused.
    pub records_refused: u64,
    /// Organizations whose state was fetched anew because missed events could not be replayed.
    pub resyncs: u64,
}

impl PerformanceMetrics {
    /// Events and messages dropped, whatever the reason.
    pub fn dropped(&self) -> u64 {
        self.dropped_foreign
            + self.dropped_duplicate
            + self.dropped_not_permitted
            + self.dropped_unknown
            + self.dropped_invalid
    }
}
