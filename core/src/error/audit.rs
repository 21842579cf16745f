//! The audit log could not be handed over.

use thiserror::Error;

/// The audit log could not be handed over to the application's sink.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AuditError {
    /// The sink did not take entries, or did not answer in time. They are handed over again.
    #[error("The audit log could not be handed over: {reason}.")]
    NotTaken {
        /// Why, in the words of the sink.
        reason: String,
    },
    /// More entries waited for the sink than are kept; the oldest are lost. The log itself says which.
    #[error("{entries} entries of the audit log are lost, because they could not be handed over.")]
    Lost {
        /// How many.
        entries: usize,
    },
}

impl AuditError {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotTaken { .. } => "audit_not_taken",
            Self::Lost { .. } => "audit_lost",
        }
    }

    /// Whether the client tries again by itself.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::NotTaken { .. })
    }

    /// What the user or the developer can do.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::NotTaken { .. } => "Keep this page open; it is tried again by itself.",
            Self::Lost { .. } => {
                "Tell whoever keeps the audit log, and look why it could not be handed over."
            }
        }
    }
}
