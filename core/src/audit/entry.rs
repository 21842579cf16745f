//! An entry of the log, and its canonical form: JSON with the members in one order and without blanks.

use serde::{Deserialize, Serialize};

use super::hash::AuditHash;
use crate::id::{AuditChainId, OrganizationId, UserId};
use crate::time::Timestamp;

/// What follows the rest of an entry in its canonical form: `,"hash":"`, 64 digits, `"}`.
const HASH_BYTES: usize = 9 + 64 + 2;

/// An entry of the audit log. The names of the members are those of FHIR R5 `AuditEvent` where there is one; what it
/// calls `code` is `action` here, since all of these actions are executions (`E`) to it.
///
/// No entry holds a token, a payload, or words of the server: codes only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct AuditEntry {
    /// The place in the chain, from 1.
    pub sequence: u64,
    /// The chain: that of one page and one sign-in.
    pub chain: AuditChainId,
    /// When it was recorded, by the wall clock of the device.
    pub recorded: Timestamp,
    /// When it was recorded, in milliseconds since the page began. It never goes back, whatever the wall clock does.
    pub monotonic_ms: u64,
    /// What was done.
    pub action: AuditAction,
    /// What came of it.
    pub outcome: AuditOutcome,
    /// Who did it.
    #[serde(default, skip_serializing_if = "AuditAgent::is_nobody")]
    pub agent: AuditAgent,
    /// The organization that it is about, one of the user's at that time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<OrganizationId>,
    /// In its place, for an organization that was none of the user's: SHA-256 over a secret of the chain and the id.
    /// Equal hashes of one chain are one organization; which one, nobody can find out by trying ids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization_hash: Option<AuditHash>,
    /// What it was done to.
    pub entity: AuditEntity,
    /// How often, if one entry stands for several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// Which entries are gone, if this is about entries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discarded: Option<Discarded>,
    /// The hash of the entry before, of zeros in the first.
    pub previous: AuditHash,
    /// SHA-256 over the canonical form of this entry without this member.
    pub hash: AuditHash,
}

impl AuditEntry {
    /// The canonical form, in one line.
    pub fn canonical(&self) -> String {
        encode(self)
    }

    /// The hash that the entry must have.
    pub(super) fn true_hash(&self) -> AuditHash {
        let canonical = self.canonical();
        let body = canonical.len().saturating_sub(HASH_BYTES);
        AuditHash::of(&[&canonical.as_bytes()[..body], b"}"])
    }
}

/// The canonical form of what is written into a file.
#[expect(
    clippy::expect_used,
    reason = "entries and heads are structures of strings and numbers, without maps: JSON can say them, and a text takes them"
)]
pub(super) fn encode<T: Serialize>(line: &T) -> String {
    serde_json::to_string(line).expect("it is JSON")
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum AuditAction {
    /// A session was opened or continued.
    Connect,
    /// The connection, or the renewal of the sign-in, was refused.
    Refuse,
    /// Events of an organization may be seen from here on.
    Join,
    /// They may not any more.
    Leave,
    /// What came in was dropped.
    Drop,
    /// An event could not be emitted because the user may not.
    Deny,
    /// All that was held of an organization, or everything, was forgotten.
    Purge,
    /// The sign-in ended. The last entry of its chain but one.
    SignOut,
    /// The log was exported.
    Export,
    /// Entries of the log are gone from memory, or were lost.
    Discard,
}

impl AuditAction {
    /// All actions.
    pub const ALL: [Self; 10] = [
        Self::Connect,
        Self::Refuse,
        Self::Join,
        Self::Leave,
        Self::Drop,
        Self::Deny,
        Self::Purge,
        Self::SignOut,
        Self::Export,
        Self::Discard,
    ];

    /// The action as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Refuse => "refuse",
            Self::Join => "join",
            Self::Leave => "leave",
            Self::Drop => "drop",
            Self::Deny => "deny",
            Self::Purge => "purge",
            Self::SignOut => "signOut",
            Self::Export => "export",
            Self::Discard => "discard",
        }
    }
}

/// What came of an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditOutcome {
    /// Whether it was done.
    pub code: OutcomeCode,
    /// The stable code of the reason, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// Whether an action was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OutcomeCode {
    /// It was.
    Success,
    /// It was refused or went wrong.
    Failure,
}

impl OutcomeCode {
    /// The code as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
        }
    }
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuditAgent {
    /// The user, as the server said; before its first word, whom the application expects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<UserId>,
    /// The session: SHA-256 over the chain's id and the session's, because the latter is a secret. Who knows a session
    /// can find its entries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_hash: Option<AuditHash>,
}

impl AuditAgent {
    fn is_nobody(&self) -> bool {
        *self == Self::default()
    }
}

/// What something was done to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditEntity {
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: EntityKind,
    /// Its id, where it has one: the idempotency key of an event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub what: Option<String>,
}

/// The kind of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum EntityKind {
    /// The session, or the sign-in that it belongs to.
    Session,
    /// The organization that the entry names.
    Organization,
    /// A message that came in, or an event that was emitted.
    Event,
    /// All that is held of the user.
    Everything,
    /// This log.
    AuditLog,
}

impl EntityKind {
    /// The kind as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Organization => "organization",
            Self::Event => "event",
            Self::Everything => "everything",
            Self::AuditLog => "auditLog",
        }
    }
}

/// Entries that are gone: from memory, or, where the outcome is a failure, before the sink took them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Discarded {
    /// Their chain, if it is an earlier one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<AuditChainId>,
    /// The first of them.
    pub from: u64,
    /// The last of them.
    pub to: u64,
    /// The hash of the entry before the first, which ties what is left of the chain together.
    pub link: AuditHash,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_json() {
        for action in AuditAction::ALL {
            assert_eq!(serde_json::to_value(action).unwrap(), action.as_str());
        }
        for code in [OutcomeCode::Success, OutcomeCode::Failure] {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
        for kind in [
            EntityKind::Session,
            EntityKind::Organization,
            EntityKind::Event,
            EntityKind::Everything,
            EntityKind::AuditLog,
        ] {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }
}
