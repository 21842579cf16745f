//! Nothing grows with reconnections.

use serde_json::json;
use tokio::time::{Duration, Instant};
use yewdux_socket_e2e::Failure;
use yewdux_socket_e2e::browser::Driver;
use yewdux_socket_e2e::lab::{self, LabPage};
use yewdux_socket_e2e::report;

use crate::needs_chromium;

/// Reconnections after which the page has made all that it makes once.
const WARM_UP: u64 = 10;
/// How long one reconnection may take. Far more than it takes.
const LIMIT: Duration = Duration::from_secs(30);
/// How often is looked at what the page holds.
const LOOKS: u64 = 20;
/// How much wasm's memory, which only grows and by 64 KiB at a time, may still grow until the bounded lists of the
/// latest errors and outcomes are full.
const WASM_NOISE: f64 = 2.0 * 64.0 * 1024.0;
/// How much JavaScript's heap may differ between two looks at the same page. Compiled code comes and goes.
const HEAP_NOISE: f64 = 256.0 * 1024.0;

/// What a page holds, after a garbage collection.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Holdings {
    wasm: f64,
    heap: f64,
    listeners: f64,
    nodes: f64,
    timers: f64,
}

impl Holdings {
    async fn of(page: &LabPage) -> Result<Self, Failure> {
        // What is freed by one collection can free more.
        for _ in 0..2 {
            page.devtools("HeapProfiler.collectGarbage", json!({})).await?;
        }
        let heap = page.devtools("Runtime.getHeapUsage", json!({})).await?;
        let metrics = page.devtools("Performance.getMetrics", json!({})).await?;
        let metric = |name: &str| {
            let metrics = metrics["metrics"].as_array()?;
            metrics.iter().find(|metric| metric["name"] == name)?["value"].as_f64()
        };
        let number = |value: Option<f64>| value.ok_or("the browser does not tell");
        Ok(Self {
            wasm: evaluate(page, "lab.memory()").await?,
            timers: evaluate(page, "lab.timers()").await?,
            heap: number(heap["usedSize"].as_f64())?,
            listeners: number(metric("JSEventListeners"))?,
            nodes: number(metric("Nodes"))?,
        })
    }
}

/// The number that an expression is. `DevTools` leaves nothing behind in the page, unlike WebDriver, which keeps the
/// result of each of its scripts: in the end that is more than what is looked for.
async fn evaluate(page: &LabPage, expression: &str) -> Result<f64, Failure> {
    let arguments = json!({ "expression": expression, "returnByValue": true });
    let result = page.devtools("Runtime.evaluate", arguments).await?;
    result["result"]["value"].as_f64().ok_or_else(|| format!("no number: {result}").into())
}

/// Waits until the page has connected so many times.
async fn connected(page: &LabPage, times: u64) -> Result<(), Failure> {
    let expression = format!("Number(JSON.parse(lab.state()).connections >= {times})");
    let started = Instant::now();
    while evaluate(page, &expression).await? == 0.0 {
        if started.elapsed() > LIMIT {
            return Err(format!("no connection within {LIMIT:?}: {}", page.state().await?).into());
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn reconnections_leave_nothing_behind() -> Result<(), Failure> {
    if needs_chromium("reconnections_leave_nothing_behind") {
        return Ok(());
    }
    // Fewer do not tell growth from warming up.
    let reconnections = report::cycles(50, 10_000).max(50);
    let (driver, ward) = (Driver::new(), lab::open().await?);
    let link = ward.link_to(ward.address())?;
    let page = LabPage::open(&driver, &ward, &link, "ana", "&backoff=1-5&stable=1").await?;
    page.devtools("Performance.enable", json!({})).await?;

    let step = reconnections.div_ceil(LOOKS);
    let mut holdings = Vec::new();
    for done in 1..=WARM_UP + reconnections {
        link.cut();
        connected(&page, done + 1).await?;
        if done >= WARM_UP && (done - WARM_UP).is_multiple_of(step) {
            holdings.push(Holdings::of(&page).await?);
        }
    }

    let (warm, late) = holdings.split_at(holdings.len() / 4);
    let late = &late[late.len() * 2 / 3..];
    let most =
        |of: &[Holdings], what: fn(&Holdings) -> f64| of.iter().map(what).fold(0.0, f64::max);
    for (name, what, noise) in [
        ("wasm memory", (|it| it.wasm) as fn(&Holdings) -> f64, WASM_NOISE),
        ("JavaScript heap", |it| it.heap, HEAP_NOISE),
        ("listeners", |it| it.listeners, 0.0),
        ("nodes", |it| it.nodes, 0.0),
        ("timers", |it| it.timers, 0.0),
    ] {
        let (before, after) = (most(warm, what), most(late, what));
        report::found(
            &format!("{name} over {reconnections} reconnections"),
            "as before",
            &format!("{before}, later {after}"),
        );
        assert!(after <= before + noise, "{name} grew from {before} to {after}: {holdings:#?}");
    }
    page.close().await
}
