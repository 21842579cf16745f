//! The audit log as a table.

mod download;
mod filter;
mod words;

use std::sync::Arc;

use yew::prelude::*;
use yewdux_socket_core::audit::AuditEntry;

use super::event_feed::clock;
use crate::hooks::{use_manager, use_slice};
use crate::slices::AuditSlice;
use download::Downloads;
use filter::{Filter, filters};
use words::{
    SHOWN_DIGITS, action_text, object_text, organization, organization_text, outcome_text,
};

/// Properties of [`AuditLog`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct AuditLogProps {
    /// How many entries are shown. Default: 100. An export has all that are in memory.
    #[prop_or(100)]
    pub limit: usize,
    /// The accessible name of the log. Default: "Audit log".
    #[prop_or(AttrValue::Static("Audit log"))]
    pub label: AttrValue,
}

/// The latest entries of the audit log, newest first, with filters by action, outcome and organization, and a button that
/// saves all of it as a file. Rows have `data-sequence`, `data-action`, `data-outcome` and `data-organization`, the latter
/// with the hash if the organization was none of the user's.
///
/// # Server-side rendering
/// An empty table.
#[component]
pub fn AuditLog(props: &AuditLogProps) -> Html {
    let manager = use_manager();
    let log = use_slice(AuditSlice::clone);
    let filter = use_state_eq(Filter::default);
    let downloads = use_memo((), |()| Downloads::default());
    let problem = use_state_eq(|| None::<&str>);
    let on_filter = {
        let filter = filter.setter();
        Callback::from(move |wanted| filter.set(wanted))
    };
    let export = {
        let problem = problem.setter();
        Callback::from(move |_: MouseEvent| {
            let text = manager.export_audit();
            let saved = downloads.save(&file_name(&text), &text);
            problem.set(saved.err().map(|_| "The browser did not save the file."));
        })
    };
    let filter = filter.known(&log.entries);
    let wanted: Vec<_> = log.entries.iter().rev().filter(|entry| filter.wants(entry)).collect();
    let shown = wanted.len().min(props.limit);
    html! {
        <section class="ys-audit" aria-label={props.label.clone()}>
            <div class="ys-audit__head">
                { filters(&filter, &log.entries, &on_filter) }
                <button type="button" class="ys-audit__export" onclick={export}>{ "Export" }</button>
            </div>
            <p class="ys-audit__count" role="status">
                { format!("{shown} of {} shown. {}", entries_text(log.entries.len()), signed_text(&log)) }
                if let Some(problem) = *problem {
                    { " " }<strong class="ys-audit__problem">{ problem }</strong>
                }
            </p>
            <div class="ys-audit__scroll" role="region" aria-label="Entries" tabindex="0">
                // Roles are spelt out: the style sheet makes cards of the rows where there is little room.
                <table class="ys-audit__table" role="table">
                    <thead role="rowgroup">
                        <tr role="row">
                            { for ["No.", "Time", "Action", "Outcome", "Organization", "Object", "User"].map(heading) }
                        </tr>
                    </thead>
                    <tbody role="rowgroup">
                        { for wanted.into_iter().take(props.limit).map(|entry| html! {
                            <Row key={entry.hash.to_string()} entry={entry.clone()} />
                        }) }
                    </tbody>
                </table>
            </div>
        </section>
    }
}

fn heading(text: &'static str) -> Html {
    html! { <th role="columnheader" scope="col">{ text }</th> }
}

#[derive(Clone, PartialEq, Properties)]
struct RowProps {
    entry: Arc<AuditEntry>,
}

/// An entry. It never changes, so it renders once.
#[component]
fn Row(props: &RowProps) -> Html {
    let entry = &props.entry;
    let at = entry.recorded.to_string();
    let outcome = &entry.outcome;
    let user = entry.agent.who.as_ref().map(ToString::to_string);
    html! {
        <tr
            role="row"
            data-sequence={entry.sequence.to_string()}
            data-action={entry.action.as_str()}
            data-outcome={outcome.code.as_str()}
            data-organization={organization(entry)}
        >
            <td role="cell" class="ys-audit__number">{ entry.sequence }</td>
            <td role="cell"><time datetime={at.clone()} title={at.clone()}>{ clock(&at) }</time></td>
            <th role="rowheader" scope="row">{ action_text(entry.action) }</th>
            <td role="cell">
                <span class="ys-audit__outcome">{ outcome_text(outcome.code) }</span>
                if let Some(detail) = &outcome.detail {
                    { " " }<code>{ detail }</code>
                }
            </td>
            <td role="cell" data-label="Organization">{ organization_text(entry) }</td>
            <td role="cell" data-label="Object">{ object_text(entry) }</td>
            <td role="cell" data-label="User"><bdi>{ user }</bdi></td>
        </tr>
    }
}

fn entries_text(number: usize) -> String {
    if number == 1 { "1 entry".to_owned() } else { format!("{number} entries") }
}

fn signed_text(log: &AuditSlice) -> String {
    log.head.as_ref().map_or_else(
        || "The server has not countersigned the log.".to_owned(),
        |head| format!("The server has countersigned it up to entry {}.", head.sequence),
    )
}

/// A name that tells exports apart: the end of the chain's hash in the export.
fn file_name(export: &str) -> String {
    let last = export.lines().rev().nth(1).and_then(|line| line.get(line.len().checked_sub(66)?..));
    let digits = last.and_then(|hash| hash.get(..SHOWN_DIGITS)).unwrap_or_default();
    format!("audit-log-{digits}.jsonl")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exports_have_names_of_their_own() {
        let hash = "0123456789abcdef".repeat(4);
        let export = format!("{{\"sequence\":1,\"hash\":\"{hash}\"}}\n{{\"head\":null}}\n");
        assert_eq!(file_name(&export), "audit-log-01234567.jsonl");
        assert_eq!(file_name(""), "audit-log-.jsonl");
    }
}
