//! Answers that come too late are ignored.

use wasm_bindgen_test::wasm_bindgen_test;
use yew::Html;
use yewdux_socket::error::ValidationError;
use yewdux_socket::wire::{Revoked, ServerMessage, close};
use yewdux_socket::{ConnectOptions, Status};

use crate::common::{
    InPageServer, Opening, Page, Tokens, connected, membership, next_frame, online, until, update,
    welcome,
};

/// A page whose token source was asked and has not answered.
async fn asking() -> (InPageServer, Tokens, Page) {
    let (server, tokens) = (InPageServer::default(), Tokens::default());
    let options = server.options_without_token().token(tokens.source());
    let page = Page::mount(options, Html::default()).await;
    tokens.asked(1).await;
    (server, tokens, page)
}

#[wasm_bindgen_test]
async fn a_token_after_a_disconnect_opens_nothing() {
    let (server, tokens, page) = asking().await;
    page.manager().disconnect();
    tokens.give(0);
    next_frame().await;
    assert_eq!((server.count(), page.status()), (0, Status::Disconnected));
}

#[wasm_bindgen_test]
async fn a_token_after_a_sign_out_opens_nothing() {
    let (server, tokens, page) = asking().await;
    page.manager().sign_out();
    tokens.give(0);
    next_frame().await;
    assert_eq!((server.count(), page.status()), (0, Status::Disconnected));
}

#[wasm_bindgen_test]
async fn the_token_of_an_earlier_attempt_does_not_serve_a_later_one() {
    let (server, tokens, page) = asking().await;
    page.manager().disconnect();
    drop(page.manager().reconnect());
    tokens.asked(2).await;
    tokens.give(0);
    next_frame().await;
    assert_eq!(server.count(), 0, "the later attempt waits for its own");
    tokens.give(1);
    server.welcome(welcome(&["north"])).await;
    until("it is connected", || page.is_connected()).await;
    assert_eq!(server.count(), 1);
}

#[wasm_bindgen_test]
async fn the_refusal_of_an_earlier_attempt_does_not_end_a_later_one() {
    let (server, tokens, page) = asking().await;
    page.manager().disconnect();
    drop(page.manager().reconnect());
    tokens.asked(2).await;
    tokens.deny(0, false);
    next_frame().await;
    assert_eq!((page.status(), page.error_code()), (Status::Connecting, None));
    tokens.give(1);
    server.welcome(welcome(&["north"])).await;
    until("it is connected", || page.is_connected()).await;
}

#[wasm_bindgen_test]
async fn a_token_source_that_was_replaced_is_not_heard() {
    let (server, tokens, page) = asking().await;
    page.manager().disconnect();
    let newer = Tokens::default();
    drop(page.manager().connect(newer.source(), ConnectOptions::default()));
    newer.asked(1).await;
    tokens.give(0);
    next_frame().await;
    assert_eq!(server.count(), 0);
    newer.give(0);
    server.welcome(welcome(&["north"])).await;
    until("it is connected", || page.is_connected()).await;
}

#[wasm_bindgen_test]
async fn a_socket_that_opens_after_it_was_given_up_is_told_nothing() {
    let server = InPageServer::default();
    server.set_opening(Opening::Hangs);
    let page = Page::mount(server.options(), Html::default()).await;
    until("a socket is opened", || server.count() == 1).await;
    page.manager().disconnect();
    let given_up = server.latest();
    given_up.open();
    next_frame().await;
    assert!(given_up.received().is_empty(), "the token least of all");
    assert_eq!(page.status(), Status::Disconnected);

    drop(page.manager().reconnect());
    until("another socket is opened", || server.count() == 2).await;
    given_up.open();
    server.latest().open();
    let link = server.connecting().await;
    assert!(given_up.received().is_empty(), "the token goes to the socket that it was fetched for");
    given_up.send(&ServerMessage::Welcome(welcome(&["north"])));
    next_frame().await;
    assert_eq!(page.status(), Status::Connecting, "a stranger's welcome");
    link.send(&ServerMessage::Welcome(welcome(&["north"])));
    until("it is connected", || page.is_connected()).await;
}

#[wasm_bindgen_test]
async fn nothing_that_comes_from_an_earlier_socket_counts() {
    let (server, old, page) = connected(Html::default()).await;
    drop(page.manager().reconnect());
    let link = server.welcome(welcome(&["north"])).await;
    until("it is connected", || page.is_connected()).await;
    let before = page.manager().performance_metrics();

    old.events(&[update("north", "p1", "late"), online("north", "ben")]);
    old.send(&membership(&[]));
    old.send(&ServerMessage::Revoked(Revoked { code: "left".to_owned() }));
    old.send(&ServerMessage::Welcome(welcome(&["south"])));
    old.frame("no json");
    old.refuse(ValidationError::FrameTooLarge { bytes: 2, limit: 1 });
    old.open();
    for code in [close::REVOKED, close::FORBIDDEN, close::UNAUTHORIZED, 1006] {
        old.close(code);
    }
    next_frame().await;
    assert_eq!((page.status(), page.error_code(), server.count()), (Status::Connected, None, 2));
    assert!(page.patients("north").is_empty() && page.online("north").is_empty());
    assert!(page.recent_errors().is_empty() && !link.is_closed());
    let after = page.manager().performance_metrics();
    assert_eq!(after, before, "it is not even counted");

    link.event(&update("north", "p1", "in time"));
    until("the new one is heard", || page.patients("north") == ["in time"]).await;
}

#[wasm_bindgen_test]
async fn the_ack_of_an_earlier_socket_settles_nothing() {
    let (server, old, page) = connected(Html::default()).await;
    let emitted = page
        .manager()
        .emit(&crate::common::organization("north"), &crate::common::patient_updated("p1", "Ida"));
    drop(emitted.unwrap());
    let emit = old.emits().remove(0);
    drop(page.manager().reconnect());
    let link = server.welcome(welcome(&["north"])).await;
    until("it is written again", || link.emits().len() == 1).await;
    old.reject(&emit, "locked");
    next_frame().await;
    assert!(page.outcomes().is_empty());
    link.ack(&link.emits()[0]);
    until("it is acknowledged", || page.outcomes() == ["acknowledged"]).await;
}
