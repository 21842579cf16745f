//! What the monitor is told.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::metrics::PerformanceMetrics;
use crate::health::ConnectionHealth;
use crate::time::Timestamp;

/// What [`record_connection_metrics`](super::PerformanceMonitor::record_connection_metrics) takes in: how the connection and the page do now.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct ConnectionMetrics {
    /// Whether the connection has been lost for longer than the grace time.
    pub is_lost: bool,
    /// The figures of the link.
    pub health: ConnectionHealth,
    /// The counters.
    pub counters: PerformanceMetrics,
    /// Events that wait to be sent or acknowledged.
    pub queued: usize,
    /// Memory, as far as it is known.
    pub memory: Memory,
}

/// Memory of the page, as far as the browser tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Memory {
    /// The linear memory of the wasm module in bytes. It never shrinks.
    pub wasm_bytes: Option<u64>,
    /// JavaScript objects in use in bytes; Chromium tells.
    pub heap_bytes: Option<u64>,
}

/// When a commit took place, on the steady clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommitRecord {
    /// When it began.
    pub began: Duration,
    /// When the slices held all of it.
    pub ended: Duration,
    /// What the server's clock said then, if it is known.
    pub server_time: Option<Timestamp>,
    /// Since when, by the server's clock, the connection has been open. What happened before was caught up, and
    /// says nothing of how fast events are delivered.
    pub live_since: Option<Timestamp>,
}
