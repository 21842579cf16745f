//! What a trace says of a page's tasks.

use anyhow::{Context as _, Result};
use serde_json::Value;

/// Milliseconds of the longest task that began after a mark, on the thread on which the mark was made.
pub(crate) fn longest_task(events: &[Value], mark: &str) -> Result<f64> {
    let marked = events.iter().find(|event| event["name"] == mark);
    let marked = marked.context("the trace does not have the mark")?;
    let began = marked["ts"].as_f64().context("a mark has a time")?;
    let tasks = events.iter().filter(|event| {
        event["name"] == "RunTask"
            && (&event["pid"], &event["tid"]) == (&marked["pid"], &marked["tid"])
            && event["ts"].as_f64().is_some_and(|ts| ts > began)
    });
    let micros = tasks.filter_map(|task| task["dur"].as_f64()).max_by(f64::total_cmp);
    Ok(micros.context("the trace has no task")? / 1_000.0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_tasks_after_the_mark_and_on_its_thread_count() -> Result<()> {
        let task =
            |tid, ts, dur| json!({ "name": "RunTask", "pid": 1, "tid": tid, "ts": ts, "dur": dur });
        let mut events = vec![
            task(1, 10, 90_000),
            task(1, 130, 4_500),
            json!({ "name": "bench", "pid": 1, "tid": 1, "ts": 120 }),
            task(2, 140, 70_000),
            task(1, 200, 2_000),
            json!({ "name": "Paint", "pid": 1, "tid": 1, "ts": 300, "dur": 50_000 }),
        ];
        let found = longest_task(&events, "bench")?;
        assert!((found - 4.5).abs() < 1e-9, "{found}");
        events.truncate(1);
        assert!(longest_task(&events, "bench").is_err(), "there is no mark");
        Ok(())
    }
}
