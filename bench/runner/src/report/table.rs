//! The tables of what was measured.

use std::fmt::{Result, Write};

use super::range;
use crate::contender::Contender;
use crate::results::{Results, Steady};

const MEBIBYTE: f64 = 1024.0 * 1024.0;

pub(super) fn write(text: &mut String, results: &Results) -> Result {
    speed(text, results)?;
    steady(text, results)?;
    memory(text, results)?;
    start(text, results)
}

fn contenders() -> impl Iterator<Item = Contender> {
    <Contender as clap::ValueEnum>::value_variants().iter().copied()
}

fn speed(text: &mut String, results: &Results) -> Result {
    if results.runs.is_empty() {
        return Ok(());
    }
    text.push_str(
        "## As fast as the page takes them\n\n| page | events a frame | entities | µs of the main thread an event, above the no-op page | events/s |\n|---|--:|--:|--:|--:|\n",
    );
    for (per_frame, entities) in results.combinations() {
        for contender in contenders() {
            let throughput = results.throughput(contender, per_frame, entities);
            if throughput.is_empty() {
                continue;
            }
            let above = if contender == Contender::Noop {
                let own = results.runs.iter().filter(|run| {
                    (run.contender, run.per_frame, run.entities) == (contender, per_frame, entities)
                });
                format!("itself {}", range(own.map(|run| run.task_micros), 1))
            } else {
                range(results.above_noop(contender, per_frame, entities), 1)
            };
            writeln!(
                text,
                "| {} | {per_frame} | {entities} | {above} | {} |",
                contender.title(),
                range(throughput, 0)
            )?;
        }
    }
    text.push('\n');
    Ok(())
}

fn steady(text: &mut String, results: &Results) -> Result {
    let mut paces: Vec<_> =
        results.steady.iter().map(|one| (one.rate, one.per_frame, one.entities)).collect();
    paces.sort_unstable();
    paces.dedup();
    if !paces.is_empty() {
        text.push_str(
            "## At a steady pace: milliseconds from the server's sending to the document\n\n| page | events/s | events a frame | entities | p50 | p95 | p99 | longest task | tasks over 50 ms |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|\n",
        );
    }
    for pace in paces {
        for contender in contenders() {
            let own = || {
                results.steady.iter().filter(move |one| {
                    one.contender == contender && (one.rate, one.per_frame, one.entities) == pace
                })
            };
            if own().next().is_none() {
                continue;
            }
            let figure = |of: fn(&Steady) -> f64| range(own().map(of), 1);
            let (rate, per_frame, entities) = pace;
            writeln!(
                text,
                "| {} | {rate} | {per_frame} | {entities} | {} | {} | {} | {} | {} |",
                contender.title(),
                figure(|one| one.p50_ms),
                figure(|one| one.p95_ms),
                figure(|one| one.p99_ms),
                figure(|one| one.longest_task_ms),
                own().map(|one| one.long_tasks).max().unwrap_or(0),
            )?;
        }
    }
    text.push('\n');
    Ok(())
}

fn memory(text: &mut String, results: &Results) -> Result {
    if !results.memory.is_empty() {
        text.push_str(
            "## Memory after so many events, MiB, garbage collected\n\n| page | entities | events | JavaScript heap | wasm |\n|---|--:|--:|--:|--:|\n",
        );
    }
    for one in &results.memory {
        writeln!(
            text,
            "| {} | {} | {} | {:.1} | {:.1} |",
            one.contender.title(),
            one.entities,
            one.events,
            one.heap_bytes / MEBIBYTE,
            one.wasm_bytes / MEBIBYTE
        )?;
    }
    text.push('\n');
    Ok(())
}

fn start(text: &mut String, results: &Results) -> Result {
    text.push_str(
        "## Until it is there\n\n| page | kB by brotli 11 | ms from navigation to connected |\n|---|--:|--:|\n",
    );
    for contender in contenders() {
        let size = results.sizes.iter().find(|size| size.page == contender.name());
        let own = results.runs.iter().filter(|run| run.contender == contender);
        let connected = range(own.map(|run| run.connected_after_ms), 0);
        let size = size.map_or_else(|| "–".to_owned(), |size| kilobytes(size.brotli));
        writeln!(text, "| {} | {size} | {connected} |", contender.title())?;
    }
    text.push('\n');
    Ok(())
}

/// Thousands of bytes with one digit behind the point.
pub(super) fn kilobytes(bytes: u64) -> String {
    format!("{}.{}", bytes / 1_000, bytes % 1_000 / 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Size;
    use crate::results::tests::example;

    #[test]
    fn a_row_has_the_medians_and_their_ranges() -> Result {
        let mut results = example();
        results.sizes.push(Size { page: "ours".into(), raw: 1_000_000, brotli: 159_950 });
        let mut text = String::new();
        write(&mut text, &results)?;
        let has = |line: &str| assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        has(
            "| no-op onmessage (the ceiling) | 64 | 1000 | itself 1.2 (1.0–1.5) | 1000000 (1000000–1000000) |",
        );
        has("| yewdux-socket | 64 | 1000 | 3.5 (3.0–4.0) | 250000 (200000–300000) |");
        has("| yewdux-socket | 159.9 | 100 (100–100) |");
        has("| JSON.parse only | – | – |");
        assert!(!text.contains("steady"), "what was not measured has no table");
        Ok(())
    }
}
