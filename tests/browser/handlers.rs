//! What a handler and a listener may do.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen_test::wasm_bindgen_test;
use yew::prelude::*;
use yewdux_socket::event::{Patient, PatientUpdated};
use yewdux_socket::{
    Delivery, DeliveryStatus, EntitySlice, EventQueueSlice, SocketEvent, SocketHandle, SocketSlice,
    Subscription, UserId, use_socket, use_socket_event,
};

use crate::common::{
    Announcement, InPageServer, Log, LogProps, connected, global_event, next_frame, organization,
    patient_updated, until, update, welcome,
};

#[component]
fn Answering(props: &LogProps) -> Html {
    let manager = use_socket().manager;
    let log = props.log.clone();
    use_socket_event(move |event: &PatientUpdated, envelope| {
        let organization = envelope.organization.clone().unwrap();
        let answer = patient_updated(&event.patient.id, "answer");
        log.add(match manager.emit(&organization, &answer) {
            Ok(delivery) => format!("{:?}", delivery.status()),
            Err(error) => error.code().to_owned(),
        });
    });
    Html::default()
}

#[wasm_bindgen_test]
async fn a_handler_may_emit() {
    let log = Log::default();
    let (_server, link, page) = connected(html! { <Answering log={log.clone()} /> }).await;
    next_frame().await;
    link.events(&[update("north", "p1", "first"), update("south", "p2", "second")]);
    until("both are answered", || link.emits().len() == 2).await;
    assert_eq!(log.entries(), ["InFlight", "InFlight"]);
    until("the slice shows them", || page.queued() == 2).await;
}

#[wasm_bindgen_test]
async fn a_handler_may_subscribe_and_unsubscribe_others_and_itself() {
    let (_server, link, page) = connected(Html::default()).await;
    let manager = page.manager();
    let log = Log::default();
    let held: Rc<RefCell<Vec<Subscription>>> = Rc::default();

    let once = manager.on({
        let (log, held, manager) = (log.clone(), held.clone(), manager.clone());
        move |event: &PatientUpdated, _| {
            log.add(format!("once {}", event.patient.name));
            // Itself, and the one that would be called next.
            held.borrow_mut().clear();
            let log = log.clone();
            let late = manager.on(move |event: &PatientUpdated, _| {
                log.add(format!("late {}", event.patient.name));
            });
            held.borrow_mut().push(late);
        }
    });
    let never = manager.on({
        let log = log.clone();
        move |_: &PatientUpdated, _| log.add("never")
    });
    held.borrow_mut().extend([once, never]);

    link.events(&[update("north", "p1", "a"), update("north", "p1", "b")]);
    until("both are handled", || log.len() == 2).await;
    next_frame().await;
    assert_eq!(
        log.entries(),
        ["once a", "late b"],
        "who subscribes meanwhile hears the next event"
    );
}

#[wasm_bindgen_test]
async fn off_and_dropping_both_unsubscribe() {
    let (_server, link, page) = connected(Html::default()).await;
    let manager = page.manager();
    let log = Log::default();
    let listen = |name: &'static str| {
        let log = log.clone();
        manager.on(move |_: &PatientUpdated, _| log.add(name))
    };
    let (off, dropped, _kept) = (listen("off"), listen("dropped"), listen("kept"));
    assert!(manager.off(PatientUpdated::TYPE, off.id()));
    assert!(!manager.off(PatientUpdated::TYPE, off.id()), "only once");
    drop(dropped);
    link.event(&update("north", "p1", "Ida"));
    until("it is handled", || log.len() > 0).await;
    next_frame().await;
    assert_eq!(log.entries(), ["kept"]);
}

#[wasm_bindgen_test]
async fn a_store_listener_may_emit() {
    let (_server, link, page) = connected(Html::default()).await;
    let manager = page.manager();
    let deliveries: Rc<RefCell<Vec<Delivery>>> = Rc::default();
    let emit = {
        let (manager, deliveries) = (manager.clone(), deliveries.clone());
        move || {
            let delivery = manager.emit(&organization("north"), &patient_updated("p9", "emitted"));
            deliveries.borrow_mut().push(delivery.unwrap());
        }
    };
    let (on_patients, on_errors) = (emit.clone(), emit);
    let _patients =
        manager.context().subscribe_silent(move |_: Rc<EntitySlice<Patient>>| on_patients());
    let _errors = manager.context().subscribe_silent(move |slice: Rc<SocketSlice>| {
        if slice.recent_errors.len() == 1 && slice.connection.queued_events.len() < 2 {
            on_errors();
        }
    });
    link.frame(format!("[{},{{}}]", update("north", "p1", "Ida").as_str()));
    until("both are written", || link.emits().len() == 2).await;
    until("the slice shows them", || page.slice::<EventQueueSlice>().queued_events.len() == 2)
        .await;
    assert!(
        deliveries.borrow().iter().all(|delivery| delivery.status() == DeliveryStatus::InFlight)
    );
}

#[wasm_bindgen_test]
async fn a_handler_that_gives_an_organization_up_ends_its_events_in_the_batch() {
    let (_server, link, page) = connected(Html::default()).await;
    next_frame().await;
    let manager = page.manager();
    let log = Log::default();
    let _subscription = manager.on({
        let (log, manager) = (log.clone(), manager.clone());
        move |event: &PatientUpdated, _| {
            log.add(event.patient.name.clone());
            manager.update_user_organizations(vec![organization("south")]);
        }
    });
    let _next = manager.on({
        let log = log.clone();
        move |event: &PatientUpdated, _| log.add(format!("next {}", event.patient.name))
    });
    link.events(&[
        update("north", "p1", "first"),
        update("north", "p1", "not any more"),
        update("south", "p1", "still"),
    ]);
    until("the rest is handled", || log.len() == 3).await;
    next_frame().await;
    assert_eq!(log.entries(), ["first", "still", "next still"]);
    assert!(page.patients("north").is_empty());
}

#[wasm_bindgen_test]
async fn a_handler_that_signs_out_ends_the_batch() {
    let (_server, link, page) = connected(Html::default()).await;
    let manager = page.manager();
    let log = Log::default();
    let _sign_out = manager.on({
        let manager = manager.clone();
        move |_: &PatientUpdated, _| manager.sign_out()
    });
    let _global = manager.on({
        let log = log.clone();
        move |event: &Announcement, _| log.add(event.text.clone())
    });
    let announce = |text: &str| global_event(&Announcement { text: text.to_owned() });
    link.events(&[announce("before"), update("north", "p1", "Ida"), announce("after")]);
    until("the user is signed out", || page.slice::<SocketSlice>().principal.is_none()).await;
    next_frame().await;
    assert_eq!(log.entries(), ["before"]);
    assert!(page.received().is_empty());
}

#[wasm_bindgen_test]
async fn a_handler_that_drops_the_handle_ends_everything_and_deliveries_have_their_outcome() {
    let server = InPageServer::default();
    let handle = SocketHandle::new(&server.options_without_token());
    let manager = handle.manager();
    let context = manager.context().clone();
    let source = |_: yewdux_socket::TokenRequest| async { Ok("token".to_owned()) };
    drop(manager.connect(source, yewdux_socket::ConnectOptions::default()));
    let mut slow = welcome(&["north"]);
    slow.max_in_flight = Some(1);
    let link = server.welcome(slow).await;
    let emit =
        |name: &str| manager.emit(&organization("north"), &patient_updated("p1", name)).unwrap();
    let (written, waiting) = (emit("written"), emit("waiting"));
    assert_eq!(
        (written.status(), waiting.status()),
        (DeliveryStatus::InFlight, DeliveryStatus::Queued)
    );

    let log = Log::default();
    // The handler owns all that there is of the socket.
    let owner = Rc::new(RefCell::new(None));
    let _subscription = manager.on({
        let (log, owner) = (log.clone(), owner.clone());
        move |event: &PatientUpdated, _| {
            log.add(event.patient.name.clone());
            drop(owner.take());
        }
    });
    owner.replace(Some(handle));
    link.events(&[update("north", "p1", "first"), update("north", "p1", "second")]);
    assert_eq!(written.await.code(), "unconfirmed");
    assert_eq!(waiting.await.code(), "discarded");
    assert_eq!(log.entries(), ["first"]);
    assert!(link.is_closed());
    let patients = context.get::<EntitySlice<Patient>>().organization(&organization("north"));
    assert!(patients.is_empty());
}

#[wasm_bindgen_test]
async fn a_global_event_reaches_its_handler_with_its_envelope() {
    let (_server, link, page) = connected(Html::default()).await;
    let log = Log::default();
    let _subscription = page.manager().on({
        let log = log.clone();
        move |event: &Announcement, envelope| {
            log.add(format!("{} {:?} {}", envelope.event_type, envelope.organization, event.text));
        }
    });
    link.event(&global_event(&Announcement { text: "hello".to_owned() }));
    until("it is handled", || log.len() == 1).await;
    assert_eq!(log.entries(), ["announcement None hello"]);
    assert_eq!(
        page.slice::<SocketSlice>().principal.as_ref().unwrap().user_id,
        UserId::from("ana")
    );
}
