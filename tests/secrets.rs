//! Guarantee 7 as far as types can hold it: nothing public that can have a token prints it.
//!
//! What an application writes into `TokenError::reason` is its own: no type can tell what is in it.

#![cfg(not(target_arch = "wasm32"))]

use std::fmt::Debug;
use std::time::Duration;

use yewdux_socket::wire::{
    ClientMessage, Connect, PROTOCOL_VERSION, Refresh, decode_client, encode_client, split_frame,
};
use yewdux_socket::{
    Config, ConnectOptions, SocketHandle, SocketOptions, Timestamp, Token, TokenError, TokenRequest,
};
use yewdux_socket_core::{Client, Effect, Input, Now};

/// What must not be printed.
const SECRET: &str = "hush-hush";

fn assert_silent(what: &str, value: &dyn Debug) {
    let printed = format!("{value:?} {value:#?}");
    assert!(!printed.contains(SECRET), "{what}: {printed}");
}

fn connect() -> Connect {
    Connect {
        protocol: PROTOCOL_VERSION,
        token: Token::new(SECRET),
        organizations: None,
        resume: None,
        capabilities: Vec::new(),
    }
}

#[test]
fn a_token_is_not_printed_wherever_it_is() {
    let token = Token::from(SECRET.to_owned());
    assert_eq!(
        (token.reveal(), &token),
        (SECRET, &Token::from(SECRET)),
        "it is there all the same"
    );
    assert_silent("token", &token);
    assert_silent("answer of a token source", &Ok::<_, TokenError>(token.clone()));
    assert_silent("input", &Input::Token { attempt: 1, result: Ok(token.clone()) });
    assert_silent("$connect", &connect());
    assert_silent("message", &ClientMessage::Connect(connect()));
    assert_silent("$refresh", &ClientMessage::Refresh(Refresh { token }));
}

#[test]
fn a_client_and_the_frame_with_the_token_do_not_print_it() {
    let mut client = Client::new(Config::default(), [0; 32]);
    let now = Now { monotonic: Duration::ZERO, wall: Timestamp::from_millis(0) };
    let mut frames = 0;
    client.step(now, Input::Connect(ConnectOptions::default()));
    while let Some(effect) = client.poll_effect() {
        assert_silent("effect", &effect);
        match effect {
            Effect::FetchToken { attempt, .. } => {
                client.step(now, Input::Token { attempt, result: Ok(Token::new(SECRET)) });
            }
            Effect::Open { socket } => client.step(now, Input::Opened { socket }),
            Effect::Send { frame, .. } => frames += u32::from(frame.contains(SECRET)),
            _ => {}
        }
        assert_silent("client", &client);
    }
    assert_eq!(frames, 1, "the token was in a frame, once");
}

#[test]
fn a_socket_and_its_options_print_neither_source_nor_query() {
    let options =
        SocketOptions::new(&format!("wss://ana:{SECRET}@ward.example:8443/ws?t={SECRET}"));
    assert!(format!("{options:?}").contains("wss://ward.example:8443/ws"), "{options:?}");
    assert_silent("options", &options);

    let kept = Token::new(SECRET);
    let source = move |_: TokenRequest| {
        let token = kept.clone();
        async { Ok::<_, TokenError>(token) }
    };
    // A server of another kind might want one there. It is the application's doing, and not repeated.
    let address = format!("wss://ward.example/ws?token={SECRET}#{SECRET}");
    let options = SocketOptions::new(&address).token(source.clone());
    assert_silent("options", &options);
    let handle = SocketHandle::new(&options);
    drop(handle.manager().connect(source, ConnectOptions::default()));
    assert_silent("handle", &handle);
    assert_silent("manager", handle.manager());
}

#[test]
fn an_error_about_a_message_does_not_quote_it() {
    let good = encode_client(&ClientMessage::Connect(connect()));
    for bad in [
        good.replace(&format!("\"{SECRET}\""), &format!("{{\"{SECRET}\":1}}")),
        good.replace(
            &format!("\"protocol\":{PROTOCOL_VERSION}"),
            &format!("\"protocol\":\"{SECRET}\""),
        ),
        good.replace('}', &format!(",\"token\":\"{SECRET}\"}}")),
        good.replace('}', ""),
    ] {
        let read = split_frame(bad.as_bytes()).next().unwrap().and_then(decode_client);
        let error = read.expect_err("it is not what it should be");
        assert_silent("error", &error);
        assert!(!error.to_string().contains(SECRET), "{error}");
    }
}
