//! What the slice says of the connection's health, of storage, and of what is switched off.

use wasm_bindgen_test::wasm_bindgen_test;
use yew::Html;
use yewdux_socket::wire::capability;
use yewdux_socket::{
    Capabilities, ConnectionHealth, SocketSlice, StorageState, SwitchedOff, SwitchedOffBy,
};

use crate::common::{Clock, InPageServer, Page, connected, dispatch, next_frame, until, welcome};

fn health(page: &Page) -> ConnectionHealth {
    page.slice::<SocketSlice>().health
}

fn switched_off(page: &Page) -> Vec<SwitchedOff> {
    page.slice::<SocketSlice>().switched_off.to_vec()
}

#[wasm_bindgen_test]
async fn latency_is_taken_from_the_answers_to_pings() {
    let (_server, link, page) = connected(Html::default()).await;
    assert_eq!(health(&page), ConnectionHealth::default());
    next_frame().await;
    let clock = Clock::stop();
    for millis in [40.0, 80.0] {
        dispatch("online");
        clock.advance(millis);
        link.pong();
    }
    dispatch("online");
    until("the slice has both", || health(&page).latency_p95_ms == Some(80.0)).await;
    let health = health(&page);
    assert_eq!((health.latency_ms, health.latency_p50_ms), (Some(45.0), Some(40.0)), "smoothed");
    assert_eq!(health.packet_loss, Some(0.0));
    assert_eq!(page.slice::<SocketSlice>().connection.latency, Some(45.0));
    drop(clock);
}

#[wasm_bindgen_test]
async fn reconnections_and_the_time_without_a_connection_are_counted() {
    let (server, link, page) = connected(Html::default()).await;
    let clock = Clock::stop();
    link.close(1006);
    clock.advance(250.0);
    server.welcome(welcome(&["north"])).await;
    until("it is counted", || health(&page).reconnects == 1).await;
    assert_eq!((health(&page).downtime_ms, health(&page).errors_per_minute), (250, 1));

    page.manager().disconnect();
    clock.advance(400.0);
    drop(page.manager().reconnect());
    server.welcome(welcome(&["north"])).await;
    until("it is counted", || health(&page).reconnects == 2).await;
    assert_eq!(health(&page).downtime_ms, 250, "time offline on purpose is no downtime");
    drop(clock);
}

#[wasm_bindgen_test]
async fn what_a_plain_server_lacks_is_switched_off_once_it_is_known() {
    let server = InPageServer::default();
    let page = Page::mount(server.options(), Html::default()).await;
    server.connecting().await;
    assert_eq!(switched_off(&page), []);
    page.manager().disconnect();
    drop(page.manager().reconnect());

    let mut plain = welcome(&["north"]);
    plain.capabilities = vec![capability::ACK.to_owned(), "of the future".to_owned()];
    server.welcome(plain).await;
    until("it is connected", || page.is_connected()).await;
    let by = SwitchedOffBy::Server;
    let lacks = [
        capability::BINARY,
        capability::COALESCE,
        capability::RESUME,
        capability::SNAPSHOT,
        capability::PRESENCE,
        capability::REFRESH,
        capability::DIGEST,
    ];
    let audit = cfg!(feature = "audit").then_some(capability::AUDIT);
    let lacks = lacks.into_iter().chain(audit).map(|capability| SwitchedOff { capability, by });
    assert_eq!(switched_off(&page), lacks.collect::<Vec<_>>());

    page.manager().sign_out();
    until("nothing is known any more", || switched_off(&page).is_empty()).await;
}

#[wasm_bindgen_test]
async fn what_the_settings_switch_off_is_neither_offered_nor_used() {
    let server = InPageServer::default();
    let options = server.options().configure(|config| {
        let mut capabilities = Capabilities::default();
        capabilities.snapshot = false;
        capabilities.binary = false;
        config.capabilities = capabilities;
    });
    let page = Page::mount(options, Html::default()).await;
    let link = server.connecting().await;
    let offered = link.connect().unwrap().capabilities;
    assert!(!offered.contains(&"snapshot".to_owned()) && !offered.contains(&"binary".to_owned()));
    assert!(offered.contains(&"resume".to_owned()));

    let mut able = welcome(&["north"]);
    able.capabilities = [
        "binary", "coalesce", "resume", "snapshot", "ack", "presence", "refresh", "digest", "audit",
    ]
    .map(str::to_owned)
    .to_vec();
    link.send(&yewdux_socket::wire::ServerMessage::Welcome(able));
    until("it is connected", || page.is_connected()).await;
    let by = SwitchedOffBy::Configuration;
    let off = [capability::BINARY, capability::SNAPSHOT];
    assert_eq!(switched_off(&page), off.map(|capability| SwitchedOff { capability, by }));
    assert!(link.snapshot_requests().is_empty());
}

#[wasm_bindgen_test]
async fn storage_is_off_unless_it_is_asked_for() {
    let (_server, _link, page) = connected(Html::default()).await;
    assert_eq!(page.slice::<SocketSlice>().storage, StorageState::Off);
}

#[cfg(feature = "persist")]
#[wasm_bindgen_test]
async fn storage_that_is_asked_for_is_durable_before_the_server_is_reached() {
    let server = InPageServer::default();
    let options = server.options().persist().user("keeper");
    let page = Page::mount(options, Html::default()).await;
    let storage = || page.slice::<SocketSlice>().storage.clone();
    until("it is loaded", || storage() == StorageState::Durable).await;
    assert!(!page.is_connected());
    page.manager().sign_out();
    until("nobody's is kept", || storage() == StorageState::Off).await;
}

#[cfg(not(feature = "persist"))]
#[wasm_bindgen_test]
async fn storage_that_is_not_built_in_is_reported_and_memory_serves() {
    let server = InPageServer::default();
    let page = Page::mount(server.options().persist(), Html::default()).await;
    let link = server.welcome(welcome(&["north"])).await;
    until("it is connected", || page.is_connected()).await;
    let storage = page.slice::<SocketSlice>().storage.clone();
    assert!(
        matches!(&storage, StorageState::Memory(error) if error.code() == "storage_unavailable"),
        "{storage:?}"
    );
    assert_eq!(page.recent_errors(), ["storage_unavailable"]);
    drop(
        page.manager()
            .emit(
                &crate::common::organization("north"),
                &crate::common::patient_updated("p1", "Ida"),
            )
            .unwrap(),
    );
    assert_eq!(link.emits().len(), 1, "events are sent all the same");
}
