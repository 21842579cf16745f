//! How latencies are distributed.

use yew::prelude::*;
use yewdux_socket_core::monitor::LatencyBar;

use super::figures::{count, millis, percent, tenths, whole};

const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 96.0;

/// A bar for each doubling of the latency, and the same as a table.
pub(super) fn distribution(bars: &[LatencyBar]) -> Html {
    let all: u64 = bars.iter().map(|bar| bar.count).sum();
    let share = |bar: &LatencyBar| count(bar.count) / count(all.max(1));
    let tallest = bars.iter().map(share).fold(f64::MIN_POSITIVE, f64::max);
    let width = WIDTH / count(bars.len().max(1) as u64);
    let rect = |(index, bar): (usize, &LatencyBar)| {
        // What is there at all is seen.
        let height = if bar.count == 0 { 0.0 } else { (share(bar) / tallest * HEIGHT).max(2.0) };
        html! {
            <rect
                class="ys-performance__bar"
                x={tenths(count(index as u64) * width + 1.0)}
                y={tenths(HEIGHT - height)}
                width={tenths((width - 2.0).max(1.0))}
                height={tenths(height)}
            >
                <title>{ format!("{}: {}", range(bar), whole(bar.count)) }</title>
            </rect>
        }
    };
    let words = bars.iter().max_by_key(|bar| bar.count).map_or_else(
        || "Receipt to commit: no event yet".to_owned(),
        |most| format!("Receipt to commit of {} events, most of them {}", whole(all), range(most)),
    );
    let ends = bars.first().zip(bars.last());
    html! {
        <figure class="ys-performance__distribution">
            <figcaption>{ "Receipt to commit, all events" }</figcaption>
            <svg viewBox="0 0 360 96" preserveAspectRatio="none" role="img" aria-label={words}>
                { for bars.iter().enumerate().map(rect) }
            </svg>
            if let Some((first, last)) = ends {
                <p class="ys-performance__axis" aria-hidden="true">
                    <span>{ millis(first.from_ms) }</span><span>{ millis(last.to_ms) }</span>
                </p>
                <details class="ys-performance__details">
                    <summary>{ "The distribution as a table" }</summary>
                    <table class="ys-performance__table">
                        <thead>
                            <tr><th scope="col">{ "Latency" }</th><th scope="col">{ "Events" }</th><th scope="col">{ "Share" }</th></tr>
                        </thead>
                        <tbody>
                            { for bars.iter().map(|bar| html! {
                                <tr>
                                    <th scope="row">{ range(bar) }</th>
                                    <td>{ whole(bar.count) }</td>
                                    <td>{ percent(share(bar)) }</td>
                                </tr>
                            }) }
                        </tbody>
                    </table>
                </details>
            }
        </figure>
    }
}

fn range(bar: &LatencyBar) -> String {
    format!("{} to {}", millis(bar.from_ms), millis(bar.to_ms))
}
