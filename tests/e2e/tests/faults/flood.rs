//! A flood of events: all arrive, in order, and the page stays usable.

use std::time::Duration;

use futures::future::try_join_all;
use serde_json::{Value, json};
use tokio::time::interval;
use yewdux_socket_core::OrganizationId;
use yewdux_socket_e2e::browser::Driver;
use yewdux_socket_e2e::lab::{self, LabPage};
use yewdux_socket_e2e::mark::LabMark;
use yewdux_socket_e2e::{Failure, report};

use crate::needs_chromium;

/// Events in each hundredth of a second.
const EVENTS: u64 = 100;

/// Seconds that the page's main thread has been busy, as `DevTools` counts them.
async fn busy(page: &LabPage) -> Result<f64, Failure> {
    let metrics = page.devtools("Performance.getMetrics", json!({})).await?;
    let metrics = metrics["metrics"].as_array().ok_or("the browser tells its metrics")?;
    let tasks = metrics.iter().find(|metric| metric["name"] == "TaskDuration");
    tasks.and_then(|metric| metric["value"].as_f64()).ok_or_else(|| "a time is a number".into())
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_events_a_second_arrive_and_the_page_stays_usable() -> Result<(), Failure> {
    if needs_chromium("ten_thousand_events_a_second_arrive_and_the_page_stays_usable") {
        return Ok(());
    }
    let seconds = report::cycles(3, 60);
    let (driver, ward) = (Driver::new(), lab::open().await?);
    let link = ward.link_to(ward.address())?;
    let ana = LabPage::open(&driver, &ward, &link, "ana", "").await?;
    ana.devtools("Performance.enable", json!({})).await?;
    ana.page().read("lab.longTasks()", &[]).await?;
    let before = busy(&ana).await?;
    let north = OrganizationId::from(lab::NORTH);
    let total = seconds * 100 * EVENTS;
    let mut clock = interval(Duration::from_millis(10));
    for first in (0..total).step_by(usize::try_from(EVENTS)?) {
        clock.tick().await;
        // Asked for together, so that they go out together.
        let marks = (first..first + EVENTS)
            .map(|sequence| LabMark { sequence, from: "flood".to_owned() })
            .collect::<Vec<_>>();
        try_join_all(marks.iter().map(|mark| ward.server().publish(&north, mark))).await?;
    }
    ana.until(&format!("state.received === {total}")).await?;
    let micros = (busy(&ana).await? - before) * 1e6 / f64::from(u32::try_from(total)?);
    let received = ana.received().await?;
    assert!(received.iter().copied().eq(0..total), "all, once, in order");
    let metrics = ana.page().read("JSON.parse(lab.metrics())", &[]).await?;
    let count = |name: &str| metrics[name].as_u64().unwrap_or_default();
    let (messages, frames) = (count("messagesReceived"), count("framesReceived"));
    assert!(frames < messages / 2, "they come coalesced: {metrics}");
    let long = ana.page().read("lab.longTasks()", &[]).await?;
    let long: Vec<_> = long.as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
    let longest = long.iter().copied().fold(0.0, f64::max);
    report::found(
        &format!("tasks over 50 ms in {seconds} s of 10 000 events/s"),
        "none",
        &format!(
            "{}, the longest {longest:.0} ms; {messages} messages in {frames} frames; {micros:.1} µs of \
             the main thread an event",
            long.len()
        ),
    );
    ana.close().await
}
