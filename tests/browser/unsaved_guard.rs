//! Who leaves the page is asked only while something would be lost.

use wasm_bindgen_test::wasm_bindgen_test;
use yew::prelude::*;
use yewdux_socket::{SocketManager, use_unsaved_guard};

use crate::common::{
    InPageServer, Log, LogProps, Page, asks_before_leaving, connected, organization,
    patient_updated, until,
};

#[component]
fn Guard(props: &LogProps) -> Html {
    let unsaved = use_unsaved_guard();
    props.log.add(unsaved.to_string());
    Html::default()
}

fn emit(manager: &SocketManager) {
    drop(manager.emit(&organization("north"), &patient_updated("p1", "Ida")).unwrap());
}

#[wasm_bindgen_test]
async fn it_asks_from_the_first_unsent_change_to_the_last_outcome() {
    let log = Log::default();
    let (_server, link, page) = connected(html! { <Guard log={log.clone()} /> }).await;
    assert!(!asks_before_leaving());
    emit(&page.manager());
    emit(&page.manager());
    until("both are counted", || log.entries().last().is_some_and(|last| last == "2")).await;
    assert!(asks_before_leaving());

    link.ack(&link.emits()[0]);
    until("one is left", || log.entries().last().is_some_and(|last| last == "1")).await;
    assert!(asks_before_leaving(), "one is still unsent");
    link.reject(&link.emits()[1], "locked");
    until("none is left", || log.entries().last().is_some_and(|last| last == "0")).await;
    assert!(!asks_before_leaving());
    assert_eq!(log.entries(), ["0", "2", "1", "0"]);
}

#[wasm_bindgen_test]
async fn an_unmounted_guard_asks_nothing() {
    let log = Log::default();
    let server = InPageServer::default();
    let options = server.options();
    let mut page = Page::mount(options.clone(), html! { <Guard log={log.clone()} /> }).await;
    emit(&page.manager());
    until("it is counted", || log.entries().last().is_some_and(|last| last == "1")).await;
    assert!(asks_before_leaving(), "before the first connection as well");
    page.update(options, Html::default()).await;
    assert_eq!(page.queued(), 1);
    assert!(!asks_before_leaving());
}

#[wasm_bindgen_test]
async fn a_sign_out_ends_the_asking() {
    let (_server, _link, page) = connected(html! { <Guard log={Log::default()} /> }).await;
    page.manager().disconnect();
    emit(&page.manager());
    until("it asks", asks_before_leaving).await;
    page.manager().sign_out();
    until("it asks no more", || !asks_before_leaving()).await;
}

#[cfg(feature = "persist")]
#[wasm_bindgen_test]
async fn what_is_kept_over_a_reload_is_not_asked_about() {
    let log = Log::default();
    let server = InPageServer::default();
    let options = server.options().persist().user("guarded");
    let page = Page::mount(options, html! { <Guard log={log.clone()} /> }).await;
    emit(&page.manager());
    until("it is counted", || log.entries().contains(&"1".to_owned())).await;
    until("it is kept", || log.entries().last().is_some_and(|last| last == "0")).await;
    assert_eq!(page.queued(), 1, "and still unsent");
    assert!(!asks_before_leaving());

    let mut welcome = crate::common::welcome(&["north"]);
    welcome.user_id = "guarded".into();
    let link = server.welcome(welcome).await;
    until("it is written", || link.emits().len() == 1).await;
    link.ack(&link.emits()[0]);
    until("it has its outcome", || page.outcomes() == ["acknowledged"]).await;
}
