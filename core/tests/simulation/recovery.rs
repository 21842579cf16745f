//! A recovery strategy that does less than the default. The guarantees hold under any.

use std::time::Duration;

use yewdux_socket_core::Error;
use yewdux_socket_core::error::ConnectionError;
use yewdux_socket_core::event::Envelope;
use yewdux_socket_core::recovery::{
    ConnectionRecovery, CorruptionRecovery, EventRecovery, OfflineMode, OnlineSync,
    RecoveryStrategy, StateCorruption,
};

/// After how many attempts it gives up.
const PATIENCE: u32 = 5;

/// It gives up soon, leaves out what it cannot use, takes no events while offline, and never resumes.
#[derive(Debug)]
pub(crate) struct Careless;

impl RecoveryStrategy for Careless {
    fn handle_connection_error(&self, _: &ConnectionError, attempts: u32) -> ConnectionRecovery {
        if attempts < PATIENCE {
            ConnectionRecovery::RetryAfter(Duration::from_millis(700))
        } else {
            ConnectionRecovery::GiveUp
        }
    }

    fn handle_event_error(&self, _: &Envelope, _: &Error) -> EventRecovery {
        EventRecovery::Skip
    }

    /// A wrong presence is mended all the same: the simulation wants to see the right one in the end.
    fn handle_state_corruption(&self, corruption: &StateCorruption) -> CorruptionRecovery {
        match corruption {
            StateCorruption::StoredRecord { .. } => CorruptionRecovery::Ignore,
            _ => CorruptionRecovery::Repair,
        }
    }

    fn enable_offline_mode(&self) -> OfflineMode {
        OfflineMode::Refuse
    }

    fn sync_when_online(&self) -> OnlineSync {
        OnlineSync::Snapshot
    }
}
