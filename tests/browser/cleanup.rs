//! What is over is over: no timer, listener, frame or handler outlives its owner.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use wasm_bindgen_test::wasm_bindgen_test;
use yew::prelude::*;
use yewdux_socket::event::{Patient, PatientUpdated};
use yewdux_socket::wire::ServerMessage;
use yewdux_socket::{ConnectOptions, EntitySlice, SocketHandle, SocketSlice, TokenRequest};

use crate::common::{
    Clock, InPageServer, Ledger, Log, Opening, Page, TOKEN, UpdatesProbe, connected, dispatch,
    next_frame, organization, patient_updated, until, update, welcome,
};

#[wasm_bindgen_test]
async fn unmounting_leaves_no_timer_and_no_listener() {
    let ledger = Ledger::open();
    let (_server, link, page) = connected(Html::default()).await;
    next_frame().await;
    assert!(ledger.listeners() >= 5, "the page is listened to: {}", ledger.listeners());
    assert!(ledger.timers() > 0, "a heartbeat is due");
    // A commit that is still to come.
    let clock = Clock::stop();
    link.event(&update("north", "p1", "at once"));
    link.event(&update("north", "p1", "at the next frame"));
    assert!(ledger.frames() > 0, "a commit is scheduled");

    // The application still holds the manager, and with it all that was not ended.
    let manager = page.manager();
    page.unmount().await;
    assert_eq!((ledger.listeners(), ledger.timers(), ledger.frames()), (0, 0, 0));
    drop((clock, manager));
}

#[wasm_bindgen_test]
async fn unmounting_while_waiting_for_the_next_attempt_leaves_nothing() {
    let ledger = Ledger::open();
    let server = InPageServer::default();
    server.set_opening(Opening::Closes(1006));
    let options = server.options().configure(|config| {
        config.backoff.min = Duration::from_mins(1);
        config.backoff.max = config.backoff.min;
    });
    let page = Page::mount(options, Html::default()).await;
    until("it failed once", || page.error_code() == Some("unreachable")).await;
    assert!(ledger.timers() > 0);
    let manager = page.manager();
    page.unmount().await;
    assert_eq!((ledger.listeners(), ledger.timers(), ledger.frames()), (0, 0, 0));
    dispatch("online");
    next_frame().await;
    assert_eq!(server.count(), 1);
    drop(manager);
}

#[wasm_bindgen_test]
async fn mounting_again_and_again_does_not_pile_up() {
    let ledger = Ledger::open();
    let mut managers = Vec::new();
    for _ in 0..5 {
        let (_server, _link, page) = connected(Html::default()).await;
        managers.push(page.manager());
        page.unmount().await;
    }
    assert_eq!((ledger.listeners(), ledger.timers(), ledger.frames()), (0, 0, 0));
}

#[wasm_bindgen_test]
async fn nothing_changes_any_more_after_unmounting() {
    let log = Log::default();
    let (_server, link, page) = connected(html! { <UpdatesProbe log={log.clone()} /> }).await;
    let manager = page.manager();
    link.event(&update("north", "p1", "in time"));
    until("it is handled", || log.take() == ["in time"]).await;
    let changes = Rc::new(Cell::new(0));
    page.unmount().await;
    let patients = manager.context().get::<EntitySlice<Patient>>();
    assert!(patients.organization(&organization("north")).is_empty(), "nothing is left behind");
    let _listener = manager.context().subscribe_silent({
        let changes = changes.clone();
        move |_: Rc<SocketSlice>| changes.set(changes.get() + 1)
    });
    link.event(&update("north", "p1", "too late"));
    link.send(&ServerMessage::Welcome(welcome(&["north"])));
    link.close(1006);
    dispatch("online");
    manager.disconnect();
    manager.sign_out();
    next_frame().await;
    assert_eq!((log.take(), changes.get()), (vec![], 0));
    assert!(manager.emit(&organization("north"), &patient_updated("p1", "Ida")).is_err());
}

#[wasm_bindgen_test]
async fn unmounting_drops_the_handlers_and_what_they_own() {
    let (_server, _link, page) = connected(Html::default()).await;
    let owned = Rc::new(());
    let manager = page.manager();
    let subscription = manager.on({
        let owned = owned.clone();
        move |_: &PatientUpdated, _| {
            let _ = &owned;
        }
    });
    assert_eq!(Rc::strong_count(&owned), 2);
    page.unmount().await;
    assert_eq!(Rc::strong_count(&owned), 1, "although the subscription is still held");
    drop(subscription);
}

#[wasm_bindgen_test]
async fn unmounting_drops_the_token_source_and_ignores_its_late_answer() {
    let server = InPageServer::default();
    let (sender, receiver) = futures::channel::oneshot::channel::<()>();
    let receiver = Rc::new(Cell::new(Some(receiver)));
    let asked = Rc::new(Cell::new(false));
    let options = server.options_without_token().token({
        let asked = asked.clone();
        move |_: TokenRequest| {
            asked.set(true);
            let receiver = receiver.take();
            async move {
                if let Some(receiver) = receiver {
                    receiver.await.ok();
                }
                Ok(TOKEN.to_owned())
            }
        }
    });
    let page = Page::mount(options, Html::default()).await;
    until("the source is asked", || asked.get()).await;
    page.unmount().await;
    sender.send(()).unwrap();
    next_frame().await;
    assert_eq!(server.count(), 0, "no socket for nobody");
}

#[wasm_bindgen_test]
async fn a_handle_of_ones_own_ends_with_its_drop() {
    let ledger = Ledger::open();
    let server = InPageServer::default();
    let handle = SocketHandle::new(&server.options_without_token());
    assert_eq!((ledger.listeners(), ledger.timers()), (0, 0), "nothing begins before connect");
    let source = |_: TokenRequest| async { Ok(TOKEN.to_owned()) };
    let connecting = handle.manager().connect(source, ConnectOptions::default());
    let link = server.welcome(welcome(&["north"])).await;
    assert_eq!(connecting.await, Ok(()));
    let again = handle.manager().reconnect();
    drop(handle);
    assert!(again.await.is_err(), "who waits is told");
    assert!(link.is_closed());
    assert_eq!((ledger.listeners(), ledger.timers(), ledger.frames()), (0, 0, 0));
}
