//! How well the connection does, for those who want to know.

use yew::prelude::*;
use yewdux_socket::{ConnectionHealth, SocketSlice, use_slice};

use crate::icons::{Icon, icon};
use crate::recent_errors::recent_errors;
use crate::words::count;

/// The id of the figures.
const DETAILS: &str = "connection-details";

/// A button beside the status; its figures appear above the page. Escape, or a click elsewhere, closes them: the
/// browser sees to it.
#[component]
pub(crate) fn ConnectionDetails() -> Html {
    let (health, network, errors) = use_slice(|slice: &SocketSlice| {
        (slice.health, slice.network.clone(), slice.recent_errors.clone())
    });
    let network = network.and_then(|network| network.effective_type);
    html! {
        <>
            <button
                type="button"
                class="button button--quiet connection__more"
                popovertarget={DETAILS}
                aria-label="Connection details"
                title="Connection details"
            >
                { icon(Icon::Info) }
            </button>
            <div id={DETAILS} class="details" popover="auto" role="region" aria-labelledby="connection-details-title">
                <h2 class="details__title" id="connection-details-title">{ "Connection" }</h2>
                <dl class="details__figures">
                    { for figures(&health, network).into_iter().map(|(what, value)| html! {
                        <div><dt>{ what }</dt><dd>{ value }</dd></div>
                    }) }
                </dl>
                { recent_errors(&errors) }
            </div>
        </>
    }
}

fn figures(health: &ConnectionHealth, network: Option<String>) -> Vec<(&'static str, String)> {
    let mut figures = vec![
        ("Round-trip time, median (p50)", millis(health.latency_p50_ms)),
        ("Round-trip time, 95th percentile (p95)", millis(health.latency_p95_ms)),
        ("Packet loss", percent(health.packet_loss)),
        ("Reconnections", health.reconnects.to_string()),
        ("Time without connection", duration(health.downtime_ms)),
        ("Errors in the last minute", health.errors_per_minute.to_string()),
    ];
    figures.extend(network.map(|class| ("Network class", class)));
    figures
}

fn millis(value: Option<f64>) -> String {
    value.map_or_else(not_measured, |millis| {
        if millis < 1.0 { "under 1 ms".to_owned() } else { format!("{} ms", nearest(millis)) }
    })
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(not_measured, |share| format!("{} %", nearest(share * 100.0)))
}

/// The nearest whole number: what writes the others is large.
fn nearest(value: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast stops at the ends"
    )]
    let nearest = value.round() as u64;
    nearest
}

fn not_measured() -> String {
    "not measured yet".to_owned()
}

fn duration(millis: u64) -> String {
    match millis.div_ceil(1_000) {
        0 => "none".to_owned(),
        seconds @ 1..120 => format!("{seconds} s"),
        seconds => count(usize::try_from(seconds / 60).unwrap_or(usize::MAX), "minute", "minutes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_in_plain_words() {
        let mut health = ConnectionHealth::default();
        let words = |health: &ConnectionHealth| -> Vec<_> {
            figures(health, None).into_iter().map(|(_, value)| value).collect()
        };
        let unmeasured = "not measured yet";
        assert_eq!(words(&health), [unmeasured, unmeasured, unmeasured, "0", "none", "0"]);
        health.latency_p50_ms = Some(0.2);
        health.latency_p95_ms = Some(41.6);
        health.packet_loss = Some(0.05);
        health.reconnects = 2;
        health.downtime_ms = 61_001;
        let known = ["under 1 ms", "42 ms", "5 %", "2", "62 s", "0"];
        assert_eq!(words(&health), known);
        assert_eq!(duration(200_000), "3 minutes");
        assert_eq!(figures(&health, Some("4g".to_owned())).len(), 7);
    }
}
