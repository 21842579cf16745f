//! Which entries are shown.

use std::sync::Arc;

use web_sys::HtmlSelectElement;
use yew::prelude::*;
use yewdux_socket_core::audit::{AuditAction, AuditEntry, OutcomeCode};

use super::words::{SHOWN_DIGITS, action_text, organization, outcome_text};

/// What an entry must have to be shown. What is empty does not matter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Filter {
    action: Option<AuditAction>,
    outcome: Option<OutcomeCode>,
    /// Its id, or the hash of a foreign one.
    organization: Option<String>,
}

impl Filter {
    pub(super) fn wants(&self, entry: &AuditEntry) -> bool {
        self.action.is_none_or(|action| entry.action == action)
            && self.outcome.is_none_or(|outcome| entry.outcome.code == outcome)
            && (self.organization.is_none() || organization(entry) == self.organization)
    }

    /// The filter as far as there is something to choose: another sign-in has other organizations.
    pub(super) fn known(&self, entries: &[Arc<AuditEntry>]) -> Self {
        let is_known = |chosen: &String| {
            entries.iter().any(|entry| organization(entry).as_ref() == Some(chosen))
        };
        Self { organization: self.organization.clone().filter(is_known), ..self.clone() }
    }
}

/// A choice for each part of the filter.
pub(super) fn filters(
    filter: &Filter,
    entries: &[Arc<AuditEntry>],
    on_filter: &Callback<Filter>,
) -> Html {
    let actions = AuditAction::ALL.map(|action| {
        let is_chosen = filter.action == Some(action);
        (action.as_str().to_owned(), action_text(action).to_owned(), is_chosen)
    });
    let outcomes = [OutcomeCode::Success, OutcomeCode::Failure].map(|code| {
        let is_chosen = filter.outcome == Some(code);
        (code.as_str().to_owned(), outcome_text(code).to_owned(), is_chosen)
    });
    let changed = |change: fn(&mut Filter, Option<String>)| {
        let filter = filter.clone();
        on_filter.reform(move |chosen: Option<String>| {
            let mut filter = filter.clone();
            change(&mut filter, chosen);
            filter
        })
    };
    let on_action = changed(|filter, chosen| {
        let named = |action: &AuditAction| Some(action.as_str()) == chosen.as_deref();
        filter.action = AuditAction::ALL.into_iter().find(named);
    });
    let on_outcome = changed(|filter, chosen| {
        filter.outcome = match chosen.as_deref() {
            Some("success") => Some(OutcomeCode::Success),
            Some("failure") => Some(OutcomeCode::Failure),
            _ => None,
        };
    });
    let on_organization = changed(|filter, chosen| filter.organization = chosen);
    html! {
        <div class="ys-audit__filters" role="group" aria-label="Show only">
            { choice("action", "Action", "All actions", actions.into(), &on_action) }
            { choice("outcome", "Outcome", "All outcomes", outcomes.into(), &on_outcome) }
            { choice("organization", "Organization", "All organizations", organizations(filter, entries), &on_organization) }
        </div>
    }
}

/// The organizations that occur: the user's own by their ids, then the others.
fn organizations(filter: &Filter, entries: &[Arc<AuditEntry>]) -> Vec<(String, String, bool)> {
    let mut occurring: Vec<(bool, String)> = Vec::new();
    for entry in entries {
        let Some(organization) = organization(entry) else { continue };
        let found = (entry.organization.is_none(), organization);
        if let Err(at) = occurring.binary_search(&found) {
            occurring.insert(at, found);
        }
    }
    let choice = |(is_foreign, value): (bool, String)| {
        let digits = value.get(..SHOWN_DIGITS).unwrap_or_default();
        let text = if is_foreign { format!("not yours {digits}") } else { value.clone() };
        let is_chosen = filter.organization.as_ref() == Some(&value);
        (value, text, is_chosen)
    };
    occurring.into_iter().map(choice).collect()
}

fn choice(
    code: &'static str,
    name: &'static str,
    all: &'static str,
    choices: Vec<(String, String, bool)>,
    on_choice: &Callback<Option<String>>,
) -> Html {
    let onchange = on_choice.reform(|event: Event| {
        let value = event.target_unchecked_into::<HtmlSelectElement>().value();
        Some(value).filter(|value| !value.is_empty())
    });
    let is_all = !choices.iter().any(|(_, _, is_chosen)| *is_chosen);
    html! {
        <label class="ys-audit__filter">
            <span>{ name }</span>
            <select data-filter={code} {onchange}>
                <option value="" selected={is_all}>{ all }</option>
                { for choices.into_iter().map(|(value, text, selected)| html! {
                    <option {value} {selected}>{ text }</option>
                }) }
            </select>
        </label>
    }
}
