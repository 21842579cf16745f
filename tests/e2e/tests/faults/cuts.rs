//! Events out and in across cuts.

use std::collections::BTreeMap;

use yewdux_socket_e2e::Failure;
use yewdux_socket_e2e::proxy::Direction;
use yewdux_socket_e2e::{lab, report};

use crate::site::Site;

/// Waits between attempts that let a hundred cuts fit into a test: with the library's own, of up to 30 s, nearly
/// all of the time nobody would be connected.
const PACE: &str = "&backoff=10-200&stable=200";
/// Fewer bytes than any event takes on the wire, so that a cut planned by it does come.
const EVENT_BYTES: usize = 60;

#[tokio::test(flavor = "multi_thread")]
async fn every_event_arrives_once_and_in_order_across_cuts() -> Result<(), Failure> {
    let cuts = report::cycles(5, 100);
    let events = cuts * 100;
    let mut rng = report::seed("cuts");
    let site = Site::open(lab::open().await?, PACE).await?;
    let (ana, ben) = (&site.ana, &site.ben);

    for round in 0..cuts {
        // Whose connection, and which way: of the one who only listens, the way down carries the events.
        let (proxy, direction) = match rng.u8(0..3) {
            0 => (&site.ana_link, Direction::Up),
            1 => (&site.ana_link, Direction::Down),
            _ => (&site.ben_link, Direction::Down),
        };
        let before = proxy.cuts();
        if rng.bool() {
            proxy.cut_after(direction, rng.usize(1..100 * EVENT_BYTES));
        } else {
            proxy.cut_inside_a_frame(direction);
        }
        ana.emit(round * 100, 100).await?;
        proxy.was_cut(before + 1).await;
        // The next batch and cut meet a connection, or whatever there is before it.
        if rng.bool() {
            ana.until("state.status === 'connected'").await?;
            ben.until("state.status === 'connected'").await?;
        }
    }

    ana.until(&format!("state.settled >= {events} && state.queued === 0")).await?;
    for page in [ana, ben] {
        page.until(&format!("state.received >= {events}")).await?;
    }
    let all: Vec<u64> = (0..events).collect();
    let mut outcomes = ana.outcomes().await?;
    for sequences in outcomes.values_mut() {
        sequences.sort_unstable();
    }
    assert_eq!(outcomes, BTreeMap::from([("acknowledged".to_owned(), all.clone())]));
    // Ben sees each event of the stream: what the server had applied twice would be there twice.
    assert!(ben.received().await? == all, "ben: {:?}", first_difference(&ben.received().await?));
    assert!(ana.received().await? == all, "ana: {:?}", first_difference(&ana.received().await?));
    report::found(
        "events out and in across cuts",
        "0 lost, 0 doubled, 0 out of order",
        &format!("{events} events, {cuts} cuts: 0, 0, 0"),
    );
    site.close().await
}

/// Where a list is not 0, 1, 2 …: the place, and what stands there.
fn first_difference(received: &[u64]) -> Option<(u64, u64)> {
    (0..).zip(received.iter().copied()).find(|(place, sequence)| place != sequence)
}
