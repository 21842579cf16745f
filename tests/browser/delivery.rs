//! What becomes of emitted events.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use wasm_bindgen_futures::spawn_local;
use wasm_bindgen_test::wasm_bindgen_test;
use yew::Html;
use yewdux_socket::error::{PermissionError, ValidationError};
use yewdux_socket::event::{UserOffline, UserOnline};
use yewdux_socket::{
    Delivery, DeliveryStatus, EmitError, EventQueueSlice, Outcome, SocketManager, Status, UserId,
};

use crate::common::{
    Announcement, InPageServer, Opening, Page, connected, membership, next_frame, organization,
    patient_updated, presence, until, welcome,
};

fn emit(manager: &SocketManager, name: &str) -> Delivery {
    manager.emit(&organization("north"), &patient_updated("p1", name)).unwrap()
}

#[wasm_bindgen_test]
async fn an_acknowledged_event_resolves_its_delivery_and_leaves_the_queue() {
    let (_server, link, page) = connected(Html::default()).await;
    let delivery = emit(&page.manager(), "Ida");
    assert_eq!(delivery.status(), DeliveryStatus::InFlight);
    let emitted = &link.emits()[0];
    assert_eq!(&emitted.id, delivery.id());
    until("the queue shows it", || page.queued() == 1).await;
    assert!(page.slice::<EventQueueSlice>().queued_events[0].in_flight);

    link.ack(emitted);
    assert_eq!(delivery.await, Outcome::Acknowledged);
    assert_eq!(
        (page.queued(), page.outcomes()),
        (0, vec!["acknowledged"]),
        "the slice knew before"
    );
}

#[wasm_bindgen_test]
async fn a_rejected_event_resolves_with_the_servers_words() {
    let (_server, link, page) = connected(Html::default()).await;
    let delivery = emit(&page.manager(), "Ida");
    link.reject(&link.emits()[0], "locked");
    let rejected = Outcome::Rejected { code: "locked".to_owned(), reason: "Not now.".to_owned() };
    assert_eq!(delivery.await, rejected);
    assert_eq!(page.outcomes(), ["rejected"]);
    assert_eq!(page.manager().performance_metrics().events_failed, 1);
}

#[wasm_bindgen_test]
async fn events_queued_while_offline_are_delivered_in_order_after_the_reconnection() {
    let (server, link, page) = connected(Html::default()).await;
    let manager = page.manager();
    let in_flight = emit(&manager, "in flight");
    server.set_opening(Opening::Hangs);
    link.close(1006);
    until("the connection is lost", || page.status() == Status::Reconnecting).await;
    let queued: Vec<_> =
        ["one", "two", "three"].into_iter().map(|name| emit(&manager, name)).collect();
    assert!(queued.iter().all(|delivery| delivery.status() == DeliveryStatus::Queued));
    until("the queue shows all", || page.queued() == 4).await;

    // Away and back: the attempt that hangs is given up.
    server.set_opening(Opening::Opens);
    manager.disconnect();
    drop(manager.reconnect());
    let link = server.welcome(welcome(&["north"])).await;
    until("all are written", || link.emits().len() == 4).await;
    assert_eq!(link.emitted_names(), ["in flight", "one", "two", "three"]);
    assert_eq!(link.emits()[0].id, *in_flight.id(), "the same key as before");

    let outcomes: Rc<RefCell<Vec<_>>> = Rc::default();
    for (index, delivery) in std::iter::once(in_flight).chain(queued).enumerate() {
        let outcomes = outcomes.clone();
        spawn_local(async move {
            let outcome = delivery.await;
            outcomes.borrow_mut().push((index, outcome.code()));
        });
    }
    for emitted in link.emits() {
        link.ack(&emitted);
    }
    until("all have their outcome", || outcomes.borrow().len() == 4).await;
    assert_eq!(*outcomes.borrow(), [0, 1, 2, 3].map(|index| (index, "acknowledged")));
    assert_eq!(page.outcomes(), ["acknowledged"; 4]);
}

#[wasm_bindgen_test]
async fn events_emitted_before_the_first_welcome_wait_for_it() {
    let server = InPageServer::default();
    let page = Page::mount(server.options(), Html::default()).await;
    let delivery = emit(&page.manager(), "early");
    assert_eq!(delivery.status(), DeliveryStatus::Queued);
    let link = server.welcome(welcome(&["north"])).await;
    until("it is written", || link.emitted_names() == ["early"]).await;
}

#[wasm_bindgen_test]
async fn dropping_a_delivery_cancels_nothing() {
    let (_server, link, page) = connected(Html::default()).await;
    drop(emit(&page.manager(), "Ida"));
    link.ack(&link.emits()[0]);
    until("the outcome is in the slice", || page.outcomes() == ["acknowledged"]).await;
}

#[wasm_bindgen_test]
async fn a_lost_organization_settles_its_events() {
    let (_server, link, page) = connected(Html::default()).await;
    let delivery = emit(&page.manager(), "Ida");
    link.send(&membership(&["south"]));
    assert_eq!(
        delivery.await,
        Outcome::Unconfirmed,
        "it was written, so the server may have acted"
    );
    until("the queue is empty", || page.queued() == 0).await;
}

#[wasm_bindgen_test]
async fn a_global_event_and_raw_json_are_emitted_too() {
    let (_server, link, page) = connected(Html::default()).await;
    let manager = page.manager();
    drop(manager.emit_global(&Announcement { text: "hello".to_owned() }).unwrap());
    drop(manager.emit_raw("announcement", None, r#"{"text":"raw"}"#).unwrap());
    let events = link.emits();
    assert_eq!(events.len(), 2);
    assert!(events.iter().all(|emit| !emit.event.as_str().contains("organizationId")));
    assert!(events[1].event.as_str().contains(r#""text":"raw""#));
}

#[wasm_bindgen_test]
async fn what_may_not_be_emitted_is_refused_with_its_reason() {
    let (_server, link, page) = connected(Html::default()).await;
    let manager = page.manager();
    let north = organization("north");

    let foreign = manager.emit(&organization("foreign"), &patient_updated("p1", "Ida"));
    assert_eq!(foreign.unwrap_err(), EmitError::NotPermitted(PermissionError::ForeignOrganization));
    let inbound = manager.emit(&north, &UserOffline { user_id: UserId::from("ben") });
    assert_eq!(inbound.unwrap_err().code(), "wrong_direction");
    let missing = manager.emit_raw("patient_updated", None, r#"{"patient":{}}"#);
    assert_eq!(missing.unwrap_err().code(), "organization_missing");
    let unexpected = manager.emit_raw("announcement", Some(&north), r#"{"text":"hello"}"#);
    assert_eq!(unexpected.unwrap_err().code(), "organization_unexpected");

    let mut wrong = patient_updated("p1", "Ida");
    Arc::make_mut(&mut wrong.patient).heart_rate = 999;
    let error = ValidationError::value("patient.heart_rate", "greater than 350");
    assert_eq!(manager.emit(&north, &wrong).unwrap_err(), EmitError::Invalid(error));
    let user = presence("ben", &["north"]);
    let online = UserOnline { user_id: user.user_id.clone(), user };
    assert_eq!(manager.emit(&north, &online).unwrap_err().code(), "wrong_direction");
    let raw = |event_type: &str, payload: &str| {
        manager.emit_raw(event_type, Some(&north), payload).unwrap_err().code()
    };
    assert_eq!(raw("unheard_of", "{}"), "unknown_type");
    assert_eq!(raw("patient_updated", "no json"), "payload_shape");
    assert_eq!(raw("patient_updated", "[]"), "payload_shape");
    assert_eq!(raw("patient_updated", r#"{"organizationId":"foreign"}"#), "payload_shape");
    assert_eq!(raw("patient_updated", r#"{"patient":{}}"#), "invalid_structure");
    let large = manager.emit(&north, &patient_updated("p1", &"x".repeat(100_000)));
    assert_eq!(large.unwrap_err().code(), "event_too_large");

    next_frame().await;
    assert_eq!((link.emits().len(), page.queued()), (0, 0), "nothing was queued");
}

#[wasm_bindgen_test]
async fn the_limits_of_rate_and_queue_are_errors_and_lose_nothing() {
    let server = InPageServer::default();
    let options = server.options().configure(|config| {
        config.outbox.max_events = 2;
        config.emit_rate.burst = 4;
        config.emit_rate.per_second = 0.001;
    });
    let page = Page::mount(options, Html::default()).await;
    let manager = page.manager();
    let _kept = (emit(&manager, "one"), emit(&manager, "two"));
    let emit =
        || manager.emit(&organization("north"), &patient_updated("p1", "too many")).unwrap_err();
    assert!(matches!(emit(), EmitError::QueueFull { events: 2, .. }));
    let limited = std::iter::repeat_with(emit).take(3).last().unwrap();
    assert!(matches!(limited, EmitError::RateLimited { retry_after_ms: 1.. }), "{limited:?}");
    until("the queue shows both", || page.queued() == 2).await;
}

#[wasm_bindgen_test]
async fn after_a_sign_out_nothing_can_be_emitted() {
    let (_server, _link, page) = connected(Html::default()).await;
    let manager = page.manager();
    manager.sign_out();
    let emitted = manager.emit(&organization("north"), &patient_updated("p1", "Ida"));
    assert_eq!(emitted.unwrap_err(), EmitError::Closed);
}
