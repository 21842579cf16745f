//! A figure over the last minutes, as a line.

use yew::prelude::*;

use super::figures::{tenths, unknown};

/// The seconds of the whole width.
const SECONDS: usize = 180;
const HEIGHT: f64 = 32.0;

/// The line with its latest and its largest value beside it; `values` has one for each second, none for one without. In words
/// it says the same, and the smallest.
pub(super) fn sparkline(
    label: &'static str,
    values: &[Option<f64>],
    format: fn(f64) -> String,
) -> Html {
    let known = || values.iter().flatten().copied();
    let largest = known().fold(0.0, f64::max);
    let now = values.last().copied().flatten().map_or_else(unknown, format);
    let (at_most, words) = if known().next().is_none() {
        let words = format!("{label}, last three minutes: nothing measured");
        ("no data yet".to_owned(), words)
    } else {
        let (smallest, largest) = (format(known().fold(f64::INFINITY, f64::min)), format(largest));
        let words = format!("{label}, last three minutes: now {now}, from {smallest} to {largest}");
        (format!("at most {largest}"), words)
    };
    html! {
        <figure class="ys-performance__line">
            <figcaption>
                <span>{ label }</span>
                <strong>{ now }</strong>
            </figcaption>
            <svg viewBox="0 0 180 32" preserveAspectRatio="none" role="img" aria-label={words}>
                { for runs(values).into_iter().map(|run| line(&run, largest)) }
            </svg>
            <span class="ys-performance__note" aria-hidden="true">{ at_most }</span>
        </figure>
    }
}

/// The stretches without a gap, as places and values. The latest second is at the right edge.
fn runs(values: &[Option<f64>]) -> Vec<Vec<(usize, f64)>> {
    let mut runs = vec![Vec::new()];
    let first = SECONDS.saturating_sub(values.len()) + 1;
    for (place, value) in (first..).zip(values) {
        match (value, runs.last_mut()) {
            (Some(value), Some(run)) => run.push((place, *value)),
            _ => runs.push(Vec::new()),
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

fn line(run: &[(usize, f64)], largest: f64) -> Html {
    let [(first, _), .., (last, _)] = run else {
        // A second alone is as wide as a second, or it would not be seen.
        return run.first().map_or_else(Html::default, |(place, value)| {
            line(&[(place.saturating_sub(1), *value), (*place, *value)], largest)
        });
    };
    // Inside of the picture by the width of the line.
    let height =
        |value: f64| HEIGHT - 1.0 - (value / largest.max(f64::MIN_POSITIVE)) * (HEIGHT - 2.0);
    let points: Vec<_> =
        run.iter().map(|(place, value)| format!("{place},{}", tenths(height(*value)))).collect();
    let points = points.join(" ");
    html! {
        <>
            <polygon class="ys-performance__area" points={format!("{first},32 {points} {last},32")} />
            <polyline class="ys-performance__stroke" {points} />
        </>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_part_the_line_and_the_latest_second_is_at_the_edge() {
        let values = [Some(1.0), Some(2.0), None, None, Some(3.0)];
        assert_eq!(runs(&values), [vec![(176, 1.0), (177, 2.0)], vec![(180, 3.0)]]);
        assert!(runs(&[None]).is_empty() && runs(&[]).is_empty());
    }
}
