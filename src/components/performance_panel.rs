//! The performance monitor on the page.

mod distribution;
mod figures;
mod health;
mod sparkline;
mod tables;

use yew::prelude::*;
use yewdux_socket_core::Status;
use yewdux_socket_core::monitor::Sample;

use crate::hooks::{use_performance, use_slice};
use crate::slices::SocketSlice;
use distribution::distribution;
use figures::{bytes, count, figures, millis, rate};
use health::{Verdict, health_line};
use sparkline::sparkline;
use tables::{drops, event_types};

/// Properties of [`PerformancePanel`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct PerformancePanelProps {
    /// The accessible name of the panel. Default: "Performance".
    #[prop_or(AttrValue::Static("Performance"))]
    pub label: AttrValue,
}

/// How the connection and the page do: health with its reasons, figures, the last three minutes as lines, the distribution of
/// latencies, and tables by event type and of what was dropped. It measures nothing itself, and it renders once a second
/// while it is mounted. `data-health` holds the status, `not-connected` while there is no connection to judge, or `not-measured`
/// while the monitor is switched off; each reason has `data-reason` and `data-status`.
///
/// Screen readers are told of a change of health and of nothing else, or they would never be quiet; each picture has its
/// figures in words.
///
/// # Server-side rendering
/// Not measured, without figures.
#[component]
pub fn PerformancePanel(props: &PerformancePanelProps) -> Html {
    let performance = use_performance();
    let has_connection = use_slice(|slice: &SocketSlice| {
        matches!(slice.connection.status, Status::Connected | Status::Reconnecting)
    });
    let verdict = Verdict::new(&performance, has_connection);
    let (stats, history) = (&performance.stats, &performance.history);
    let line = |label: &'static str, of: fn(&Sample) -> Option<f64>, format: fn(f64) -> String| {
        sparkline(label, &history.iter().map(of).collect::<Vec<_>>(), format)
    };
    html! {
        <section
            class="ys-performance"
            aria-label={props.label.clone()}
            data-health={verdict.code()}
        >
            { health_line(verdict, &performance) }
            { figures(&performance) }
            <div class="ys-performance__lines">
                { line("Events per second", |second| Some(second.events), rate) }
                { line("Data per second", |second| Some(second.bytes), bytes) }
                { line("Receipt to commit, p95", |second| second.processing_p95_ms, millis) }
                { line("Server to commit, p95", |second| second.delivery_p95_ms, millis) }
                { line("Busy with long tasks", |second| Some(second.long_tasks_ms), millis) }
                { line("Memory of the program", |second| second.memory.wasm_bytes.map(count), bytes) }
            </div>
            { distribution(&stats.processing_bars) }
            { event_types(&stats.by_type) }
            { drops(&stats.counters) }
        </section>
    }
}
