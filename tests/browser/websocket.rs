//! The browser's WebSocket as transport: the real one without a server, and a fake one below the real
//! transport.

use wasm_bindgen_test::wasm_bindgen_test;
use yew::Html;
use yewdux_socket::error::ConnectionError;
use yewdux_socket::wire::{
    ClientMessage, ServerMessage, decode_client, encode_server, split_frame,
};
use yewdux_socket::{Config, SocketOptions, SocketSlice, Status, TokenError, TokenRequest};

use crate::common::{FakeWebSockets, Page, TOKEN, Tokens, next_frame, until, update, welcome};

fn options(address: &str, configure: impl FnOnce(&mut Config)) -> SocketOptions {
    SocketOptions::new(address)
        .token(|_: TokenRequest| async { Ok::<_, TokenError>(TOKEN.to_owned()) })
        .slice::<yewdux_socket::EntitySlice<yewdux_socket::event::Patient>>()
        .configure(configure)
}

fn welcomed() -> String {
    encode_server(&ServerMessage::Welcome(welcome(&["north"])))
}

/// A page on a fake WebSocket that was opened and welcomed.
async fn live(sockets: &FakeWebSockets, configure: impl FnOnce(&mut Config)) -> Page {
    let page = Page::mount(options("wss://fake.test/ws", configure), Html::default()).await;
    until("a socket is made", || sockets.count() == 1).await;
    sockets.open();
    until("something is written", || !sockets.sent(0).is_empty()).await;
    sockets.text(&welcomed());
    until("it is connected", || page.is_connected()).await;
    page
}

#[wasm_bindgen_test]
async fn a_closed_port_is_unreachable_and_tried_again() {
    // Nobody listens there: it is no port that is given out, and none that a browser forbids.
    let page = Page::mount(options("ws://127.0.0.1:2/ws", |_| ()), Html::default()).await;
    until("it is tried again", || page.status() == Status::Reconnecting).await;
    assert_eq!(page.error_code(), Some("unreachable"));
    assert!(page.slice::<SocketSlice>().connection.next_attempt.is_some());
}

#[wasm_bindgen_test]
async fn an_invalid_address_is_an_error_and_no_panic() {
    for address in ["ws://", "ws://[", "ftp://host/ws", "ws://host:99999/"] {
        let page = Page::mount(options(address, |_| ()), Html::default()).await;
        until("it is an error", || page.status() == Status::Error).await;
        assert_eq!(page.error_code(), Some("invalid_address"), "{address}");
    }
}

#[wasm_bindgen_test]
async fn an_address_that_is_not_encrypted_gets_no_socket_and_no_token() {
    let sockets = FakeWebSockets::install();
    for address in [
        "ws://ward.example/ws",
        "WS://10.0.0.1/ws",
        "http://ward.example/ws",
        "ws://localhost.example/ws",
        "ws://127.0.0.1@ward.example/ws",
        "//ward.example/ws",
    ] {
        let tokens = Tokens::default();
        let options = SocketOptions::new(address).token(tokens.source());
        let page = Page::mount(options, Html::default()).await;
        until("it is an error", || page.status() == Status::Error).await;
        assert_eq!(page.error_code(), Some("insecure_address"), "{address}");
        // Nor is it tried again, unless the application wants it.
        assert_eq!(page.slice::<SocketSlice>().connection.next_attempt, None);
        let again = page.manager().reconnect().await;
        assert_eq!(again, Err(ConnectionError::InsecureAddress));
        assert!(tokens.requests().is_empty(), "{address}");
    }
    assert_eq!(sockets.count(), 0);
}

#[wasm_bindgen_test]
async fn an_encrypted_address_and_one_on_this_machine_get_a_socket() {
    for address in [
        "wss://ward.example/ws",
        "https://ward.example/ws",
        "ws://localhost:9000/ws",
        "ws://ward.localhost/ws",
        "ws://127.1/ws",
        "ws://[::1]:9000/ws",
    ] {
        let sockets = FakeWebSockets::install();
        let _page = Page::mount(options(address, |_| ()), Html::default()).await;
        until("a socket is made", || sockets.count() == 1).await;
    }
}

#[wasm_bindgen_test]
async fn a_socket_is_given_up_while_it_connects_without_a_trace() {
    let sockets = FakeWebSockets::install();
    let page = Page::mount(options("wss://fake.test/ws", |_| ()), Html::default()).await;
    until("a socket is made", || sockets.count() == 1).await;
    assert!(sockets.property(0, "listening").as_f64().unwrap() > 0.0);
    page.unmount().await;
    next_frame().await;
    assert_eq!(sockets.property(0, "closedWith").as_f64(), Some(1000.0));
    assert_eq!(sockets.property(0, "listening").as_f64(), Some(0.0), "no listener is left on it");
}

#[wasm_bindgen_test]
async fn connect_is_written_once_the_socket_is_open_and_text_and_binary_frames_are_read() {
    let sockets = FakeWebSockets::install();
    let page = live(&sockets, |_| ()).await;
    assert_eq!(sockets.property(0, "url").as_string().as_deref(), Some("wss://fake.test/ws"));
    let first = sockets.sent(0)[0].clone();
    let item = split_frame(first.as_bytes()).next().unwrap().unwrap();
    assert!(
        matches!(decode_client(item), Ok(ClientMessage::Connect(connect)) if connect.token.reveal() == TOKEN)
    );

    sockets.text(update("north", "p1", "Åsa 😀").as_str());
    sockets.binary(update("north", "p2", "Bo").as_str().as_bytes());
    until("both are there", || page.patients("north") == ["Åsa 😀", "Bo"]).await;
}

#[wasm_bindgen_test]
async fn a_frame_over_the_limit_is_refused_before_it_is_read() {
    for binary in [false, true] {
        let sockets = FakeWebSockets::install();
        let page = live(&sockets, |config| config.inbound.max_frame_bytes = 2_000).await;
        let received = page.manager().performance_metrics().bytes_received;
        let large = " ".repeat(2_001);
        if binary {
            sockets.binary(large.as_bytes());
        } else {
            sockets.text(&large);
        }
        until("it is given up", || page.status() == Status::Reconnecting).await;
        assert_eq!(page.recent_errors(), ["frame_too_large", "protocol"]);
        assert_eq!(page.manager().performance_metrics().bytes_received, received, "not a byte");
        next_frame().await;
        assert!(sockets.property(0, "closedWith").as_f64().is_some());
        assert_eq!(sockets.property(0, "listening").as_f64(), Some(0.0));
    }
}

#[wasm_bindgen_test]
async fn the_servers_close_code_arrives() {
    let sockets = FakeWebSockets::install();
    let page = live(&sockets, |_| ()).await;
    sockets.close(4003);
    until("it is an error", || page.status() == Status::Error).await;
    assert_eq!(page.error_code(), Some("forbidden"));
    assert_eq!(sockets.count(), 1);
}
