//! What ends when the application wants it to.

use yewdux_socket_e2e::{Failure, lab, report};

use crate::site::Site;

/// That ben does not see ana.
const ALONE: &str =
    "!state.presence.onlineUsers['north-clinic'].some(({ userId }) => userId === 'ana')";

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_taken_out_ends_what_it_started() -> Result<(), Failure> {
    let mut site = Site::open(lab::open().await?, "&stable=200").await?;
    for _ in 0..3 {
        site.is_well().await?;
        let before = site.ana.connections().await?;
        site.ana.page().read("lab.mount(false)", &[]).await?;
        site.ana.page().until("lab.timers() === 0", &[]).await?;
        site.ben.until(ALONE).await?;
        site.ana.page().read("lab.mount(true)", &[]).await?;
        site.ana.reconnected(before).await?;
    }
    site.is_well().await?;
    site.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_out_and_leaves_at_once_leaves_nothing() -> Result<(), Failure> {
    let site = Site::open(lab::open().await?, "&persist&backoff=10-200").await?;
    let ana = &site.ana;
    for round in 0..report::cycles(3, 20) {
        ana.page().read("lab.disconnect()", &[]).await?;
        ana.emit(round * 3, 3).await?;
        ana.until("state.durable === 3").await?;
        ana.page().read("(lab.signOut(), location.href = 'about:blank')", &[]).await?;
        ana.page().until("location.href === 'about:blank'", &[]).await?;
        ana.client().back().await?;
        ana.client().refresh().await?;
        ana.reconnected(0).await?;
        assert_eq!(ana.stored().await?, (0, 0));
    }
    assert_eq!(site.ben.received().await?, [0_u64; 0], "and nothing was sent");
    site.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_sent_on_return_and_forgotten_at_sign_out() -> Result<(), Failure> {
    let site = Site::open(lab::open().await?, "").await?;
    let ana = &site.ana;
    ana.page().read("lab.disconnect()", &[]).await?;
    site.ben.until(ALONE).await?;
    ana.emit(0, 2).await?;
    ana.until("state.queued === 2").await?;
    ana.page().read("lab.connect()", &[]).await?;
    ana.until("state.queued === 0").await?;
    site.ben.until("state.received === 2").await?;

    ana.page().read("lab.disconnect()", &[]).await?;
    ana.until("state.status === 'disconnected'").await?;
    ana.emit(2, 2).await?;
    ana.until("state.queued === 2").await?;
    ana.page().read("lab.signOut()", &[]).await?;
    ana.until("state.queued === 0 && state.settled === 4").await?;
    ana.until("Object.keys(state.presence.onlineUsers).length === 0").await?;
    let outcomes = ana.outcomes().await?;
    assert_eq!(outcomes.get("acknowledged"), Some(&vec![0, 1]));
    assert_eq!(outcomes.get("discarded"), Some(&vec![2, 3]));
    assert_eq!(site.ben.received().await?, [0, 1]);
    site.close().await
}
