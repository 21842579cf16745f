//! Links that are dead, slow or stuck.

use serde_json::json;
use yewdux_socket_e2e::Failure;
use yewdux_socket_e2e::browser::Driver;
use yewdux_socket_e2e::lab::{self, LabPage};
use yewdux_socket_e2e::report;

use crate::site::Site;

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_link_is_noticed_and_replaced() -> Result<(), Failure> {
    // Connections of a second count as stable: after five dead ones in a row the library would wait, rightly.
    let site = Site::open(lab::open().await?, "&stable=1000").await?;
    let (ana, ben) = (&site.ana, &site.ben);
    let (mut seen, mut replaced) = (Vec::new(), Vec::new());

    for cycle in 0..report::cycles(1, 20) {
        // Nothing is asked for that would be missed: the silence has to last its whole time.
        ben.emit(cycle, 1).await?;
        ana.until(&format!("state.received > {cycle}")).await?;
        ana.until("state.attempts === 0 && state.latency !== null").await?;
        let before = ana.connections().await?;
        site.ana_link.black_hole();
        let start = lab::now();
        // The page is back sooner than one would see it go; it tells afterwards when it did.
        ana.reconnected(before).await?;
        let noticed = ana.when(start, "status !== 'connected'").await?;
        let back = ana.when(noticed, "status === 'connected'").await?;
        seen.push(lab::between(start, noticed));
        replaced.push(lab::between(noticed, back));
        ben.sees_one_socket_of("ana").await?;
    }
    report::times("a dead link in a visible page is seen", "within 21 s", &seen);
    report::times(
        "a dead link in a visible page is replaced once it is seen",
        "within 3 s",
        &replaced,
    );
    site.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_and_stuck_links_are_kept_and_lose_nothing() -> Result<(), Failure> {
    let (driver, ward) = (Driver::new(), lab::open().await?);
    let proxy = ward.link_to(ward.address())?;
    let ana = LabPage::open(&driver, &ward, &proxy, "ana", "").await?;

    proxy.throttle(Some(20_000));
    ana.emit(0, 100).await?;
    ana.until("state.settled === 100 && state.received === 100").await?;
    proxy.throttle(None);

    proxy.stall(true);
    ana.emit(100, 50).await?;
    ana.until("state.queued === 50").await?;
    proxy.stall(false);
    ana.until("state.settled === 150 && state.received === 150").await?;

    assert_eq!(ana.received().await?, (0..150).collect::<Vec<_>>());
    assert_eq!(json!(ana.outcomes().await?)["acknowledged"].as_array().map(Vec::len), Some(150));
    assert_eq!(ana.connections().await?, 1, "nothing was wrong with the connection");
    ana.close().await
}
