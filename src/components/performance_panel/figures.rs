//! Figures, and how they are written.

use yew::prelude::*;
use yewdux_socket_core::monitor::{LatencySummary, PerformanceSnapshot};

/// What the last second and all seconds together say.
pub(super) fn figures(performance: &PerformanceSnapshot) -> Html {
    let stats = &performance.stats;
    let (counters, batch, long_tasks) = (&stats.counters, &stats.batch, &stats.long_tasks);
    let now = performance.history.last().copied().unwrap_or_default();
    let heap = now.memory.heap_bytes.map(|heap| format!("page {}", bytes(count(heap))));
    html! {
        <dl class="ys-performance__figures">
            { figure(
                "events-rate",
                "Events",
                rate(now.events),
                format!("{} in all", whole(counters.events_delivered)),
            ) }
            { figure(
                "data-rate",
                "Data",
                format!("{}/s", bytes(now.bytes)),
                format!("{} frames/s", rounded(now.frames)),
            ) }
            { latency("processing", "Receipt to commit", &stats.processing) }
            { latency("delivery", "Server to commit", &stats.delivery) }
            { latency("commit", "Commit", &stats.commit) }
            { figure(
                "batch",
                "Events a commit",
                format!("{} median", whole(batch.p50)),
                format!("{} at most", whole(batch.max)),
            ) }
            { figure(
                "queued",
                "Waiting to be sent",
                whole(now.queued as u64),
                format!("{} emitted", whole(counters.events_emitted)),
            ) }
            { figure(
                "long-tasks",
                "Long tasks",
                whole(long_tasks.count),
                format!("longest {}", known(long_tasks, long_tasks.max_ms)),
            ) }
            { figure(
                "memory",
                "Memory",
                now.memory.wasm_bytes.map_or_else(unknown, |wasm| bytes(count(wasm))),
                heap.unwrap_or_default(),
            ) }
            { figure(
                "dropped",
                "Dropped",
                whole(counters.dropped()),
                format!("{} now", rate(now.dropped)),
            ) }
        </dl>
    }
}

fn figure(code: &'static str, what: &'static str, value: String, note: String) -> Html {
    html! {
        <div class="ys-performance__figure" data-figure={code}>
            <dt>{ what }</dt>
            <dd><strong>{ value }</strong>{ " " }<span class="ys-performance__note">{ note }</span></dd>
        </div>
    }
}

fn latency(code: &'static str, what: &'static str, of: &LatencySummary) -> Html {
    let [p50, p99] = [of.p50_ms, of.p99_ms].map(|value| known(of, value));
    figure(code, what, format!("{} p95", known(of, of.p95_ms)), format!("p50 {p50}, p99 {p99}"))
}

/// A figure of a summary that has any.
pub(super) fn known(of: &LatencySummary, value: f64) -> String {
    if of.count == 0 { unknown() } else { millis(value) }
}

/// What was not measured.
pub(super) fn unknown() -> String {
    "–".to_owned()
}

pub(super) fn rate(value: f64) -> String {
    format!("{}/s", rounded(value))
}

pub(super) fn percent(share: f64) -> String {
    format!("{} %", nearest(share * 100.0))
}

/// Milliseconds with two or three digits that count.
pub(super) fn millis(value: f64) -> String {
    match value {
        ..0.9995 => format!("{}\u{a0}µs", nearest(value * 1_000.0)),
        0.9995..9.95 => format!("{}\u{a0}ms", tenths(value)),
        9.95..999.5 => format!("{}\u{a0}ms", nearest(value)),
        _ => format!("{}\u{a0}s", tenths(value / 1_000.0)),
    }
}

pub(super) fn bytes(value: f64) -> String {
    match value {
        ..1_000.0 => format!("{} B", nearest(value)),
        1_000.0..1_000_000.0 => format!("{} kB", tenths(value / 1_000.0)),
        1_000_000.0..1_000_000_000.0 => format!("{} MB", tenths(value / 1_000_000.0)),
        _ => format!("{} GB", tenths(value / 1_000_000_000.0)),
    }
}

fn rounded(value: f64) -> String {
    if value > 0.0 && value < 9.95 { tenths(value) } else { whole(nearest(value)) }
}

/// With one digit after the point. Rounded as a whole number: what formats numbers with a point is large in wasm.
pub(super) fn tenths(value: f64) -> String {
    let tenths = nearest(value * 10.0);
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// The nearest whole number, 0 for a negative one.
pub(super) fn nearest(value: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast stops at the ends"
    )]
    let nearest = (value + 0.5) as u64;
    nearest
}

/// A whole number, with a narrow space between thousands.
pub(super) fn whole(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 * 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

pub(super) fn count(value: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "for display")]
    let value = value as f64;
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short_and_have_units() {
        assert_eq!(
            [0.0, 0.44, 12.4, 999.0, 1_240.0].map(millis),
            ["0\u{a0}µs", "440\u{a0}µs", "12\u{a0}ms", "999\u{a0}ms", "1.2\u{a0}s"]
        );
        assert_eq!(
            [17.0, 2_340.0, 3_400_000.0, 2e9].map(bytes),
            ["17 B", "2.3 kB", "3.4 MB", "2.0 GB"]
        );
        assert_eq!([0.0, 0.5, 980.4].map(rate), ["0/s", "0.5/s", "980/s"]);
        assert_eq!(
            [7, 1_000, 1_234_567].map(whole),
            ["7", "1\u{202f}000", "1\u{202f}234\u{202f}567"]
        );
        assert_eq!(percent(0.25), "25 %");
        assert_eq!(known(&LatencySummary::default(), 0.0), "–", "nothing was measured");
    }
}
