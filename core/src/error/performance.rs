//! A limit was reached.

use thiserror::Error;

use crate::id::{OrganizationId, StreamEpoch};

/// A limit was reached.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PerformanceError {
    /// The server could not replay what was missed; the state was fetched anew.
    #[error("Some events could not be replayed; the data was loaded anew.")]
    Resynchronized {
        /// The organization.
        organization: OrganizationId,
        /// The epoch of its history from now on.
        epoch: StreamEpoch,
    },
    /// Events were missed, and the server cannot replay them nor say what the state is now.
    #[error("Some events were missed and cannot be had any more.")]
    EventsMissed {
        /// The organization.
        organization: OrganizationId,
    },
    /// More events arrived during a resynchronization than are kept; it begins again.
    #[error("More than {limit} events arrived while data was being loaded.")]
    BufferFull {
        /// How many are kept.
        limit: usize,
    },
    /// What was held did not agree with the server, or not with itself; it was loaded anew.
    #[error("Some data did not agree with the server and was loaded anew.")]
    Repaired {
        /// The organization.
        organization: OrganizationId,
        /// What did not agree.
        corruption: &'static str,
    },
}

impl PerformanceError {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Resynchronized { .. } => "resynchronized",
            Self::EventsMissed { .. } => "events_missed",
            Self::BufferFull { .. } => "buffer_full",
            Self::Repaired { .. } => "repaired",
        }
    }

    /// What the user or the developer can do.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Resynchronized { .. } | Self::Repaired { .. } => {
                "Nothing: what is shown is up to date."
            }
            Self::EventsMissed { .. } => "Load the data by other means.",
            Self::BufferFull { .. } => {
                "Nothing, it begins again; let the server send less if it comes often."
            }
        }
    }
}
