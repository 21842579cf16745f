//! What is made of the results: a table, a plot, and how they stand to what was set out to reach.

mod goals;
mod plot;
mod table;

use std::fmt::Write as _;

pub use self::plot::plot;
use crate::results::Results;
use crate::statistics::Summary;

/// The tables, in Markdown.
pub fn markdown(results: &Results) -> Result<String, std::fmt::Error> {
    let machine = &results.machine;
    let mut text = String::from(
        "# Results\n\nWritten by `cargo xtask bench`; how it measures is in `docs/performance.md`. Medians, and in \
         parentheses the least and the most.\n\n",
    );
    writeln!(
        text,
        "Measured on: {}, {} cores; {}; {}.{}\n",
        machine.processor,
        machine.cores,
        machine.system,
        machine.browser,
        if results.quick { " **A short run: not to be quoted.**" } else { "" }
    )?;
    table::write(&mut text, results)?;
    goals::write(&mut text, results)?;
    Ok(text)
}

/// The median with the range, or a dash.
fn range(values: impl IntoIterator<Item = f64>, digits: usize) -> String {
    Summary::of(values).map_or_else(
        || "–".to_owned(),
        |Summary { least, median, most }| {
            format!("{median:.digits$} ({least:.digits$}–{most:.digits$})")
        },
    )
}
