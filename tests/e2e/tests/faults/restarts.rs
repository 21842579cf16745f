//! The server goes and comes back, with what it knew and without.

use yewdux_socket_e2e::Failure;
use yewdux_socket_e2e::ward::Ward;
use yewdux_socket_e2e::{lab, report};

use crate::site::Site;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_remembers_goes_on_where_it_was() -> Result<(), Failure> {
    let data = tempfile::tempdir()?;
    let ward = lab::open_with(|config| config.data = Some(data.path().to_owned())).await?;
    let (site, marks) = restart(ward, "a restart of the server, with its data").await?;
    for page in [&site.ana, &site.ben] {
        assert_eq!(page.received().await?, (0..marks).collect::<Vec<_>>());
    }
    site.close().await
}

/// The new stream may begin before a page is back, and its beginning is no state that a snapshot would hold: it
/// is missed, but the page is told that its position was lost.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_forgot_is_begun_with_anew() -> Result<(), Failure> {
    let ward = lab::open().await?;
    let (site, marks) = restart(ward, "a restart of the server, without its data").await?;
    for page in [&site.ana, &site.ben] {
        let received = page.received().await?;
        assert!(received.is_sorted_by(|one, next| one < next), "{received:?}");
        assert!((1..marks).step_by(2).all(|mark| received.contains(&mark)), "{received:?}");
        page.until("state.errors.includes('resynchronized')").await?;
    }
    site.close().await
}

/// Restarts the server again and again. In each cycle ana emits one mark while it is away, and one when all are
/// back. Returns how many there were.
async fn restart(ward: Ward, what: &str) -> Result<(Site, u64), Failure> {
    // Connections of a second count as stable, so that each restart is like the first of a day.
    let mut site = Site::open(ward, "&stable=1000").await?;
    let mut times = Vec::new();
    let cycles = report::cycles(2, 50);
    for cycle in 0..cycles {
        let before = (site.ana.connections().await?, site.ben.connections().await?);
        site.ward.stop().await;
        site.ana.until("state.status === 'reconnecting'").await?;
        site.ana.emit(cycle * 2, 1).await?;
        site.ward.start_again().await?;
        let start = lab::now();
        site.ana.reconnected(before.0).await?;
        times.push(lab::between(start, site.ana.when(start, "status === 'connected'").await?));
        site.ben.reconnected(before.1).await?;
        for page in [&site.ana, &site.ben] {
            page.until("state.synchronizing.length === 0 && state.queued === 0").await?;
        }
        let last = cycle * 2 + 1;
        site.ana.emit(last, 1).await?;
        for (page, other) in [(&site.ana, "ben"), (&site.ben, "ana")] {
            page.sees_one_socket_of(other).await?;
            page.until(&format!("state.latest === {last} && state.attempts === 0")).await?;
        }
    }
    let mut acknowledged = site.ana.outcomes().await?.remove("acknowledged").unwrap_or_default();
    acknowledged.sort_unstable();
    assert_eq!(acknowledged, (0..cycles * 2).collect::<Vec<_>>());
    report::times(what, "within the backoff", &times);
    Ok((site, cycles * 2))
}
