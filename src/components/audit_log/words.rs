//! An entry of the audit log in words.

use yew::prelude::*;
use yewdux_socket_core::audit::{AuditAction, AuditEntry, EntityKind, OutcomeCode};

/// Digits of a hash that are shown.
pub(super) const SHOWN_DIGITS: usize = 8;

/// What stands for the organization: its id, or the hash of a foreign one.
pub(super) fn organization(entry: &AuditEntry) -> Option<String> {
    let foreign = || entry.organization_hash.map(|hash| hash.to_string());
    entry.organization.as_ref().map(ToString::to_string).or_else(foreign)
}

pub(super) fn organization_text(entry: &AuditEntry) -> Html {
    match (&entry.organization, entry.organization_hash) {
        (Some(id), _) => html! { <bdi>{ id.to_string() }</bdi> },
        (None, Some(hash)) => {
            let hash = hash.to_string();
            html! { <span title={hash.clone()}>{ "not yours " }<code>{ &hash[..SHOWN_DIGITS] }</code></span> }
        }
        (None, None) => Html::default(),
    }
}

pub(super) fn object_text(entry: &AuditEntry) -> Html {
    let kind = match entry.entity.kind {
        EntityKind::Session => "session",
        EntityKind::Organization => "organization",
        EntityKind::Event => "event",
        EntityKind::Everything => "everything held",
        EntityKind::AuditLog => "audit log",
        _ => entry.entity.kind.as_str(),
    };
    let id = entry.entity.what.as_deref();
    let gone =
        entry.discarded.as_ref().map(|gone| format!(" entries {} to {}", gone.from, gone.to));
    html! {
        <>
            { kind }
            if let Some(id) = id {
                { " " }<code title={id.to_owned()}>{ id.chars().take(SHOWN_DIGITS).collect::<String>() }</code>
            }
            { gone }
            { entry.count.map(|count| format!(" × {count}")) }
        </>
    }
}

pub(super) fn action_text(action: AuditAction) -> &'static str {
    match action {
        AuditAction::Connect => "Connected",
        AuditAction::Refuse => "Connection refused",
        AuditAction::Join => "Joined",
        AuditAction::Leave => "Left",
        AuditAction::Drop => "Dropped",
        AuditAction::Deny => "Sending denied",
        AuditAction::Purge => "Purged",
        AuditAction::SignOut => "Signed out",
        AuditAction::Export => "Log exported",
        AuditAction::Discard => "Log shortened",
        _ => action.as_str(),
    }
}

pub(super) fn outcome_text(code: OutcomeCode) -> &'static str {
    match code {
        OutcomeCode::Success => "Success",
        OutcomeCode::Failure => "Failure",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_action_has_words_of_its_own() {
        let words: std::collections::BTreeSet<_> =
            AuditAction::ALL.into_iter().map(action_text).collect();
        assert_eq!(words.len(), AuditAction::ALL.len());
    }
}
