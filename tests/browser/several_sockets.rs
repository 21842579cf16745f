//! Sockets with different settings on one page.

use wasm_bindgen_test::wasm_bindgen_test;
use yew::prelude::*;
use yewdux_socket::recovery::{OfflineMode, RecoveryStrategy};
use yewdux_socket::wire::{Welcome, capability};
use yewdux_socket::{EmitError, OfflineBanner, SocketOptions, SocketSlice, Status};

use crate::common::{
    Announcement, InPageServer, Opening, Page, TOKEN, dispatch, next_frame, organization,
    patient_updated, until, update, welcome,
};

#[derive(Debug)]
struct Strict;

impl RecoveryStrategy for Strict {
    fn enable_offline_mode(&self) -> OfflineMode {
        OfflineMode::Refuse
    }
}

fn welcome_to(user: &str, organizations: &[&str]) -> Welcome {
    let mut welcome = welcome(organizations);
    welcome.user_id = user.into();
    welcome
}

#[wasm_bindgen_test]
async fn each_has_its_own_user_settings_events_and_queue() {
    let (first, second) = (InPageServer::default(), InPageServer::default());
    let strict = first
        .options()
        .organizations([organization("north")])
        .recovery(Strict)
        .configure(|config| config.capabilities.ack = false);
    let plain = SocketOptions::new("ws://in-page.test/other")
        .token(|_| async { Ok(TOKEN.to_owned()) })
        .transport(second.clone())
        .builtin_events()
        .configure(|config| config.outbox.max_events = 1);
    let strict_page = Page::mount(strict, html! { <OfflineBanner /> }).await;
    let plain_page = Page::mount(plain, html! { <OfflineBanner /> }).await;
    let strict_link = first.welcome(welcome_to("ana", &["north"])).await;
    let plain_link = second.welcome(welcome_to("ben", &["south"])).await;
    until("both are connected", || strict_page.is_connected() && plain_page.is_connected()).await;

    assert_eq!(plain_link.address, "ws://in-page.test/other");
    let (connect, other) = (strict_link.connect().unwrap(), plain_link.connect().unwrap());
    assert_eq!((connect.organizations.is_some(), other.organizations.is_some()), (true, false));
    let user = |page: &Page| page.slice::<SocketSlice>().principal.clone().unwrap().user_id.clone();
    assert_eq!((user(&strict_page).as_str(), user(&plain_page).as_str()), ("ana", "ben"));
    let lacks_ack = |page: &Page| {
        let off = page.slice::<SocketSlice>().switched_off.clone();
        off.iter().any(|off| off.capability == capability::ACK)
    };
    assert_eq!((lacks_ack(&strict_page), lacks_ack(&plain_page)), (true, false));

    // Each knows its own organizations and its own event types.
    let (strict_manager, plain_manager) = (strict_page.manager(), plain_page.manager());
    let hello = Announcement { text: "hello".to_owned() };
    assert!(strict_manager.emit_global(&hello).is_ok());
    assert_eq!(plain_manager.emit_global(&hello).unwrap_err().code(), "unknown_type");
    let event = patient_updated("p1", "Ida");
    assert!(plain_manager.emit(&organization("north"), &event).is_err());
    plain_link.event(&update("north", "p1", "foreign there"));
    strict_link.event(&update("north", "p1", "Ida"));
    until("the event is in one of them", || strict_page.patients("north") == ["Ida"]).await;
    assert_eq!(plain_manager.performance_metrics().dropped_foreign, 1);
    assert!(plain_page.received().is_empty());

    // One is lost, the other does not notice.
    first.set_opening(Opening::Hangs);
    strict_link.close(1006);
    until("one is lost", || strict_page.find(".ys-banner").is_some()).await;
    assert!(plain_page.is_connected() && plain_page.find(".ys-banner").is_none());
    let refused = strict_manager.emit(&organization("north"), &event);
    assert_eq!(refused.unwrap_err(), EmitError::Offline);
    drop(plain_manager.emit(&organization("south"), &event).unwrap());
    let full = plain_manager.emit(&organization("south"), &event).unwrap_err();
    assert!(matches!(full, EmitError::QueueFull { events: 1, .. }));
    until("one event is in one queue", || plain_page.queued() == 1).await;
    assert_eq!(strict_page.queued(), 0);

    // The page is one, and each hears of it.
    let pings = plain_link.pings();
    dispatch("focus");
    assert_eq!(plain_link.pings(), pings + 1);

    strict_manager.sign_out();
    until("one is signed out", || strict_page.status() == Status::Disconnected).await;
    next_frame().await;
    assert!(plain_page.is_connected());
    assert_eq!((plain_page.queued(), user(&plain_page).as_str()), (1, "ben"));
}
