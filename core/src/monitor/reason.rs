//! Why something is not healthy.

use serde::{Deserialize, Serialize};

/// Why something is not healthy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum HealthReason {
    /// The connection has been lost for longer than the grace time. 1 while it is.
    Disconnected,
    /// The round trip to the server takes long, in milliseconds.
    SlowLink,
    /// Probes are not answered, as a share from 0 to 1.
    LossyLink,
    /// Errors come often, in a minute.
    Errors,
    /// Events arrive late: 95th percentile of a second from the server's timestamp to the commit, in milliseconds.
    LateEvents,
    /// Events are applied late: 95th percentile of a second from the receipt to the commit, in milliseconds.
    SlowProcessing,
    /// Tasks of over 50 ms keep the page busy, in milliseconds of a second.
    BusyPage,
    /// Events wait to be sent or acknowledged, in events.
    Backlog,
    /// The program's memory is large, in MiB.
    Memory,
}

impl HealthReason {
    /// All reasons.
    pub const ALL: [Self; 9] = [
        Self::Disconnected,
        Self::SlowLink,
        Self::LossyLink,
        Self::Errors,
        Self::LateEvents,
        Self::SlowProcessing,
        Self::BusyPage,
        Self::Backlog,
        Self::Memory,
    ];

    /// A stable code for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Disconnected => "disconnected",
            Self::SlowLink => "slow_link",
            Self::LossyLink => "lossy_link",
            Self::Errors => "errors",
            Self::LateEvents => "late_events",
            Self::SlowProcessing => "slow_processing",
            Self::BusyPage => "busy_page",
            Self::Backlog => "backlog",
            Self::Memory => "memory",
        }
    }
}
