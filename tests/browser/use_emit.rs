//! An emitted event as the component sees it that emitted it.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use wasm_bindgen_test::wasm_bindgen_test;
use yew::prelude::*;
use yewdux_socket::error::{PermissionError, ValidationError};
use yewdux_socket::event::PatientUpdated;
use yewdux_socket::{EmitError, EmitState, Rule, SocketEvent, SocketOptions, use_emit};

use crate::common::{
    Announcement, Emitter, InPageServer, Log, LogProps, Page, connected, next_frame, organization,
    patient_updated, until, welcome,
};

/// Worth nothing a moment later.
#[derive(Serialize, Deserialize)]
struct Alarm {
    bed: u16,
}

impl SocketEvent for Alarm {
    const TYPE: &'static str = "alarm";

    fn time_to_live() -> Duration {
        Duration::from_millis(30)
    }
}

/// Written at once or not at all.
#[derive(Serialize, Deserialize)]
struct Pointer {
    x: u16,
}

impl SocketEvent for Pointer {
    const TYPE: &'static str = "pointer";
    const VOLATILE: bool = true;
}

fn options(server: &InPageServer) -> SocketOptions {
    let options = server.options().event::<Alarm>().unwrap().event::<Pointer>().unwrap();
    options.permissions(|policy| {
        policy.emit(Alarm::TYPE, Rule::Member).emit(Pointer::TYPE, Rule::Member);
    })
}

#[wasm_bindgen_test]
async fn an_event_is_in_flight_and_then_acknowledged() {
    let emitter = Emitter::default();
    let (_server, link, _page) = connected(emitter.probe()).await;
    emitter.emit(&patient_updated("p1", "Ida")).unwrap();
    emitter.becomes("inFlight").await;
    assert!(emitter.state().is_pending() && !emitter.state().has_failed());
    link.ack(&link.emits()[0]);
    emitter.becomes("acknowledged").await;
    assert!(!emitter.state().is_pending() && !emitter.state().has_failed());
    assert_eq!(emitter.renders().await, ["idle", "inFlight", "acknowledged"]);
}

#[wasm_bindgen_test]
async fn an_event_that_was_emitted_offline_waits_flies_and_arrives() {
    let emitter = Emitter::default();
    let (server, _link, page) = connected(emitter.probe()).await;
    page.manager().disconnect();
    emitter.emit(&patient_updated("p1", "Ida")).unwrap();
    emitter.becomes("queued").await;
    assert!(emitter.state().is_pending());

    drop(page.manager().reconnect());
    let link = server.welcome(welcome(&["north"])).await;
    emitter.becomes("inFlight").await;
    link.ack(&link.emits()[0]);
    emitter.becomes("acknowledged").await;
    assert_eq!(emitter.renders().await, ["idle", "queued", "inFlight", "acknowledged"]);
}

#[wasm_bindgen_test]
async fn a_rejection_says_the_servers_reason() {
    let emitter = Emitter::default();
    let (_server, link, _page) = connected(emitter.probe()).await;
    emitter.emit(&patient_updated("p1", "Ida")).unwrap();
    link.reject(&link.emits()[0], "locked");
    emitter.becomes("rejected").await;
    let rejected = EmitState::Rejected { code: "locked".to_owned(), reason: "Not now.".to_owned() };
    assert_eq!(emitter.state(), rejected);
    assert!(rejected.has_failed() && !rejected.is_pending());
}

#[wasm_bindgen_test]
async fn a_refusal_is_returned_and_in_the_state_and_renders_once() {
    let emitter = Emitter::default();
    let (_server, link, _page) = connected(emitter.probe()).await;
    let foreign = EmitError::NotPermitted(PermissionError::ForeignOrganization);
    for _ in 0..2 {
        let refused =
            emitter.hook.get().emit(&organization("foreign"), &patient_updated("p1", "Ida"));
        assert_eq!(refused.unwrap_err(), foreign);
        emitter.becomes("refused").await;
        assert_eq!(emitter.state(), EmitState::Refused(foreign.clone()));
    }
    assert_eq!(emitter.renders().await, ["idle", "refused"], "the same refusal is no news");

    let large = emitter.emit(&patient_updated("p1", &"x".repeat(100_000))).unwrap_err();
    assert!(matches!(large, EmitError::Invalid(ValidationError::EventTooLarge { .. })));
    until("the state says so", || emitter.state() == EmitState::Refused(large.clone())).await;
    assert!(emitter.state().has_failed() && link.emits().is_empty());
}

#[wasm_bindgen_test]
async fn a_volatile_event_without_a_connection_is_discarded() {
    let emitter = Emitter::default();
    let server = InPageServer::default();
    let page = Page::mount(options(&server), emitter.probe()).await;
    server.welcome(welcome(&["north"])).await;
    until("it is connected", || page.is_connected()).await;
    page.manager().disconnect();
    emitter.emit(&Pointer { x: 1 }).unwrap();
    emitter.becomes("discarded").await;
    assert!(emitter.state().has_failed());
}

#[wasm_bindgen_test]
async fn a_sign_out_discards_what_was_never_written() {
    let emitter = Emitter::default();
    let (_server, _link, page) = connected(emitter.probe()).await;
    page.manager().disconnect();
    emitter.emit(&patient_updated("p1", "Ida")).unwrap();
    emitter.becomes("queued").await;
    page.manager().sign_out();
    emitter.becomes("discarded").await;
    assert_eq!(emitter.renders().await, ["idle", "queued", "discarded"]);
}

#[wasm_bindgen_test]
async fn a_sign_out_leaves_unconfirmed_what_was_written() {
    let emitter = Emitter::default();
    let (_server, _link, page) = connected(emitter.probe()).await;
    emitter.emit(&patient_updated("p1", "Ida")).unwrap();
    emitter.becomes("inFlight").await;
    page.manager().sign_out();
    emitter.becomes("unconfirmed").await;
    assert!(!emitter.state().has_failed(), "the server may have acted");
    assert_eq!(
        emitter.renders().await,
        ["idle", "inFlight", "unconfirmed"],
        "it is never shown as waiting again"
    );
}

#[wasm_bindgen_test]
async fn an_event_that_waited_too_long_expires() {
    let emitter = Emitter::default();
    let server = InPageServer::default();
    let page = Page::mount(options(&server), emitter.probe()).await;
    server.welcome(welcome(&["north"])).await;
    until("it is connected", || page.is_connected()).await;
    page.manager().disconnect();
    emitter.emit(&Alarm { bed: 7 }).unwrap();
    emitter.becomes("expired").await;
    assert!(emitter.state().has_failed());
    assert_eq!(emitter.renders().await, ["idle", "queued", "expired"]);
}

#[wasm_bindgen_test]
async fn only_the_latest_event_is_followed() {
    let emitter = Emitter::default();
    let (_server, link, page) = connected(emitter.probe()).await;
    emitter.emit(&patient_updated("p1", "first")).unwrap();
    emitter.becomes("inFlight").await;
    emitter.emit(&patient_updated("p1", "second")).unwrap();
    let emits = link.emits();
    link.reject(&emits[0], "locked");
    until("the first has its outcome", || page.outcomes() == ["rejected"]).await;
    next_frame().await;
    assert_eq!(emitter.state(), EmitState::InFlight);
    link.ack(&emits[1]);
    emitter.becomes("acknowledged").await;
    assert!(!emitter.log.entries().contains(&"rejected".to_owned()));

    let refused = emitter.emit(&patient_updated("p1", &"x".repeat(100_000)));
    assert_eq!(refused.unwrap_err().code(), "event_too_large");
    emitter.becomes("refused").await;
}

#[wasm_bindgen_test]
async fn a_refusal_is_not_overwritten_by_the_outcome_of_what_came_before() {
    let emitter = Emitter::default();
    let (_server, link, page) = connected(emitter.probe()).await;
    emitter.emit(&patient_updated("p1", "first")).unwrap();
    emitter.emit(&patient_updated("p1", &"x".repeat(100_000))).unwrap_err();
    emitter.becomes("refused").await;
    link.ack(&link.emits()[0]);
    until("the first has its outcome", || page.outcomes() == ["acknowledged"]).await;
    next_frame().await;
    assert_eq!(emitter.state().as_str(), "refused");
}

#[wasm_bindgen_test]
async fn after_a_reset_nothing_is_followed() {
    let emitter = Emitter::default();
    let (_server, link, page) = connected(emitter.probe()).await;
    emitter.emit(&patient_updated("p1", "Ida")).unwrap();
    emitter.becomes("inFlight").await;
    emitter.hook.get().reset();
    emitter.becomes("idle").await;
    link.ack(&link.emits()[0]);
    until("it arrived all the same", || page.outcomes() == ["acknowledged"]).await;
    assert_eq!(emitter.renders().await, ["idle", "inFlight", "idle"]);
}

#[wasm_bindgen_test]
async fn a_global_event_is_followed_too() {
    let emitter = Emitter::<Announcement>::default();
    let (_server, link, _page) = connected(emitter.probe()).await;
    let id = emitter.hook.get().emit_global(&Announcement { text: "hello".to_owned() }).unwrap();
    assert_eq!(link.emits()[0].id, id);
    link.ack(&link.emits()[0]);
    emitter.becomes("acknowledged").await;
}

#[wasm_bindgen_test]
async fn what_else_happens_does_not_render() {
    let emitter = Emitter::default();
    let (_server, link, page) = connected(emitter.probe()).await;
    emitter.emit(&patient_updated("p1", "Ida")).unwrap();
    emitter.becomes("inFlight").await;
    let manager = page.manager();
    drop(manager.emit(&organization("north"), &patient_updated("p2", "Bo")).unwrap());
    link.ack(&link.emits()[1]);
    link.event(&crate::common::update("north", "p3", "Cy"));
    until("the other has its outcome", || page.outcomes() == ["acknowledged"]).await;
    assert_eq!(emitter.renders().await, ["idle", "inFlight"]);
}

#[component]
fn EmitsAtOnce(props: &LogProps) -> Html {
    let emit = use_emit::<PatientUpdated>();
    props.log.add(emit.state.as_str());
    use_effect_with((), {
        let emit = emit.clone();
        move |()| drop(emit.emit(&organization("north"), &patient_updated("p1", "Ida")))
    });
    Html::default()
}

#[wasm_bindgen_test]
async fn an_event_that_was_written_at_once_is_never_shown_as_waiting() {
    let server = InPageServer::default();
    let options = server.options();
    let mut page = Page::mount(options.clone(), Html::default()).await;
    let link = server.welcome(welcome(&["north"])).await;
    until("it is connected", || page.is_connected()).await;
    let log = Log::default();
    page.update(options.clone(), html! { <EmitsAtOnce log={log.clone()} /> }).await;
    until("the queue has it", || page.queued() == 1).await;
    next_frame().await;
    assert_eq!(log.entries(), ["idle", "inFlight"]);

    page.update(options, Html::default()).await;
    link.ack(&link.emits()[0]);
    until("its outcome is there", || page.outcomes() == ["acknowledged"]).await;
    next_frame().await;
    assert_eq!(log.len(), 2, "nobody is left to render");
}
