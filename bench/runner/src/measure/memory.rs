//! What is in use after many events.

use std::ops::Range;

use anyhow::Result;

use super::Ready;
use crate::contender::Contender;
use crate::load::Scenario;
use crate::page::Fed;
use crate::results::Memory;
use crate::server::{Pace, Server};

/// How often it is looked at.
const LOOKS: usize = 10;

/// Sends a page events, and looks at its memory in between, with garbage collected.
pub async fn memory(
    server: &mut Server,
    contender: Contender,
    scenario: Scenario,
) -> Result<Vec<Memory>> {
    let ready = Ready::new(server, contender, scenario, false).await?;
    let (Fed { page, link }, frames) = (&ready.fed, &ready.measured);
    let mut found = Vec::new();
    for part in parts(frames.frames.len()) {
        let end = part.end;
        link.send(frames, part, Pace::Full).await?;
        page.until(frames.applied[end - 1]).await?;
        page.collect_garbage().await?;
        found.push(Memory {
            contender,
            entities: scenario.entities,
            events: (end * scenario.per_frame).min(scenario.events),
            heap_bytes: page.metrics().await?.heap_bytes,
            wasm_bytes: page.read("bench.wasmBytes()").await?,
        });
    }
    ready.close().await?;
    Ok(found)
}

fn parts(frames: usize) -> impl Iterator<Item = Range<usize>> {
    (0..LOOKS).map(move |look| frames * look / LOOKS..frames * (look + 1) / LOOKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_the_whole() {
        let parts: Vec<_> = parts(1_003).collect();
        assert_eq!(parts.len(), LOOKS);
        assert!(parts.windows(2).all(|pair| pair[0].end == pair[1].start));
        assert_eq!((parts[0].start, parts[LOOKS - 1].end), (0, 1_003));
    }
}
