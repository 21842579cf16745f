//! What the looks at the page say, as a table.

use std::fmt::Write as _;

use super::look::Look;
use crate::statistics::percentile;

const MEBIBYTE: f64 = 1024.0 * 1024.0;

/// A look in one line.
pub(super) fn line(look: &Look) -> String {
    let cells = cells(look);
    format!(
        "{} s: {} applied, {} cuts, heap {} MiB, wasm {} MiB, {} listeners, {} nodes, {} timers, latency {} / {} / {} ms, {} long tasks",
        cells[0],
        cells[1],
        cells[2],
        cells[3],
        cells[4],
        cells[5],
        cells[6],
        cells[7],
        cells[8],
        cells[9],
        cells[10],
        cells[11]
    )
}

/// All looks, in Markdown.
pub(super) fn markdown(looks: &[Look], rate: u64) -> Result<String, std::fmt::Error> {
    let mut text = format!(
        "# Soak\n\nWritten by `cargo xtask soak`: {rate} events/s, the connection cut again and again. Garbage was collected \
         before each look. Latencies are from publishing to the document, since the look before; what was published while the \
         connection was broken waited for it.\n\n| s | events applied | cuts | heap, MiB | wasm, MiB | listeners | nodes | timers \
         | p50, ms | p95, ms | longest, ms | tasks over 50 ms |\n|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n"
    );
    for look in looks {
        writeln!(text, "| {} |", cells(look).join(" | "))?;
    }
    Ok(text)
}

fn cells(look: &Look) -> [String; 12] {
    let latency = |percent| {
        percentile(&look.latencies_ms, percent)
            .map_or_else(|| "–".to_owned(), |ms| format!("{ms:.0}"))
    };
    [
        look.seconds.to_string(),
        look.applied.to_string(),
        look.cuts.to_string(),
        format!("{:.2}", look.heap_bytes / MEBIBYTE),
        format!("{:.2}", look.wasm_bytes / MEBIBYTE),
        look.listeners.to_string(),
        look.nodes.to_string(),
        look.timers.to_string(),
        latency(50),
        latency(95),
        latency(100),
        look.long_tasks.to_string(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_is_a_row() -> Result<(), std::fmt::Error> {
        let look = Look {
            seconds: 30,
            applied: 6_000,
            cuts: 2,
            heap_bytes: 1.5 * MEBIBYTE,
            wasm_bytes: 2.0 * MEBIBYTE,
            listeners: 12.0,
            nodes: 99.0,
            timers: 1.0,
            long_tasks: 0,
            latencies_ms: vec![8.0, 1_800.4, 9.0],
        };
        let text = markdown(std::slice::from_ref(&look), 200)?;
        assert_eq!(
            text.lines().last(),
            Some("| 30 | 6000 | 2 | 1.50 | 2.00 | 12 | 99 | 1 | 9 | 1800 | 1800 | 0 |")
        );
        let quiet = Look { latencies_ms: Vec::new(), ..look };
        assert!(line(&quiet).contains("latency – / – / – ms"));
        Ok(())
    }
}
