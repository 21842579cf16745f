//! A plot: how the time of an event grows with the state.

use std::fmt::{Result, Write};

use crate::contender::Contender;
use crate::results::Results;
use crate::statistics::Summary;

const PANEL: f64 = 380.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 60.0;
const TOP: f64 = 60.0;
const GAP: f64 = 80.0;
/// Powers of ten of the axes: 1 000 to 100 000 entities, 1 µs to 100 ms.
const ACROSS: (f64, f64) = (3.0, 5.0);
const UP: (f64, f64) = (0.0, 5.0);

const LINES: [(Contender, &str); 4] = [
    (Contender::ReactEach, "#b3404a"),
    (Contender::Socketio, "#8a6d1d"),
    (Contender::React, "#2f6db5"),
    (Contender::Ours, "#1d7a4c"),
];

/// Microseconds of the main thread an event above the no-op page, over the number of entities, as SVG; both axes are
/// logarithmic. Lines join medians, bars are from the least to the most.
pub fn plot(results: &Results) -> std::result::Result<String, std::fmt::Error> {
    let mut svg = String::new();
    let (width, height) = (LEFT + 2.0 * PANEL + GAP + 40.0, TOP + HEIGHT + 110.0);
    writeln!(
        svg,
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-labelledby="title" font-family="sans-serif" font-size="13" fill="#1c2430">
<title id="title">Main-thread time an event above the no-op page, by size of the state</title>
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="{LEFT}" y="24" font-size="16" font-weight="bold">Main-thread time an event, above the no-op page (µs)</text>"##
    )?;
    for (panel, per_frame) in [(0.0, 1), (1.0, 64)] {
        let x = LEFT + panel * (PANEL + GAP);
        let title = if per_frame == 1 { "one event a frame" } else { "64 events a frame" };
        writeln!(svg, r#"<text x="{x}" y="46">{title}</text>"#)?;
        axes(&mut svg, x)?;
        for (contender, colour) in LINES {
            line(&mut svg, results, (contender, colour), per_frame, x)?;
        }
    }
    legend(&mut svg)?;
    svg.push_str("</svg>\n");
    Ok(svg)
}

fn across(x: f64, entities: f64) -> f64 {
    x + (entities.log10() - ACROSS.0) / (ACROSS.1 - ACROSS.0) * PANEL
}

fn up(micros: f64) -> f64 {
    let share = (micros.max(1.0).log10() - UP.0) / (UP.1 - UP.0);
    TOP + HEIGHT * (1.0 - share.min(1.0))
}

fn axes(svg: &mut String, x: f64) -> Result {
    for (label, micros) in
        [("1", 1.0), ("10", 10.0), ("100", 1e2), ("1 000", 1e3), ("10 000", 1e4), ("100 000", 1e5)]
    {
        let y = up(micros);
        writeln!(
            svg,
            r##"<path d="M{x} {y:.1}h{PANEL}" stroke="#d5dbe3"/><text x="{}" y="{:.1}" text-anchor="end">{label}</text>"##,
            x - 6.0,
            y + 4.0
        )?;
    }
    for (label, entities) in [("1 000", 1e3), ("10 000", 1e4), ("100 000", 1e5)] {
        let at = across(x, entities);
        writeln!(
            svg,
            r##"<path d="M{at:.1} {TOP}v{HEIGHT}" stroke="#d5dbe3"/><text x="{at:.1}" y="{}" text-anchor="middle">{label}</text>"##,
            TOP + HEIGHT + 18.0
        )?;
    }
    writeln!(
        svg,
        r#"<text x="{}" y="{}" text-anchor="middle">entities in the state</text>"#,
        x + PANEL / 2.0,
        TOP + HEIGHT + 38.0
    )
}

fn line(
    svg: &mut String,
    results: &Results,
    (contender, colour): (Contender, &str),
    per_frame: usize,
    x: f64,
) -> Result {
    let mut points = Vec::new();
    for (_, entities) in results.combinations().into_iter().filter(|(frame, _)| *frame == per_frame)
    {
        let found = Summary::of(results.above_noop(contender, per_frame, entities));
        let (Some(Summary { least, median, most }), Ok(entities)) =
            (found, u32::try_from(entities))
        else {
            continue;
        };
        let at = across(x, f64::from(entities));
        points.push(format!("{at:.1},{:.1}", up(median)));
        writeln!(
            svg,
            r#"<path d="M{at:.1} {:.1}V{:.1}" stroke="{colour}" stroke-width="2"/><circle cx="{at:.1}" cy="{:.1}" r="3.5" fill="{colour}"><title>{}: {median:.1} µs</title></circle>"#,
            up(least),
            up(most),
            up(median),
            contender.title()
        )?;
    }
    writeln!(
        svg,
        r#"<polyline points="{}" fill="none" stroke="{colour}" stroke-width="2"/>"#,
        points.join(" ")
    )
}

fn legend(svg: &mut String) -> Result {
    for (place, (contender, colour)) in (0_u8..).zip(LINES) {
        let x = LEFT + f64::from(place % 2) * (PANEL + GAP);
        let y = TOP + HEIGHT + 66.0 + f64::from(place / 2) * 22.0;
        writeln!(
            svg,
            r#"<path d="M{x} {}h24" stroke="{colour}" stroke-width="3"/><text x="{}" y="{y}">{}</text>"#,
            y - 4.0,
            x + 32.0,
            contender.title()
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::tests::example;

    #[test]
    fn the_axes_are_logarithmic_and_end_where_they_should() {
        let across = [1e3, 1e4, 1e5].map(|entities| format!("{:.0}", across(10.0, entities)));
        assert_eq!(across, ["10", "200", "390"]);
        let up = [1e5, 1.0, 0.01, 1e9].map(|micros| format!("{:.0}", up(micros)));
        assert_eq!(up, ["60", "360", "360", "60"]);
    }

    #[test]
    fn what_was_measured_has_a_point() -> Result {
        let svg = plot(&example())?;
        assert_eq!(svg.matches("<circle").count(), 2);
        assert!(svg.contains("yewdux-socket: 3.5 µs"), "{svg}");
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
        Ok(())
    }
}
