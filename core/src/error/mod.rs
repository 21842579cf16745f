//! Typed errors in four classes.
//!
//! Each error has a stable [`code`](Error::code), says whether trying again can help and what the user or the
//! developer can do ([`remedy`](Error::remedy)), and has a message in plain words. None holds a token or a payload.

mod audit;
mod connection;
mod emit;
mod performance;
mod permission;
mod storage;
mod validation;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use audit::AuditError;
pub use connection::ConnectionError;
pub use emit::EmitError;
pub use performance::PerformanceError;
pub use permission::PermissionError;
pub use storage::StorageError;
pub use validation::ValidationError;

/// What an error is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ErrorClass {
    /// Network issues, authentication failures.
    Connection,
    /// Tenant access violations, unauthorized events.
    Permission,
    /// Malformed event data, schema violations.
    Validation,
    /// Time-outs, full queues, limits.
    Performance,
}

/// Any error of the client.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// See [`ConnectionError`].
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    /// See [`PermissionError`].
    #[error(transparent)]
    Permission(#[from] PermissionError),
    /// See [`ValidationError`].
    #[error(transparent)]
    Validation(#[from] ValidationError),
    /// See [`PerformanceError`].
    #[error(transparent)]
    Performance(#[from] PerformanceError),
    /// See [`StorageError`].
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// See [`AuditError`].
    #[error(transparent)]
    Audit(#[from] AuditError),
}

impl Error {
    /// The class of the error.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Connection(_) => ErrorClass::Connection,
            Self::Permission(_) => ErrorClass::Permission,
            Self::Validation(_) => ErrorClass::Validation,
            Self::Performance(_) | Self::Audit(_) => ErrorClass::Performance,
            Self::Storage(error) => error.class(),
        }
    }

    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Connection(error) => error.code(),
            Self::Permission(error) => error.code(),
            Self::Validation(error) => error.code(),
            Self::Performance(error) => error.code(),
            Self::Storage(error) => error.code(),
            Self::Audit(error) => error.code(),
        }
    }

    /// Whether the same may succeed later without a change by the user or the developer.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Connection(error) => error.is_retryable(),
            Self::Permission(_) | Self::Validation(_) => false,
            Self::Performance(_) => true,
            Self::Storage(error) => error.is_retryable(),
            Self::Audit(error) => error.is_retryable(),
        }
    }

    /// What the user or the developer can do, in a sentence or two.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Connection(error) => error.remedy(),
            Self::Permission(error) => error.remedy(),
            Self::Validation(error) => error.remedy(),
            Self::Performance(error) => error.remedy(),
            Self::Storage(error) => error.remedy(),
            Self::Audit(error) => error.remedy(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_codes_and_retries() {
        let errors: [(Error, ErrorClass, &str, bool); 4] = [
            (
                ConnectionError::ConnectTimeout.into(),
                ErrorClass::Connection,
                "connect_timeout",
                true,
            ),
            (
                PermissionError::ForeignOrganization.into(),
                ErrorClass::Permission,
                "foreign_organization",
                false,
            ),
            (
                ValidationError::FutureTimestamp.into(),
                ErrorClass::Validation,
                "future_timestamp",
                false,
            ),
            (
                PerformanceError::BufferFull { limit: 1 }.into(),
                ErrorClass::Performance,
                "buffer_full",
                true,
            ),
        ];
        for (error, class, code, retryable) in errors {
            assert_eq!(
                (error.class(), error.code(), error.is_retryable()),
                (class, code, retryable)
            );
        }
    }
}
