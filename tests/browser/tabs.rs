//! Several tabs of one browser; here several sockets of one page, which hear each other as tabs do.

use wasm_bindgen_test::wasm_bindgen_test;
use yew::prelude::*;
use yewdux_socket::error::ConnectionError;
use yewdux_socket::{
    ConnectOptions, OfflineBanner, SocketOptions, Status, TokenError, TokenRequest,
};

use crate::common::{
    InPageServer, Page, TOKEN, connected, next_frame, organization, patient_updated, until, update,
    welcome,
};

#[wasm_bindgen_test]
async fn a_sign_out_in_one_tab_is_one_in_all() {
    let (_first, _, here) = connected(Html::default()).await;
    let (second, link, there) = connected(html! { <OfflineBanner /> }).await;
    link.event(&update("north", "p1", "Ida"));
    until("the other tab has a patient", || there.patients("north").len() == 1).await;
    let unsent =
        there.manager().emit(&organization("north"), &patient_updated("p1", "Ib")).unwrap();
    here.manager().sign_out();
    until("the other tab is signed out", || there.status() == Status::Error).await;
    next_frame().await;
    assert_eq!(there.error_code(), Some("signed_out_elsewhere"));
    assert!(there.patients("north").is_empty() && there.received().is_empty());
    assert_eq!(unsent.await.code(), "unconfirmed");
    assert_eq!(there.text(".ys-banner__text"), "You signed out in another tab. Sign in again.");
    assert!(link.is_closed());
    assert_eq!(second.count(), 1, "it does not come back by itself");
    assert_eq!((here.status(), here.error_code()), (Status::Disconnected, None));

    let again = there.manager().reconnect().await;
    assert_eq!(again, Err(ConnectionError::SignedOutElsewhere), "that takes a sign-in");
    assert!(there.find(".ys-banner button").is_none());
    let token = |_: TokenRequest| async { Ok::<_, TokenError>(TOKEN.to_owned()) };
    drop(there.manager().connect(token, ConnectOptions::default()));
    second.welcome(welcome(&["north"])).await;
    until("one may sign in again", || there.is_connected()).await;
    assert_eq!(here.status(), Status::Disconnected);
}

#[wasm_bindgen_test]
async fn it_ends_neither_another_user_nor_a_sign_in_to_another_server() {
    let (_first, _, here) = connected(Html::default()).await;
    let (second, third) = (InPageServer::default(), InPageServer::default());
    let other_user = Page::mount(second.options(), Html::default()).await;
    let mut ben = welcome(&["north"]);
    ben.user_id = "ben".into();
    second.welcome(ben).await;
    let options = SocketOptions::new("ws://in-page.test/other")
        .token(|_| async { Ok(TOKEN.to_owned()) })
        .transport(third.clone());
    let other_server = Page::mount(options, Html::default()).await;
    third.welcome(welcome(&["north"])).await;
    // Told as well, and so a sign that the word has gone round.
    let (_fourth, _, told) = connected(Html::default()).await;
    until("both are connected", || other_user.is_connected() && other_server.is_connected()).await;
    here.manager().sign_out();
    until("the word has gone round", || told.status() == Status::Error).await;
    assert!(other_user.is_connected() && other_server.is_connected());
}

#[wasm_bindgen_test]
async fn what_is_no_word_of_ours_is_ignored() {
    let (_server, _, page) = connected(Html::default()).await;
    let (_other, _, told) = connected(Html::default()).await;
    let channel = web_sys::BroadcastChannel::new("yewdux-socket ws://in-page.test/ws").unwrap();
    for word in [wasm_bindgen::JsValue::NULL, 7.into(), "".into(), "nobody".into()] {
        channel.post_message(&word).unwrap();
    }
    let user =
        page.slice::<yewdux_socket::SocketSlice>().principal.clone().unwrap().user_id.clone();
    assert!(page.is_connected());
    channel.post_message(&user.as_str().into()).unwrap();
    until("the word that counts was heard", || told.status() == Status::Error).await;
    channel.close();
    assert!(page.received().is_empty());
}
