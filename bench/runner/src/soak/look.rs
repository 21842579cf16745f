//! A look at the page.

use serde::{Deserialize, Serialize};

/// What the page was at one moment, with garbage collected, and what its latencies were since the one before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// Seconds since the beginning.
    pub seconds: u64,
    /// Events that the page has applied.
    pub applied: u64,
    /// How often the connection was cut so far.
    pub cuts: u64,
    /// Bytes of the JavaScript heap in use.
    pub heap_bytes: f64,
    /// Bytes of the memory of wasm.
    pub wasm_bytes: f64,
    /// Listeners of events.
    pub listeners: f64,
    /// Nodes of the document.
    pub nodes: f64,
    /// Pending timers.
    pub timers: f64,
    /// Tasks of more than 50 ms since the look before.
    pub long_tasks: usize,
    /// Milliseconds from publishing an event to its being in the document, of each that was measured.
    pub latencies_ms: Vec<f64>,
}
