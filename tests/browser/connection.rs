//! From `connect` to `$welcome`, and back.

use wasm_bindgen_futures::spawn_local;
use wasm_bindgen_test::wasm_bindgen_test;
use yew::Html;
use yewdux_socket::error::ConnectionError;
use yewdux_socket::wire::{ServerMessage, close};
use yewdux_socket::{ConnectOptions, Connecting, SocketSlice, Status, TokenError, TokenRequest};

use crate::common::{
    InPageServer, Opening, Page, Slot, TOKEN, connected, dispatch, next_frame, organization, until,
    update, welcome,
};

/// Leaves the result of an attempt in a slot, once there is one.
fn result_of(attempt: Connecting) -> Slot<Option<Result<(), ConnectionError>>> {
    let slot = Slot::default();
    slot.set(None);
    let result = slot.clone();
    spawn_local(async move { result.set(Some(attempt.await)) });
    slot
}

async fn token(_: TokenRequest) -> Result<String, TokenError> {
    Ok(TOKEN.to_owned())
}

#[wasm_bindgen_test]
async fn connect_resolves_at_welcome_and_not_when_the_socket_opens() {
    let server = InPageServer::default();
    let page = Page::mount(server.options_without_token(), Html::default()).await;
    assert_eq!(
        (page.status(), server.count()),
        (Status::Disconnected, 0),
        "nothing begins by itself"
    );

    let result = result_of(page.manager().connect(token, ConnectOptions::default()));
    let link = server.connecting().await;
    next_frame().await;
    assert_eq!((result.get(), page.status()), (None, Status::Connecting));

    link.send(&ServerMessage::Welcome(welcome(&["north"])));
    until("connect resolves", || result.get() == Some(Ok(()))).await;
    until("the slice says connected", || page.is_connected()).await;
    let principal = page.slice::<SocketSlice>().principal.clone().unwrap();
    assert_eq!((principal.user_id.as_str(), principal.organizations.len()), ("ana", 1));
}

#[wasm_bindgen_test]
async fn connect_says_the_token_and_the_organizations() {
    let server = InPageServer::default();
    let options = server.options().organizations([organization("north")]);
    let _page = Page::mount(options, Html::default()).await;
    let link = server.connecting().await;
    let connect = link.connect().unwrap();
    assert_eq!(connect.token.reveal(), TOKEN);
    assert_eq!(connect.organizations, Some(vec![organization("north")]));
    assert!(!link.address.contains(TOKEN), "no token in an address");
    assert_eq!(link.received().len(), 1, "$connect comes first and alone");
}

#[wasm_bindgen_test]
async fn connect_fails_with_the_error_of_the_first_attempt_and_goes_on_trying() {
    let server = InPageServer::default();
    server.set_opening(Opening::Closes(1006));
    let page = Page::mount(server.options_without_token(), Html::default()).await;
    let result = result_of(page.manager().connect(token, ConnectOptions::default()));
    until("connect fails", || result.get() == Some(Err(ConnectionError::Unreachable))).await;
    assert_eq!(page.manager().connection_status().status, Status::Reconnecting);

    server.set_opening(Opening::Opens);
    server.welcome(welcome(&["north"])).await;
    until("the slice says connected", || page.is_connected()).await;
}

#[wasm_bindgen_test]
async fn connect_fails_when_no_token_can_be_had() {
    let server = InPageServer::default();
    let page = Page::mount(server.options_without_token(), Html::default()).await;
    let source = |_: TokenRequest| async {
        Err::<String, _>(TokenError { reason: "signed out elsewhere".to_owned(), retryable: false })
    };
    let result = result_of(page.manager().connect(source, ConnectOptions::default()));
    until("connect fails", || result.get().is_some()).await;
    let error = result.get().unwrap().unwrap_err();
    assert_eq!(error.code(), "token_unavailable");
    until("the slice says so", || page.status() == Status::Error).await;
    assert_eq!(server.count(), 0, "no socket without a token");
}

#[wasm_bindgen_test]
async fn a_disconnect_ends_the_wait_for_connect() {
    let server = InPageServer::default();
    server.set_opening(Opening::Hangs);
    let page = Page::mount(server.options_without_token(), Html::default()).await;
    let result = result_of(page.manager().connect(token, ConnectOptions::default()));
    until("a socket is opened", || server.count() == 1).await;
    page.manager().disconnect();
    until("connect fails", || result.get() == Some(Err(ConnectionError::Disconnected))).await;
    assert!(server.latest().is_closed());
}

#[wasm_bindgen_test]
async fn a_disconnect_closes_the_socket_and_no_signal_revives_it() {
    let (server, link, page) = connected(Html::default()).await;
    link.event(&update("north", "p1", "Ida"));
    page.manager().disconnect();
    until("the slice says disconnected", || page.status() == Status::Disconnected).await;
    assert_eq!(link.closed_with(), Some(close::NORMAL));

    dispatch("online");
    dispatch("focus");
    next_frame().await;
    assert_eq!((server.count(), page.status()), (1, Status::Disconnected));
    assert_eq!(page.patients("north"), ["Ida"], "state stays");
}

#[wasm_bindgen_test]
async fn a_reconnect_makes_a_live_connection_anew_and_resolves_at_its_welcome() {
    let (server, link, page) = connected(Html::default()).await;
    let result = result_of(page.manager().reconnect());
    let second = server.connecting().await;
    assert!(link.is_closed());
    assert_eq!(second.connect().unwrap().resume.unwrap().session.as_str(), "session");
    assert_eq!((result.get(), page.status()), (None, Status::Reconnecting));

    second.send(&ServerMessage::Welcome(welcome(&["north"])));
    until("reconnect resolves", || result.get() == Some(Ok(()))).await;
    assert_eq!(page.manager().performance_metrics().connections, 2);
}

#[wasm_bindgen_test]
async fn a_lost_connection_comes_back_by_itself() {
    let (server, link, page) = connected(Html::default()).await;
    link.close(1006);
    server.welcome(welcome(&["north", "south"])).await;
    until("the slice says connected", || page.is_connected() && server.count() == 2).await;
    link.event(&update("north", "p1", "from the old socket"));
    next_frame().await;
    assert!(page.patients("north").is_empty(), "the old socket is not heard any more");
}

#[wasm_bindgen_test]
async fn the_pages_online_signal_probes_the_link() {
    let (_server, link, _page) = connected(Html::default()).await;
    link.pong();
    let before = link.pings();
    dispatch("online");
    until("a ping is written", || link.pings() > before).await;
}

#[wasm_bindgen_test]
async fn the_latency_is_measured_by_ping_and_pong() {
    let (_server, link, page) = connected(Html::default()).await;
    assert_eq!(page.slice::<SocketSlice>().connection.latency, None);
    dispatch("online");
    until("a ping is written", || link.pings() > 0).await;
    link.pong();
    until("the slice has it", || page.slice::<SocketSlice>().connection.latency.is_some()).await;
}

#[wasm_bindgen_test]
async fn a_sign_out_clears_everything_at_once() {
    let (server, link, page) = connected(Html::default()).await;
    link.events(&[update("north", "p1", "Ida"), crate::common::online("north", "ben")]);
    link.frame("no json");
    let manager = page.manager();
    let delivery =
        manager.emit(&organization("north"), &crate::common::patient_updated("p1", "Ida")).unwrap();
    until("there is something to clear", || {
        page.patients("north").len() == 1
            && page.online("north").len() == 1
            && page.queued() == 1
            && !page.recent_errors().is_empty()
            && !page.received().is_empty()
    })
    .await;

    manager.sign_out();
    assert_eq!(delivery.await.code(), "unconfirmed");
    let socket = page.slice::<SocketSlice>();
    assert_eq!((socket.connection.status, socket.principal.clone()), (Status::Disconnected, None));
    assert!(page.patients("north").is_empty() && page.online("north").is_empty());
    assert!(page.received().is_empty() && page.outcomes().is_empty() && page.queued() == 0);
    assert!(page.recent_errors().is_empty());
    assert!(link.is_closed());

    assert_eq!(manager.reconnect().await, Err(ConnectionError::Unauthorized));
    drop(manager.connect(token, ConnectOptions::default()));
    let next = server.connecting().await;
    assert_eq!(next.connect().unwrap().resume, None, "nothing is resumed after a sign-out");
}
