//! The sign-in is renewed on the open connection before the token expires.

use wasm_bindgen_test::wasm_bindgen_test;
use yew::prelude::*;
use yewdux_socket::ConnectionStatus;
use yewdux_socket::wire::{Refreshed, ServerMessage, Welcome, capability};

use crate::common::{
    Clock, InPageServer, Page, TOKEN, Tokens, next_frame, organization, patient_updated, until,
    welcome,
};

/// Half of it is waited for: long enough to look before it is over, short enough to be waited for.
const LIFE_MS: u64 = 200;

/// `$welcome` by a server that renews the sign-in.
fn short_lived() -> Welcome {
    let mut welcome = welcome(&["north"]);
    welcome.capabilities.push(capability::REFRESH.to_owned());
    welcome.token_expires_in_ms = Some(LIFE_MS);
    welcome
}

fn refreshed(expires_in_ms: u64) -> ServerMessage {
    ServerMessage::Refreshed(Refreshed { expires_in_ms })
}

#[wasm_bindgen_test]
async fn a_fresh_token_is_handed_over_before_the_old_one_expires() {
    let server = InPageServer::default();
    let page = Page::mount(server.options(), html! { <ConnectionStatus /> }).await;
    let link = server.welcome(short_lived()).await;
    until("it is connected", || page.is_connected()).await;
    assert_eq!((server.token_requests(), link.refreshes()), (vec![false], 0), "not at once");

    until("it is renewed", || link.refreshes() == 1).await;
    assert_eq!(server.token_requests(), [false, true], "a cached token will not do");
    link.send(&refreshed(LIFE_MS));
    until("it is renewed again, so the answer counted", || link.refreshes() == 2).await;
    link.send(&refreshed(3_600_000));

    let delivery = page.manager().emit(&organization("north"), &patient_updated("p1", "Ida"));
    link.ack(&link.emits()[0]);
    assert_eq!(delivery.unwrap().await.code(), "acknowledged");
    assert_eq!((server.count(), page.is_connected()), (1, true), "on the same connection");
    assert!(page.recent_errors().is_empty() && !page.html().contains(TOKEN));
}

#[wasm_bindgen_test]
async fn a_renewal_that_is_refused_twice_is_reported_and_the_connection_stays() {
    let server = InPageServer::default();
    let page = Page::mount(server.options(), html! { <ConnectionStatus /> }).await;
    let link = server.welcome(short_lived()).await;
    until("it is asked for", || link.refreshes() == 1).await;
    link.refuse_refresh();
    next_frame().await;
    assert!(page.recent_errors().is_empty(), "once is no reason to worry anybody");
    until("it is asked for once more", || link.refreshes() == 2).await;
    link.refuse_refresh();
    until("it is reported", || page.recent_errors() == ["refresh_failed"]).await;
    assert_eq!(server.token_requests(), [false, true, true]);

    assert!(page.is_connected() && !link.is_closed());
    assert_eq!(page.error_code(), None, "the connection has no error");
    assert_eq!(page.attribute(".ys-status", "data-error"), None);
    link.event(&crate::common::update("north", "p1", "Ida"));
    until("the connection goes on", || page.patients("north") == ["Ida"]).await;

    let clock = Clock::stop();
    clock.advance(1_000.0);
    link.close(1006);
    clock.advance(1_000.0);
    until("it is made anew", || server.count() == 2).await;
    let last = server.token_requests().last().copied();
    assert_eq!(last, Some(true), "the old token has expired by now");
    drop(clock);
}

#[wasm_bindgen_test]
async fn a_token_source_that_denies_for_good_is_not_asked_again() {
    let (server, tokens) = (InPageServer::default(), Tokens::default());
    let options = server.options_without_token().token(tokens.source());
    let page = Page::mount(options, Html::default()).await;
    tokens.asked(1).await;
    tokens.give(0);
    let link = server.welcome(short_lived()).await;
    tokens.asked(2).await;
    tokens.deny(1, false);
    until("it is reported", || page.recent_errors() == ["refresh_failed"]).await;
    assert_eq!((tokens.requests(), link.refreshes()), (vec![false, true], 0));
    assert!(page.is_connected());
}

#[wasm_bindgen_test]
async fn a_token_that_comes_after_the_connection_is_gone_is_not_handed_over() {
    for sign_out in [false, true] {
        let (server, tokens) = (InPageServer::default(), Tokens::default());
        let options = server.options_without_token().token(tokens.source());
        let page = Page::mount(options, Html::default()).await;
        tokens.asked(1).await;
        tokens.give(0);
        let link = server.welcome(short_lived()).await;
        tokens.asked(2).await;
        if sign_out {
            page.manager().sign_out();
        } else {
            page.manager().disconnect();
        }
        tokens.give(1);
        next_frame().await;
        assert_eq!((link.refreshes(), server.count()), (0, 1));
        assert!(page.recent_errors().is_empty());
    }
}

#[wasm_bindgen_test]
async fn a_server_that_does_not_offer_it_is_not_asked() {
    let server = InPageServer::default();
    let page = Page::mount(server.options(), Html::default()).await;
    let mut plain = short_lived();
    plain.capabilities.retain(|name| name != capability::REFRESH);
    plain.token_expires_in_ms = Some(1);
    let link = server.welcome(plain).await;
    until("it is connected", || page.is_connected()).await;
    next_frame().await;
    assert_eq!((server.token_requests(), link.refreshes()), (vec![false], 0));
}
