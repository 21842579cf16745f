//! By event type, and what was dropped.

use yew::prelude::*;
use yewdux_socket_core::monitor::{EventTypeStats, LatencySummary, PerformanceMetrics};

use super::figures::{known, whole};

/// Latencies by event type.
pub(super) fn event_types(types: &[EventTypeStats]) -> Html {
    if types.is_empty() {
        return html! { <p class="ys-performance__note">{ "No event has come yet." }</p> };
    }
    html! {
        <div class="ys-performance__scroll" role="region" aria-label="By event type" tabindex="0">
            <table class="ys-performance__table">
                <caption>{ "By event type: receipt to commit, and server to commit in the last two columns" }</caption>
                <thead>
                    <tr>{ for ["Type", "Events", "p50", "p95", "p99", "Max", "Server p50", "Server p95"].map(heading) }</tr>
                </thead>
                <tbody>{ for types.iter().map(row) }</tbody>
            </table>
        </div>
    }
}

fn heading(text: &'static str) -> Html {
    html! { <th scope="col">{ text }</th> }
}

fn row(of: &EventTypeStats) -> Html {
    let cell = |summary: &LatencySummary, value: f64| html! { <td>{ known(summary, value) }</td> };
    let (processing, delivery) = (&of.processing, &of.delivery);
    let name = match &*of.event_type {
        EventTypeStats::OTHERS => "all others",
        "" => "without a name",
        name => name,
    };
    html! {
        <tr key={of.event_type.to_string()} data-type={of.event_type.to_string()}>
            <th scope="row"><bdi>{ name.to_owned() }</bdi></th>
            <td>{ whole(processing.count) }</td>
            { cell(processing, processing.p50_ms) }
            { cell(processing, processing.p95_ms) }
            { cell(processing, processing.p99_ms) }
            { cell(processing, processing.max_ms) }
            { cell(delivery, delivery.p50_ms) }
            { cell(delivery, delivery.p95_ms) }
        </tr>
    }
}

/// What was dropped, by reason.
pub(super) fn drops(counters: &PerformanceMetrics) -> Html {
    let reasons = [
        ("foreign", "Of another organization", counters.dropped_foreign),
        ("duplicate", "Had come before", counters.dropped_duplicate),
        ("not-permitted", "Not for the user's role", counters.dropped_not_permitted),
        ("unknown", "Of an unknown type", counters.dropped_unknown),
        ("invalid", "Malformed or not valid", counters.dropped_invalid),
    ];
    html! {
        <dl class="ys-performance__drops" aria-label="Dropped, by reason">
            { for reasons.map(|(code, reason, count)| html! {
                <div data-drop={code}><dt>{ reason }</dt><dd>{ whole(count) }</dd></div>
            }) }
        </dl>
    }
}
