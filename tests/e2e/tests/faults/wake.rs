//! Pages that slept, and what they are like when they wake.
//!
//! Connections of half a second count as stable here: after five wakes in a row without a stable connection the
//! library takes them for a fault and waits, and these come one after another.

use serde_json::json;
use yewdux_socket_e2e::Failure;
use yewdux_socket_e2e::{lab, report};

use crate::needs_chromium;
use crate::site::Site;

const SETTINGS: &str = "&stable=500";
const WANTED: &str = "within 3 s";

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_gone_back_to_has_one_live_socket() -> Result<(), Failure> {
    let mut site = Site::open(lab::open().await?, SETTINGS).await?;
    let (mut times, mut kept, mut reasons) = (Vec::new(), 0, Vec::new());
    for _ in 0..report::cycles(2, 50) {
        let before = site.ana.connections().await?;
        site.ana.page().read("window.isSame = true", &[]).await?;
        site.ana.client().goto(&format!("{}healthz", site.ward.page())).await?;
        let start = lab::now();
        site.ana.client().back().await?;
        site.ana.page().until("window.lab !== undefined", &[]).await?;
        // A page out of the back/forward cache goes on counting; one that was loaded anew begins.
        let is_same = site.ana.page().read("window.isSame === true", &[]).await? == json!(true);
        site.ana.reconnected(if is_same { before } else { 0 }).await?;
        times.push(lab::between(start, site.ana.when(start, "status === 'connected'").await?));
        kept += u64::from(is_same);
        if !is_same {
            let why = "performance.getEntriesByType('navigation')[0].notRestoredReasons?.reasons?.map(({ reason }) => reason).join() ?? 'no reason told'";
            reasons.push(site.ana.page().read(why, &[]).await?.to_string());
        }
        site.is_well().await?;
    }
    reasons.sort_unstable();
    reasons.dedup();
    report::times(
        &format!("going back to the page, {kept} times out of the cache {}", reasons.join(" ")),
        WANTED,
        &times,
    );
    site.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_page_whose_link_died_reconnects_when_it_thaws() -> Result<(), Failure> {
    if needs_chromium("a_frozen_page_whose_link_died_reconnects_when_it_thaws") {
        return Ok(());
    }
    let mut site = Site::open(lab::open().await?, SETTINGS).await?;
    let mut times = Vec::new();
    for cycle in 0..report::cycles(2, 50) {
        let before = site.ana.connections().await?;
        site.ana.devtools("Page.setWebLifecycleState", json!({ "state": "frozen" })).await?;
        site.lose_link_of_ana(cycle);
        let start = lab::now();
        site.ana.devtools("Page.setWebLifecycleState", json!({ "state": "active" })).await?;
        site.ana.reconnected(before).await?;
        times.push(lab::between(start, site.ana.when(start, "status === 'connected'").await?));
        site.is_well().await?;
    }
    report::times("a thawed page with a dead link is connected again", WANTED, &times);
    site.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_was_offline_reconnects_when_it_is_online() -> Result<(), Failure> {
    if needs_chromium("a_page_that_was_offline_reconnects_when_it_is_online") {
        return Ok(());
    }
    let mut site = Site::open(lab::open().await?, SETTINGS).await?;
    let network = |offline: bool| {
        let unlimited = -1;
        json!({
            "offline": offline, "latency": 0,
            "downloadThroughput": unlimited, "uploadThroughput": unlimited,
        })
    };
    let mut times = Vec::new();
    site.ana.devtools("Network.enable", json!({})).await?;
    for cycle in 0..report::cycles(2, 50) {
        let before = site.ana.connections().await?;
        site.ana.devtools("Network.emulateNetworkConditions", network(true)).await?;
        site.ana.page().until("!navigator.onLine", &[]).await?;
        site.lose_link_of_ana(cycle);
        let start = lab::now();
        site.ana.devtools("Network.emulateNetworkConditions", network(false)).await?;
        site.ana.reconnected(before).await?;
        times.push(lab::between(start, site.ana.when(start, "status === 'connected'").await?));
        site.is_well().await?;
    }
    report::times("a page that is online again is connected again", WANTED, &times);
    site.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_page_goes_on_and_is_well_when_it_is_seen_again() -> Result<(), Failure> {
    let mut site = Site::open(lab::open().await?, SETTINGS).await?;
    let mut times = Vec::new();
    for _ in 0..report::cycles(2, 50) {
        site.ana.client().minimize_window().await?;
        site.ana.page().until("document.visibilityState === 'hidden'", &[]).await?;
        // Events are committed while nobody looks.
        site.is_well().await?;
        assert_eq!(site.ana.page().read("document.visibilityState", &[]).await?, "hidden");

        let before = site.ana.connections().await?;
        site.ana_link.black_hole();
        let start = lab::now();
        site.ana.client().maximize_window().await?;
        site.ana.reconnected(before).await?;
        times.push(lab::between(start, site.ana.when(start, "status === 'connected'").await?));
        site.is_well().await?;
    }
    report::times(
        "a page that is seen again, with a dead link, is connected again",
        WANTED,
        &times,
    );
    site.close().await
}
