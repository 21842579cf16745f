//! Something about the outbox that is kept over reloads.

use thiserror::Error;

use super::ErrorClass;

/// The outbox could not be kept over a reload, or a record of it could not be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StorageError {
    /// The browser gives no storage: it is forbidden, or the page is not in a secure context. Memory serves.
    #[error("This browser does not let the page keep unsent changes: {reason}.")]
    Unavailable {
        /// Why, in the words of the browser.
        reason: String,
    },
    /// There is no room left. The event is in memory.
    #[error("There is no room left to keep unsent changes over a reload.")]
    Full,
    /// Another page holds the database open in an older version and does not let go. Memory serves.
    #[error("Another tab with an older version of this page keeps the storage to itself.")]
    Blocked,
    /// The database was written by a newer version of this library. Memory serves, nothing is touched.
    #[error("The stored changes were written by a newer version of this page.")]
    NewerVersion,
    /// Another tab of this user holds the outbox. Memory serves until that one is closed.
    #[error("Another tab keeps the unsent changes of this user.")]
    HeldElsewhere,
    /// A record cannot be decrypted or read. It was removed and not sent.
    #[error("A stored change was damaged and cannot be sent.")]
    Damaged,
    /// A record says inside that it is another user's, or of another organization, place or expiry, than outside. It was
    /// removed and not sent.
    #[error("A stored change belongs to somebody else and was not sent.")]
    Foreign,
    /// A record has outlived its time. It was removed and not sent.
    #[error("A stored change is too old to be sent.")]
    Stale,
    /// What is stored of a user who signed out could not be erased yet. The next page of this origin erases it before
    /// it loads anything.
    #[error("What this browser keeps of the user who signed out could not be erased yet.")]
    NotErased,
}

impl StorageError {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unavailable { .. } => "storage_unavailable",
            Self::Full => "storage_full",
            Self::Blocked => "storage_blocked",
            Self::NewerVersion => "storage_newer_version",
            Self::HeldElsewhere => "storage_held_elsewhere",
            Self::Damaged => "record_damaged",
            Self::Foreign => "record_foreign",
            Self::Stale => "record_stale",
            Self::NotErased => "storage_not_erased",
        }
    }

    /// Whether the client tries again by itself, or will when something else changes.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Full | Self::HeldElsewhere | Self::NotErased)
    }

    /// The class that the error belongs to.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Unavailable { .. }
            | Self::Full
            | Self::Blocked
            | Self::NewerVersion
            | Self::HeldElsewhere
            | Self::NotErased => ErrorClass::Performance,
            Self::Damaged | Self::Foreign | Self::Stale => ErrorClass::Validation,
        }
    }

    /// What the user or the developer can do.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Unavailable { .. } => {
                "Keep this page open until all changes are sent, or allow the site to keep data."
            }
            Self::Full => "Free some space, and keep this page open until all changes are sent.",
            Self::Blocked => "Close the other tabs of this site, then load this page again.",
            Self::NewerVersion => "Load this page again to get its newest version.",
            Self::HeldElsewhere => "Keep this tab open until its changes are sent.",
            Self::Damaged | Self::Foreign | Self::Stale => {
                "Look whether the change is there, and make it again if it is not."
            }
            Self::NotErased => {
                "Load this page once more on this device, or clear the data of this site."
            }
        }
    }
}
