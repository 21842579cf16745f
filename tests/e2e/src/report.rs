//! What the tests measured, told on the terminal and, if `FAULTS_REPORT` names a file, written there as one
//! JSON object a line, from which `cargo xtask` makes its table.
//!
//! Tests assert outcomes. A figure depends on the machine: it is stated beside what it should be, and judged
//! by whoever reads it.

use std::io::Write;
use std::time::Duration;

use serde_json::{Value, json};

/// Whether the long forms of the tests are wanted: `FAULTS=full`.
pub fn is_full() -> bool {
    std::env::var("FAULTS").is_ok_and(|value| value == "full")
}

/// How often something is done: `FAULTS_CYCLES` times if that is set, or else by the form of the tests.
pub fn cycles(short: u64, full: u64) -> u64 {
    let wanted = std::env::var("FAULTS_CYCLES").ok().and_then(|value| value.parse().ok());
    wanted.unwrap_or(if is_full() { full } else { short })
}

/// The seed of a test's random choices: `FAULTS_SEED`, or else another one each time. It is told, so that a
/// failure can be repeated.
pub fn seed(test: &str) -> fastrand::Rng {
    let wanted = std::env::var("FAULTS_SEED").ok().and_then(|value| value.parse().ok());
    let seed = wanted.unwrap_or_else(|| fastrand::u64(..));
    tell(&format!("{test}: FAULTS_SEED={seed}"));
    fastrand::Rng::with_seed(seed)
}

/// A result in words.
pub fn found(what: &str, wanted: &str, found: &str) {
    tell(&format!("{what}: {found} (wanted: {wanted})"));
    write(&json!({ "what": what, "wanted": wanted, "found": found }));
}

/// Times, of which the least, the median and the largest are told.
pub fn times(what: &str, wanted: &str, times: &[Duration]) {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let (Some(min), Some(max)) = (sorted.first(), sorted.last()) else { return };
    let median = sorted[sorted.len() / 2];
    let seconds = |time: Duration| format!("{:.2}", time.as_secs_f64());
    let told = format!(
        "{} / {} / {} s, {} times",
        seconds(*min),
        seconds(median),
        seconds(*max),
        sorted.len()
    );
    found(what, wanted, &told);
}

/// How many documents of one browser were watched, and how often one of them did what its policy forbids. `cargo xtask` adds
/// them up.
pub fn watched(documents: usize, violations: usize) {
    write(&json!({ "documents": documents, "violations": violations }));
}

/// A test that cannot run here.
pub fn skipped(test: &str, why: &str) {
    tell(&format!("{test}: skipped: {why}"));
    write(&json!({ "skipped": test, "why": why }));
}

#[expect(clippy::print_stdout, reason = "whoever runs the tests is to read it")]
fn tell(line: &str) {
    println!("{line}");
}

fn write(line: &Value) {
    let Some(path) = std::env::var_os("FAULTS_REPORT") else { return };
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
    // One call a line, so that tests that run at the same time do not mix theirs.
    if let Err(error) = file.and_then(|mut file| file.write_all(format!("{line}\n").as_bytes())) {
        tell(&format!("the report cannot be written: {error}"));
    }
}
