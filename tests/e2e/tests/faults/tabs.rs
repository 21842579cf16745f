//! Several tabs of one browser, and what they share: the sign-in, and what is stored.

use fantoccini::wd::WindowHandle;
use serde_json::json;
use yewdux_socket_e2e::Failure;
use yewdux_socket_e2e::{lab, report};

use crate::needs_chromium;
use crate::site::Site;

const SETTINGS: &str = "&persist&backoff=10-200&stable=200";
const SIGNED_OUT: &str = "state.status === 'error' && state.error === 'signed_out_elsewhere'";

/// Opens another tab, and stays in the first.
async fn two_tabs(site: &Site) -> Result<(WindowHandle, WindowHandle), Failure> {
    let first = site.ana.client().window().await?;
    let second = site.ana.open_another_tab().await?;
    site.ana.page().go_to(&first).await?;
    Ok((first, second))
}

/// Queues events that cannot be sent, and waits until they are on the disk.
async fn keep(site: &Site, events: u64) -> Result<(), Failure> {
    site.ana_link.refuse(true);
    site.ana_link.cut();
    site.ana.until("state.status !== 'connected'").await?;
    site.ana.emit(0, events).await?;
    site.ana.until(&format!("state.durable === {events}")).await?;
    assert_eq!(site.ana.stored().await?, (events, 1));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_out_in_one_tab_is_one_in_all_and_leaves_nothing() -> Result<(), Failure> {
    let site = Site::open(lab::open().await?, SETTINGS).await?;
    let ana = &site.ana;
    let mut times = Vec::new();
    for _ in 0..report::cycles(1, 10) {
        let (first, second) = two_tabs(&site).await?;
        keep(&site, 3).await?;
        ana.page().go_to(&second).await?;
        let start = lab::now();
        ana.page().read("lab.signOut()", &[]).await?;
        ana.until_stored(0, 0).await?;
        ana.page().go_to(&first).await?;
        ana.until(SIGNED_OUT).await?;
        times.push(lab::between(start, ana.when(start, "status === 'error'").await?));
        ana.until("state.queued === 0 && Object.keys(state.presence.onlineUsers).length === 0")
            .await?;
        assert_eq!(ana.outcomes().await?.get("discarded"), Some(&vec![0, 1, 2]));
        site.ana_link.refuse(false);
        ana.client().refresh().await?;
        ana.reconnected(0).await?;
        assert_eq!(ana.stored().await?, (0, 0), "nor was anything stored afterwards");
        ana.page().go_to(&second).await?;
        ana.client().close_window().await?;
        ana.page().go_to(&first).await?;
    }
    assert_eq!(site.ben.received().await?, [0_u64; 0]);
    report::times("a sign-out in one tab, in the other", "within 1 s", &times);
    site.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_tab_is_signed_out_too() -> Result<(), Failure> {
    if needs_chromium("a_frozen_tab_is_signed_out_too") {
        return Ok(());
    }
    let site = Site::open(lab::open().await?, SETTINGS).await?;
    let ana = &site.ana;
    let (first, second) = two_tabs(&site).await?;
    keep(&site, 3).await?;
    ana.devtools("Page.setWebLifecycleState", json!({ "state": "frozen" })).await?;
    ana.page().go_to(&second).await?;
    ana.page().read("lab.signOut()", &[]).await?;
    ana.until("state.status === 'disconnected'").await?;
    ana.page().go_to(&first).await?;
    ana.devtools("Page.setWebLifecycleState", json!({ "state": "active" })).await?;
    ana.until(SIGNED_OUT).await?;
    ana.until("state.queued === 0").await?;
    ana.until_stored(0, 0).await?;
    site.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_browser_deletes_under_a_running_page_is_stored_again() -> Result<(), Failure> {
    if needs_chromium("what_the_browser_deletes_under_a_running_page_is_stored_again") {
        return Ok(());
    }
    let site = Site::open(lab::open().await?, SETTINGS).await?;
    let ana = &site.ana;
    keep(&site, 3).await?;
    let origin = ana.page().read("location.origin", &[]).await?;
    let site_data = json!({ "origin": origin, "storageTypes": "all" });
    ana.devtools("Storage.clearDataForOrigin", site_data).await?;
    ana.until_stored(3, 1).await?;
    ana.until("state.durable === 3 && state.queued === 3").await?;
    ana.client().refresh().await?;
    ana.until("state.durable === 3 && state.queued === 3").await?;
    site.ana_link.refuse(false);
    site.ben.until("state.received === 3").await?;
    assert_eq!(site.ben.received().await?, [0, 1, 2]);
    site.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_closed_tab_left_is_adopted_by_another() -> Result<(), Failure> {
    let site = Site::open(lab::open().await?, SETTINGS).await?;
    let ana = &site.ana;
    let (first, second) = two_tabs(&site).await?;
    keep(&site, 3).await?;
    ana.page().go_to(&second).await?;
    ana.until("state.status !== 'connected'").await?;
    ana.emit(3, 2).await?;
    ana.until("state.queued === 2 && state.errors.includes('storage_held_elsewhere')").await?;
    assert_eq!(ana.stored().await?, (3, 1), "one tab holds the outbox");
    ana.page().go_to(&first).await?;
    ana.client().close_window().await?;
    ana.page().go_to(&second).await?;
    ana.until("state.queued === 5 && state.durable === 5").await?;
    site.ana_link.refuse(false);
    ana.until("state.queued === 0").await?;
    site.ben.until("state.received === 5").await?;
    assert_eq!(site.ben.received().await?, [0, 1, 2, 3, 4]);
    ana.until_stored(0, 1).await?;
    site.close().await
}
