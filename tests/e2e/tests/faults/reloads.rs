//! Events that are queued when the page is reloaded.

use yewdux_socket_e2e::Failure;
use yewdux_socket_e2e::lab;
use yewdux_socket_e2e::report;

use crate::site::Site;

/// A page that is loaded while nobody is there to connect to waits for the library's own backoff, which would make up
/// most of the time.
const SETTINGS: &str = "&persist&backoff=10-200&stable=200";

#[tokio::test(flavor = "multi_thread")]
async fn queued_events_outlive_reloads_and_arrive_once_and_in_order() -> Result<(), Failure> {
    let site = Site::open(lab::open().await?, SETTINGS).await?;
    let (ana, ben) = (&site.ana, &site.ben);
    site.ana_link.refuse(true);
    site.ana_link.cut();
    ana.until("state.status !== 'connected'").await?;

    let (events, reloads) = if report::is_full() { (1_000, 10) } else { (50, 2) };
    let at_once = events / reloads;
    for reload in 0..reloads {
        ana.emit(reload * at_once, at_once).await?;
        let all_are_kept = format!("state.durable === {}", (reload + 1) * at_once);
        ana.until(&all_are_kept).await?;
        ana.client().refresh().await?;
        ana.until(&all_are_kept).await?;
    }
    site.ana_link.refuse(false);

    ana.until("state.queued === 0 && state.status === 'connected'").await?;
    ben.until(&format!("state.received >= {events}")).await?;
    assert_eq!(ben.received().await?, (0..events).collect::<Vec<_>>());
    report::found(
        "queued events over reloads",
        "all arrive once and in order",
        &format!("{events} events, {reloads} reloads: all"),
    );
    site.close().await
}
