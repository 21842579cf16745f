//! An application's own answers to errors.

use std::sync::Arc;
use std::time::Duration;

use wasm_bindgen_test::wasm_bindgen_test;
use yew::prelude::*;
use yewdux_socket::error::{ConnectionError, Error};
use yewdux_socket::recovery::{
    ConnectionRecovery, EventRecovery, OfflineMode, OnlineSync, RecoveryStrategy,
};
use yewdux_socket::wire::capability;
use yewdux_socket::{ConnectionStatus, EmitError, Envelope, OfflineBanner, Status};

use crate::common::{
    InPageServer, Opening, Page, event_at, next_frame, organization, patient_updated, snapshot,
    until, welcome, welcome_with_snapshots,
};

/// Queues nothing, and gives up at the second failure.
#[derive(Debug)]
struct Kiosk;

impl RecoveryStrategy for Kiosk {
    fn handle_connection_error(&self, _: &ConnectionError, attempts: u32) -> ConnectionRecovery {
        if attempts < 1 { ConnectionRecovery::Retry } else { ConnectionRecovery::GiveUp }
    }

    fn enable_offline_mode(&self) -> OfflineMode {
        OfflineMode::Refuse
    }
}

#[wasm_bindgen_test]
async fn a_strategy_may_refuse_to_queue_while_the_connection_is_lost() {
    let server = InPageServer::default();
    let page = Page::mount(server.options().recovery(Kiosk), Html::default()).await;
    let manager = page.manager();
    let emit = || manager.emit(&organization("north"), &patient_updated("p1", "Ida"));
    assert_eq!(emit().unwrap_err(), EmitError::Offline, "before the first connection as well");
    let link = server.welcome(welcome(&["north"])).await;
    until("it is connected", || page.is_connected()).await;
    let delivery = emit().expect("there is a connection");
    link.ack(&link.emits()[0]);
    assert_eq!(delivery.await.code(), "acknowledged");

    server.set_opening(Opening::Hangs);
    link.close(1006);
    until("the connection is lost", || page.status() == Status::Reconnecting).await;
    assert_eq!(emit().unwrap_err(), EmitError::Offline);
    assert_eq!(page.queued(), 0);

    server.set_opening(Opening::Opens);
    manager.disconnect();
    drop(manager.reconnect());
    let link = server.welcome(welcome(&["north"])).await;
    until("it is connected", || page.is_connected()).await;
    drop(emit().expect("there is a connection again"));
    assert_eq!(link.emits().len(), 1);
}

#[wasm_bindgen_test]
async fn a_strategy_may_give_up_and_the_user_may_try_again() {
    let server = InPageServer::default();
    server.set_opening(Opening::Closes(1006));
    let children = html! {
        <>
            <ConnectionStatus />
            <OfflineBanner />
        </>
    };
    let page = Page::mount(server.options().recovery(Kiosk), children).await;
    until("it gives up", || page.status() == Status::Error).await;
    next_frame().await;
    assert_eq!((server.count(), page.error_code()), (2, Some("unreachable")));
    assert_eq!(page.attribute(".ys-status", "data-error").as_deref(), Some("unreachable"));

    server.set_opening(Opening::Opens);
    page.click(".ys-banner button");
    server.welcome(welcome(&["north"])).await;
    until("it is connected", || page.is_connected()).await;
    assert_eq!(page.attribute(".ys-status", "data-error"), None);
}

/// Waits longer than the backoff says, leaves out what it cannot read, and trusts no replay.
#[derive(Debug)]
struct Patient;

impl RecoveryStrategy for Patient {
    fn handle_connection_error(&self, _: &ConnectionError, _: u32) -> ConnectionRecovery {
        ConnectionRecovery::RetryAfter(Duration::from_mins(10))
    }

    fn handle_event_error(&self, _: &Envelope, _: &Error) -> EventRecovery {
        EventRecovery::Skip
    }

    fn sync_when_online(&self) -> OnlineSync {
        OnlineSync::Snapshot
    }
}

#[wasm_bindgen_test]
async fn a_strategy_may_put_the_next_attempt_off() {
    let server = InPageServer::default();
    let page = Page::mount(server.options().recovery(Patient), Html::default()).await;
    let link = server.welcome(welcome(&["north"])).await;
    until("it is connected", || page.is_connected()).await;
    link.close(1006);
    until("the connection is lost", || page.status() == Status::Reconnecting).await;
    let next = page.manager().connection_status().next_attempt.unwrap();
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970")]
    let wait = next.as_millis() as f64 - js_sys::Date::now();
    assert!((590_000.0..=600_000.0).contains(&wait), "{wait} ms");
}

#[wasm_bindgen_test]
async fn an_event_that_cannot_be_read_is_skipped_or_repaired() {
    for skips in [true, false] {
        let server = InPageServer::default();
        let options = server.options();
        let options = if skips { options.recovery(Patient) } else { options };
        let page = Page::mount(options, Html::default()).await;
        let link = server.welcome(welcome_with_snapshots(&["north"])).await;
        until("a snapshot is asked for", || link.snapshot_requests().len() == 1).await;
        link.send(&snapshot(&link.snapshot_requests()[0], 1, &[]));
        let mut broken = patient_updated("p1", "Ida");
        Arc::make_mut(&mut broken.patient).heart_rate = 999;
        link.event(&event_at("north", 2, &broken));
        link.event(&event_at("north", 3, &patient_updated("p2", "Bo")));
        until("it is reported", || page.recent_errors().contains(&"invalid_value")).await;
        next_frame().await;
        assert_eq!(link.snapshot_requests().len(), if skips { 1 } else { 2 });
        assert_eq!(page.patients("north"), if skips { vec!["Bo"] } else { vec![] });
    }
}

#[wasm_bindgen_test]
async fn a_strategy_may_want_a_snapshot_instead_of_a_replay() {
    for wants_snapshot in [true, false] {
        let server = InPageServer::default();
        let options = server.options();
        let options = if wants_snapshot { options.recovery(Patient) } else { options };
        let page = Page::mount(options, Html::default()).await;
        let mut offers = welcome_with_snapshots(&["north"]);
        offers.capabilities.push(capability::RESUME.to_owned());
        let link = server.welcome(offers).await;
        until("a snapshot is asked for", || link.snapshot_requests().len() == 1).await;
        link.send(&snapshot(&link.snapshot_requests()[0], 1, &[]));
        drop(page.manager().reconnect());
        let resume = server.connecting().await.connect().unwrap().resume.unwrap();
        assert_eq!(resume.offsets.is_empty(), wants_snapshot);
    }
}
