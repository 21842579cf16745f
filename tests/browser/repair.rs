//! Presence that differs from the server's is fetched again.

use std::rc::Rc;

use wasm_bindgen_test::wasm_bindgen_test;
use yew::Html;
use yewdux_socket::recovery::{CorruptionRecovery, RecoveryStrategy, StateCorruption};
use yewdux_socket::wire::{Map, PresenceSummary, RawJson, Welcome, capability};
use yewdux_socket::{OrganizationId, SocketOptions};

use crate::common::{
    InPageServer, Link, Page, dispatch, next_frame, organization, presence, snapshot, until,
    welcome_with_snapshots,
};

const OFFSET: u64 = 5;

fn with_digests() -> Welcome {
    let mut welcome = welcome_with_snapshots(&["north"]);
    welcome.capabilities.push(capability::DIGEST.to_owned());
    welcome
}

fn entries(users: &[&str]) -> Vec<RawJson> {
    users.iter().map(|user| RawJson::of(&presence(user, &["north"])).unwrap()).collect()
}

/// The server's fingerprint of who is online in `north`.
fn digest(offset: u64, users: &[&str]) -> Map<OrganizationId, PresenceSummary> {
    let mut summary = PresenceSummary {
        epoch: "epoch".into(),
        offset,
        users: users.len(),
        digest: "0000000000000000".parse().unwrap(),
    };
    for user in users {
        summary.digest.insert(&(*user).into(), 1);
    }
    Map::from([(organization("north"), summary)])
}

/// A page that got a snapshot in which `ben` is online.
async fn with_ben(server: &InPageServer, options: SocketOptions) -> (Rc<Link>, Page) {
    let page = Page::mount(options, Html::default()).await;
    let link = server.welcome(with_digests()).await;
    until("a snapshot is asked for", || link.snapshot_requests().len() == 1).await;
    let request = &link.snapshot_requests()[0];
    link.send(&snapshot(request, OFFSET, &[("presence", entries(&["ben"])), ("patients", vec![])]));
    until("ben is online", || page.online("north") == ["ben"]).await;
    (link, page)
}

async fn pong(link: &Link, offset: u64, users: &[&str]) {
    let before = link.pings();
    dispatch("online");
    until("a ping is written", || link.pings() > before).await;
    link.pong_with(digest(offset, users));
    next_frame().await;
}

#[wasm_bindgen_test]
async fn presence_that_differs_from_the_digest_is_fetched_and_repaired() {
    let server = InPageServer::default();
    let (link, page) = with_ben(&server, server.options()).await;
    pong(&link, OFFSET, &["ben", "cy"]).await;
    let requests = link.snapshot_requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[1].topics, ["presence"], "nothing but presence is wrong");
    assert!(page.synchronizing().is_empty(), "the rest is up to date");
    link.send(&snapshot(&requests[1], OFFSET, &[("presence", entries(&["ben", "cy"]))]));
    until("the slice is repaired", || page.online("north") == ["ben", "cy"]).await;
    assert_eq!(page.manager().performance_metrics().repairs, 1);
    assert_eq!(page.recent_errors(), ["repaired"]);

    pong(&link, OFFSET, &["ben", "cy"]).await;
    assert_eq!(link.snapshot_requests().len(), 2, "now it agrees");
    assert_eq!(page.manager().performance_metrics().repairs, 1);
}

#[wasm_bindgen_test]
async fn a_digest_that_agrees_or_holds_at_another_position_changes_nothing() {
    let server = InPageServer::default();
    let (link, page) = with_ben(&server, server.options()).await;
    pong(&link, OFFSET, &["ben"]).await;
    pong(&link, OFFSET + 1, &["ben", "cy"]).await;
    assert_eq!(link.snapshot_requests().len(), 1);
    assert_eq!(page.manager().performance_metrics().repairs, 0);
}

#[wasm_bindgen_test]
async fn a_client_that_has_it_switched_off_does_not_compare() {
    let server = InPageServer::default();
    let options = server.options().configure(|config| config.capabilities.digest = false);
    let (link, page) = with_ben(&server, options).await;
    pong(&link, OFFSET, &["cy"]).await;
    assert_eq!(link.snapshot_requests().len(), 1);
    assert_eq!(page.online("north"), ["ben"]);
}

/// Leaves wrong state as it is.
#[derive(Debug)]
struct Careless;

impl RecoveryStrategy for Careless {
    fn handle_state_corruption(&self, _: &StateCorruption) -> CorruptionRecovery {
        CorruptionRecovery::Ignore
    }
}

#[wasm_bindgen_test]
async fn a_strategy_may_leave_it_as_it_is() {
    let server = InPageServer::default();
    let (link, page) = with_ben(&server, server.options().recovery(Careless)).await;
    pong(&link, OFFSET, &["cy"]).await;
    assert_eq!(link.snapshot_requests().len(), 1);
    assert_eq!(page.manager().performance_metrics().repairs, 0);
    assert!(page.recent_errors().is_empty());
}
