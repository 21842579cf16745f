//! Counters, and with the feature `monitor` the performance monitor.
//!
//! # Layout
//!
//! - `metrics`: the counters, which the client always keeps.
//! - `record`: what the monitor is told.
//! - `histogram`: latencies over a high dynamic range. `stats`: one for each event type, of commits and of long tasks.
//! - `rates`: what happens in a second, and the seconds of the last minutes.
//! - `health`: healthy, degraded or unhealthy, by thresholds with hysteresis. `reason`: why.
//! - `alert`: whoever wants to be told when it becomes worse.
//! - `performance_monitor`: all of it together.

mod metrics;

#[cfg(feature = "monitor")]
mod alert;
#[cfg(feature = "monitor")]
mod health;
#[cfg(feature = "monitor")]
mod histogram;
#[cfg(feature = "monitor")]
mod performance_monitor;
#[cfg(feature = "monitor")]
mod rates;
#[cfg(feature = "monitor")]
mod reason;
#[cfg(feature = "monitor")]
mod record;
#[cfg(feature = "monitor")]
mod stats;
#[cfg(feature = "monitor")]
#[cfg(test)]
mod tests;

pub use metrics::PerformanceMetrics;

#[cfg(feature = "monitor")]
pub use alert::DegradationHandle;
#[cfg(feature = "monitor")]
pub use health::{Finding, HealthReport, HealthStatus};
#[cfg(feature = "monitor")]
pub use histogram::{LatencyBar, LatencySummary};
#[cfg(feature = "monitor")]
pub use performance_monitor::{PerformanceMonitor, PerformanceSnapshot};
#[cfg(feature = "monitor")]
pub use rates::Sample;
#[cfg(feature = "monitor")]
pub use reason::HealthReason;
#[cfg(feature = "monitor")]
pub use record::{CommitRecord, ConnectionMetrics, Memory};
#[cfg(feature = "monitor")]
pub use stats::{BatchSummary, EventProcessingStats, EventTypeStats};
