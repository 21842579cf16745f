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
    /// No rule of the [`PermissionPolicy`](crate::permission::PermissionPolicy) lets anybody send or receive events of
    /// this type.
    #[error("No rule permits events of type `{event_type}`.")]
    NoRule {
        /// The event type.
        event_type: String,
    },
    /// The user has none of the roles that a rule asks for.
    #[error("Events of type `{event_type}` take one of these roles: {}.", roles.join(", "))]
    RoleMissing {
        /// The event type.
        event_type: String,
        /// The roles of which one would do.
        roles: Vec<String>,
    },
    /// The server refused what the user sent, again and again.
    #[error("The server refused {refusals} events within {within_s} s.")]
    RefusedRepeatedly {
        /// How many events it refused.
        refusals: u32,
        /// Within how many seconds.
        within_s: u64,
    },
    /// Events of this type do not travel this way.
    #[error("Events of type `{event_type}` do not travel in this direction.")]
    WrongDirection {
        /// The event type.
        event_type: String,
    },
}

impl PermissionError {
    /// The codes by which a server refuses something for want of permission.
    pub const REFUSALS: [&str; 7] = [
        "foreign_organization",
        "not_subscribed",
        "organization_missing",
        "organization_unexpected",
        "no_rule",
        "not_permitted",
        "wrong_direction",
    ];

    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ForeignOrganization => "foreign_organization",
            Self::NotSubscribed { .. } => "not_subscribed",
            Self::OrganizationMissing { .. } => "organization_missing",
            Self::OrganizationUnexpected { .. } => "organization_unexpected",
            Self::NoRule { .. } => "no_rule",
            Self::RoleMissing { .. } => "not_permitted",
            Self::RefusedRepeatedly { .. } => "refused_repeatedly",
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
            Self::NoRule { .. } => "Add a rule for the type to the permission policy.",
            Self::RoleMissing { .. } => "Ask for one of the roles if it is needed.",
            Self::RefusedRepeatedly { .. } => {
                "Let the permission policies of page and server agree; if they do, look who uses this sign-in."
            }
            Self::WrongDirection { .. } => "Use an event type that may travel this way.",
        }
    }
}
