//! An event may not be seen or sent.

use thiserror::Error;

use crate::id::OrganizationId;

/// An event may not be seen or sent.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PermissionError {
    /// The organization is not one of the user's.
    #[error("Events of this organization are not for this user.")]
    ForeignOrganization,
    /// The user does not listen to the organization at present.
    #[error("This organization is not subscribed.")]
    NotSubscribed {
        /// Which one.
        organization: OrganizationId,
    },
    /// An event names no organization although its type belongs to one.
    #[error("An event of type `{event_type}` must name its organization.")]
    OrganizationMissing {
        /// The event type.
        event_type: String,
    },
    /// An event names an organization although its type is global.
    #[error("An event of type `{event_type}` is global and names no organization.")]
    OrganizationUnexpected {
        /// The event type.
        event_type: String,
    },
    /// Events of this type do not travel this way.
    #[error("Events of type `{event_type}` do not travel in this direction.")]
    WrongDirection {
        /// The event type.
        event_type: String,
    },
}

impl PermissionError {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ForeignOrganization => "foreign_organization",
            Self::NotSubscribed { .. } => "not_subscribed",
            Self::OrganizationMissing { .. } => "organization_missing",
            Self::OrganizationUnexpected { .. } => "organization_unexpected",
            Self::WrongDirection { .. } => "wrong_direction",
        }
    }

    /// What the user or the developer can do.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::ForeignOrganization => "Ask for access to the organization if it is needed.",
            Self::NotSubscribed { .. } => "Subscribe to the organization first.",
            Self::OrganizationMissing { .. } => "Name the organization that the event belongs to.",
            Self::OrganizationUnexpected { .. } => "Leave the organization out.",
            Self::WrongDirection { .. } => "Use an event type that may travel this way.",
        }
    }
}
