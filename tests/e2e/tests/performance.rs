//! The ward board under the load of a development server: the monitor's figures move, and come to rest again.

use std::collections::BTreeSet;

use yewdux_socket_e2e::Failure;
use yewdux_socket_e2e::browser::Driver;
use yewdux_socket_e2e::page::Page;
use yewdux_socket_e2e::ward::Ward;

/// The number that a figure shows.
fn figure(code: &str) -> String {
    format!(
        "parseFloat(document.querySelector(\"[data-figure='{code}'] strong\")?.innerText.replace(/[^0-9.]/g, ''))"
    )
}

/// How many events the table says there were of `patient_updated`.
const COUNTED: &str = "parseInt((document.querySelector(\"tr[data-type='patient_updated'] td\")?.innerText ?? '0').replace(/[^0-9]/g, ''))";

/// The names of the regions among which a user of a screen reader chooses.
const REGIONS: &str = "[...document.querySelectorAll('section, [role=region]')].filter(it => it.checkVisibility()).map(it => it.ariaLabel ?? document.getElementById(it.getAttribute('aria-labelledby')).innerText)";

#[tokio::test(flavor = "multi_thread")]
async fn a_load_moves_the_figures_and_stopping_it_lets_them_rest() -> Result<(), Failure> {
    let (driver, ward) = (Driver::new(), Ward::open().await?);
    let ana = Page::signed_in(&driver, &ward, "ana").await?;
    let dora = Page::signed_in(&driver, &ward, "dora").await?;
    assert_eq!(ana.count(".ys-performance").await?, 0, "nobody wants to see it yet");
    ana.click("#show-performance").await?;
    ana.shows(".ys-performance[data-health='healthy']").await?;
    let names = ana.read(REGIONS, &[]).await?;
    let names: Vec<String> = serde_json::from_value(names)?;
    assert!(names.iter().any(|name| name == "Performance"), "{names:?}");
    let different: BTreeSet<_> = names.iter().collect();
    assert_eq!(different.len(), names.len(), "regions cannot be told apart: {names:?}");
    ana.choose("#load-rate", "1000").await?;
    ana.click("#load-toggle").await?;
    ana.says(".load__stage", "Running: 1\u{202f}000 changes a second").await?;
    ana.until(&format!("{} > 100", figure("events-rate")), &[]).await?;
    ana.until(&format!("{COUNTED} > 2000"), &[]).await?;
    ana.until(&format!("{} > 0", figure("processing")), &[]).await?;
    // The clock of the server is known by now, and these events happened while the connection was open.
    ana.until(&format!("{} >= 0", figure("delivery")), &[]).await?;
    ana.shows(".ys-performance__bar").await?;
    ana.shows("svg[aria-label^='Events per second'] polyline").await?;

    ana.click("#load-toggle").await?;
    ana.says(".load__stage", "The load is over").await?;
    ana.until(&format!("{} === 0", figure("events-rate")), &[]).await?;
    // It was another organization's.
    dora.click("#show-performance").await?;
    dora.shows("[data-figure='events-rate']").await?;
    assert_eq!(dora.count("[data-type='patient_updated']").await?, 0);
    assert_eq!(dora.count("#load-toggle").await?, 0, "who may not change patients makes no load");
    dora.click("#show-performance").await?;
    dora.hides(".ys-performance").await?;
    ana.close().await?;
    dora.close().await
}
