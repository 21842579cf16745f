//! What the hooks return, and when they render.

use wasm_bindgen_test::wasm_bindgen_test;
use yew::prelude::*;
use yewdux_socket::error::ConnectionError;
use yewdux_socket::{
    ConnectOptions, EmitError, EventQueueSlice, SocketSlice, TokenRequest, UsePresenceOptions,
    UseSocketEventOptions, use_slice,
};

use crate::common::{
    FakeWebSockets, InPageServer, Log, LogProps, Page, PatientsProbe, PresenceProbe, SocketProbe,
    UpdatesProbe, connected, dispatch, next_frame, offline, online, organization, patient_updated,
    until, update, welcome,
};

#[wasm_bindgen_test]
async fn use_socket_shows_status_and_principal_and_renders_at_their_changes() {
    let log = Log::default();
    let (_server, link, page) = connected(html! { <SocketProbe log={log.clone()} /> }).await;
    until("it rendered", || log.entries().last().is_some_and(|last| last == "connected ana")).await;
    assert_eq!(log.entries().first().unwrap(), "disconnected");
    log.take();

    link.event(&update("north", "p1", "Ida"));
    until("the event is there", || page.patients("north").len() == 1).await;
    next_frame().await;
    assert_eq!(log.take(), [""; 0], "an event does not concern the connection");

    page.manager().sign_out();
    until("it rendered again", || log.len() > 0).await;
    assert_eq!(log.entries(), ["disconnected"], "both changes in one render");
}

#[wasm_bindgen_test]
async fn use_entities_renders_only_at_changes_of_its_organization() {
    let (north, south) = (Log::default(), Log::default());
    let (_server, link, _page) = connected(html! {
        <>
            <PatientsProbe log={north.clone()} organization="north" />
            <PatientsProbe log={south.clone()} organization="south" />
        </>
    })
    .await;
    assert_eq!((north.take(), south.take()), (vec![String::new()], vec![String::new()]));

    link.event(&update("north", "p2", "Ida"));
    link.event(&update("north", "p1", "Bo"));
    until("both are shown", || north.entries().last().is_some_and(|last| last == "Bo Ida")).await;
    next_frame().await;
    assert_eq!(south.take(), [""; 0]);

    north.take();
    link.event(&online("north", "ben"));
    next_frame().await;
    assert_eq!(north.take(), [""; 0], "presence is no entity");
}

#[wasm_bindgen_test]
async fn a_change_of_latency_renders_neither_entities_nor_presence() {
    let (patients, presence, socket) = (Log::default(), Log::default(), Log::default());
    let (_server, link, _page) = connected(html! {
        <>
            <PatientsProbe log={patients.clone()} organization="north" />
            <PresenceProbe log={presence.clone()} organization="north" />
            <SocketProbe log={socket.clone()} />
        </>
    })
    .await;
    next_frame().await;
    for log in [&patients, &presence, &socket] {
        log.take();
    }
    dispatch("online");
    until("a ping is written", || link.pings() > 0).await;
    link.pong();
    until("use_socket rendered", || socket.len() > 0).await;
    next_frame().await;
    assert_eq!((patients.take(), presence.take()), (vec![], vec![]));
}

#[wasm_bindgen_test]
async fn use_presence_renders_only_at_changes_of_its_organization() {
    let (north, south) = (Log::default(), Log::default());
    let (_server, link, _page) = connected(html! {
        <>
            <PresenceProbe log={north.clone()} organization="north" />
            <PresenceProbe log={south.clone()} organization="south" />
        </>
    })
    .await;
    next_frame().await;
    north.take();
    south.take();

    link.event(&online("north", "ben"));
    until("ben is shown", || north.len() > 0).await;
    link.event(&offline("north", "ben"));
    until("ben is gone", || north.len() > 1).await;
    next_frame().await;
    assert_eq!(north.take(), ["1: ben", "0: "]);
    assert_eq!(south.take(), [""; 0]);
}

#[wasm_bindgen_test]
async fn use_presence_leaves_out_the_user_and_limits_the_list_but_not_the_count() {
    let (all, others, few) = (Log::default(), Log::default(), Log::default());
    let (_server, link, _page) = connected(html! {
        <>
            <PresenceProbe log={all.clone()} organization="north" />
            <PresenceProbe log={others.clone()} organization="north" options={UsePresenceOptions::default().without_self()} />
            <PresenceProbe log={few.clone()} organization="north" options={UsePresenceOptions::default().limit(1)} />
        </>
    })
    .await;
    link.events(&[online("north", "ana"), online("north", "ben"), online("north", "cy")]);
    let last = |log: &Log| log.entries().last().cloned().unwrap_or_default();
    until("all are shown", || last(&all) == "3: ana ben cy").await;
    assert_eq!(last(&others), "3: ben cy");
    assert_eq!(last(&few), "3: ana");
}

#[wasm_bindgen_test]
async fn use_socket_event_is_called_once_for_each_event_of_a_batch_in_order() {
    let log = Log::default();
    let (_server, link, page) = connected(html! { <UpdatesProbe log={log.clone()} /> }).await;
    next_frame().await;
    link.events(&[
        update("north", "p1", "first"),
        online("north", "ben"),
        update("south", "p1", "second"),
        update("north", "p1", "third"),
    ]);
    until("all are handled", || log.len() == 3).await;
    assert_eq!(log.entries(), ["first", "second", "third"]);
    assert_eq!(page.patients("north"), ["third"]);
}

#[wasm_bindgen_test]
async fn use_socket_event_can_be_limited_to_one_organization() {
    let (south, all) = (Log::default(), Log::default());
    let options = UseSocketEventOptions::default().organization(organization("south"));
    let (_server, link, _page) = connected(html! {
        <>
            <UpdatesProbe log={south.clone()} {options} />
            <UpdatesProbe log={all.clone()} />
        </>
    })
    .await;
    link.events(&[update("north", "p1", "northern"), update("south", "p1", "southern")]);
    until("both are handled", || all.len() == 2).await;
    assert_eq!(south.entries(), ["southern"]);
}

#[wasm_bindgen_test]
async fn use_socket_event_calls_the_handler_of_the_latest_render() {
    let log = Log::default();
    let server = InPageServer::default();
    let options = server.options();
    let probe = |label: &'static str| html! { <UpdatesProbe log={log.clone()} {label} /> };
    let mut page = Page::mount(options.clone(), probe("old ")).await;
    let link = server.welcome(welcome(&["north"])).await;
    page.update(options, probe("new ")).await;
    link.event(&update("north", "p1", "Ida"));
    until("it is handled", || log.len() > 0).await;
    next_frame().await;
    assert_eq!(log.entries(), ["new Ida"]);
    assert_eq!(server.count(), 1, "the same options keep the connection");
}

#[component]
fn QueueProbe(props: &LogProps) -> Html {
    let waiting = use_slice(|queue: &EventQueueSlice| queue.queued_events.len());
    props.log.add(waiting.to_string());
    Html::default()
}

#[wasm_bindgen_test]
async fn use_slice_renders_only_when_the_selected_part_changed() {
    let log = Log::default();
    let (_server, link, page) = connected(html! { <QueueProbe log={log.clone()} /> }).await;
    assert_eq!(log.take(), ["0"]);
    link.event(&update("north", "p1", "Ida"));
    until("the slice changed", || page.received().len() == 1).await;
    next_frame().await;
    assert_eq!(log.take(), [""; 0], "the slice changed, its selected part did not");

    drop(page.manager().emit(&organization("north"), &patient_updated("p1", "Bo")).unwrap());
    until("it rendered", || log.len() > 0).await;
    assert_eq!(log.take(), ["1"]);
    link.ack(&link.emits()[0]);
    until("it rendered", || log.len() > 0).await;
    assert_eq!(log.take(), ["0"]);
}

#[wasm_bindgen_test]
async fn several_hooks_in_one_component_render_it_once_for_one_commit() {
    #[component]
    fn Both(props: &LogProps) -> Html {
        let status = use_slice(|slice: &SocketSlice| slice.recent_errors.len());
        let received = use_slice(|queue: &EventQueueSlice| queue.received().count());
        let again = use_slice(|queue: &EventQueueSlice| queue.received().count());
        props.log.add(format!("{status} {received} {again}"));
        Html::default()
    }
    let log = Log::default();
    let (_server, link, _page) = connected(html! { <Both log={log.clone()} /> }).await;
    next_frame().await;
    log.take();
    link.frame(format!(
        "[{},{}]",
        update("north", "p1", "Ida").as_str(),
        update("foreign", "p1", "Eve").as_str()
    ));
    until("it rendered", || log.len() > 0).await;
    next_frame().await;
    assert_eq!(log.take(), ["1 1 1"]);
}

#[wasm_bindgen_test]
async fn hooks_outside_a_provider_are_inert() {
    let log = Log::default();
    let page = Page::mount_without_provider(html! {
        <>
            <SocketProbe log={log.clone()} />
            <PresenceProbe log={log.clone()} organization="north" />
            <PatientsProbe log={log.clone()} organization="north" />
            <UpdatesProbe log={log.clone()} />
        </>
    })
    .await;
    assert_eq!(log.sorted(), ["", "0: ", "disconnected"]);
    let manager = page.manager();
    let sockets = FakeWebSockets::install();
    let source = |_: TokenRequest| async { Ok("token".to_owned()) };
    let connecting = manager.connect(source, ConnectOptions::default());
    next_frame().await;
    assert_eq!(sockets.count(), 0, "no socket is opened to nowhere");
    assert_eq!(connecting.await, Err(ConnectionError::Disconnected));
    assert_eq!(manager.reconnect().await, Err(ConnectionError::Disconnected));
    let emitted = manager.emit(&organization("north"), &patient_updated("p1", "Ida"));
    assert_eq!(emitted.unwrap_err(), EmitError::Closed);
}
