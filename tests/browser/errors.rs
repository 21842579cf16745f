//! Errors, from the wire to what a user reads.

use wasm_bindgen_test::wasm_bindgen_test;
use yew::prelude::*;
use yewdux_socket::error::ValidationError;
use yewdux_socket::wire::{Revoked, ServerMessage, close};
use yewdux_socket::{ConnectionStatus, EventFeed, OfflineBanner, PresenceList, Status};

use crate::common::{
    InPageServer, Log, Opening, Page, TOKEN, UpdatesProbe, connected, next_frame, online,
    organization, until, update, welcome,
};

fn banner() -> Html {
    html! {
        <>
            <ConnectionStatus />
            <OfflineBanner />
        </>
    }
}

#[wasm_bindgen_test]
async fn a_token_that_is_refused_twice_is_an_error_in_plain_words() {
    let server = InPageServer::default();
    let page = Page::mount(server.options(), banner()).await;
    server.connecting().await.close(close::UNAUTHORIZED);
    let second = server.connecting().await;
    assert_eq!(server.token_requests(), [false, true], "a fresh token is asked for once");
    second.close(close::UNAUTHORIZED);
    until("it is an error", || page.status() == Status::Error).await;
    next_frame().await;
    assert_eq!(page.error_code(), Some("unauthorized"));
    assert_eq!(page.attribute("[role=status]", "data-status").as_deref(), Some("error"));
    assert_eq!(page.attribute(".ys-banner", "data-status").as_deref(), Some("error"));
    assert!(page.text(".ys-banner").contains("Sign in again."));
    assert!(!page.html().contains(TOKEN));
    assert_eq!(server.count(), 2, "it is not tried again");
}

#[wasm_bindgen_test]
async fn each_close_code_has_its_consequence() {
    for (code, status, error, attempts) in [
        (close::PROTOCOL_ERROR, Status::Error, Some("forbidden"), 1),
        (close::FORBIDDEN, Status::Error, Some("forbidden"), 1),
        (close::REVOKED, Status::Error, Some("revoked"), 1),
        (close::OVERLOADED, Status::Connected, None, 2),
        (close::REPLACED, Status::Connected, None, 2),
        (1001, Status::Connected, None, 2),
        (1006, Status::Connected, None, 2),
    ] {
        let (server, link, page) = connected(banner()).await;
        link.close(code);
        if attempts == 2 {
            server.welcome(welcome(&["north"])).await;
        }
        until(&format!("{code} leads to {status:?}"), || page.status() == status).await;
        next_frame().await;
        assert_eq!((page.error_code(), server.count()), (error, attempts), "code {code}");
    }
}

#[wasm_bindgen_test]
async fn a_revoked_session_forgets_everything_and_says_so() {
    let (server, link, page) = connected(banner()).await;
    link.event(&update("north", "p1", "Ida"));
    until("it is there", || page.patients("north").len() == 1).await;
    link.send(&ServerMessage::Revoked(Revoked { code: "left".to_owned() }));
    until("it is an error", || page.status() == Status::Error).await;
    next_frame().await;
    assert!(page.patients("north").is_empty() && page.received().is_empty());
    assert_eq!(
        page.text(".ys-banner__text"),
        "Your session was ended by the server. Sign in again.",
        "what happened, and what can be done"
    );
    assert!(link.is_closed());
    assert_eq!(server.count(), 1);
}

#[wasm_bindgen_test]
async fn an_unreachable_server_is_shown_and_the_button_tries_again() {
    let server = InPageServer::default();
    server.set_opening(Opening::Closes(1006));
    let options = server.options().configure(|config| {
        config.backoff.min = std::time::Duration::from_hours(1);
        config.backoff.max = config.backoff.min;
    });
    let page = Page::mount(options, banner()).await;
    until("it is shown", || page.find(".ys-banner").is_some()).await;
    assert_eq!(page.attribute("[role=status]", "data-status").as_deref(), Some("reconnecting"));
    assert!(page.text(".ys-banner").contains("The server cannot be reached."));
    assert_eq!(server.count(), 1);

    server.set_opening(Opening::Opens);
    page.click(".ys-banner button");
    server.welcome(welcome(&["north"])).await;
    until("the banner is gone", || page.find(".ys-banner").is_none()).await;
    assert_eq!(page.attribute("[role=status]", "data-status").as_deref(), Some("connected"));
}

#[wasm_bindgen_test]
async fn a_malformed_frame_is_counted_and_the_connection_goes_on() {
    let (_server, link, page) = connected(Html::default()).await;
    link.frame("not json");
    link.frame([0xff, 0xfe]);
    link.frame(r#"[{"type":"patient_updated"},7]"#);
    link.event(&update("north", "p1", "Ida"));
    until("the next event is there", || page.patients("north") == ["Ida"]).await;
    let metrics = page.manager().performance_metrics();
    assert_eq!((metrics.dropped_invalid, metrics.events_delivered), (4, 1));
    assert_eq!(
        page.recent_errors(),
        ["malformed", "malformed", "invalid_value", "invalid_structure"]
    );
    assert!(page.is_connected() && !link.is_closed());
}

#[wasm_bindgen_test]
async fn an_oversized_frame_is_refused_and_the_connection_made_anew() {
    let server = InPageServer::default();
    let options = server.options().configure(|config| config.inbound.max_frame_bytes = 1_000);
    let page = Page::mount(options, Html::default()).await;
    for refuse in [true, false] {
        let link = server.welcome(welcome(&["north"])).await;
        assert_eq!(link.limits.frame_bytes, 1_000, "the transport is told the limit");
        until("it is connected", || page.is_connected()).await;
        if refuse {
            link.refuse(ValidationError::FrameTooLarge { bytes: 2_000, limit: 1_000 });
        } else {
            // A transport that did not look.
            link.frame(vec![b' '; 2_000]);
        }
        assert!(link.is_closed());
    }
    server.welcome(welcome(&["north"])).await;
    until("it is connected again", || page.is_connected() && server.count() == 3).await;
    next_frame().await;
    assert_eq!(page.recent_errors(), ["frame_too_large", "protocol"]);
    assert_eq!(page.manager().performance_metrics().dropped_invalid, 2);
}

#[wasm_bindgen_test]
async fn a_foreign_event_reaches_neither_slice_nor_handler_nor_document() {
    let log = Log::default();
    let (_server, link, page) = connected(html! {
        <>
            <UpdatesProbe log={log.clone()} />
            <EventFeed />
            <PresenceList organization={organization("foreign")} />
        </>
    })
    .await;
    link.events(&[
        update("foreign", "p1", "Secret Name"),
        online("foreign", "mallory"),
        update("north", "p1", "Ida"),
    ]);
    until("the own event is shown", || page.find("[data-event-type=patient_updated]").is_some())
        .await;
    next_frame().await;
    assert_eq!(log.entries(), ["Ida"]);
    assert_eq!(page.received(), ["patient_updated"]);
    assert!(page.patients("foreign").is_empty() && page.online("foreign").is_empty());
    assert!(!page.html().contains("Secret") && !page.html().contains("mallory"));
    assert_eq!(page.attributes("[data-event-type]", "data-organization"), ["north"]);
    assert_eq!(page.manager().performance_metrics().dropped_foreign, 2);
    assert!(page.recent_errors().contains(&"foreign_organization"));
}

#[wasm_bindgen_test]
async fn an_address_that_the_transport_refuses_is_an_error_without_retry() {
    let server = InPageServer::default();
    server.set_opening(Opening::Invalid("it has no host"));
    let page = Page::mount(server.options(), banner()).await;
    until("it is an error", || page.status() == Status::Error).await;
    next_frame().await;
    assert_eq!(page.error_code(), Some("invalid_address"));
    assert!(page.text(".ys-banner").contains("it has no host"));
    assert_eq!(server.token_requests().len(), 1);
}

#[wasm_bindgen_test]
async fn an_event_before_welcome_is_decided_on_with_it() {
    let server = InPageServer::default();
    let page = Page::mount(server.options(), Html::default()).await;
    let link = server.connecting().await;
    link.event(&update("south", "p1", "foreign"));
    link.event(&update("north", "p1", "early"));
    next_frame().await;
    assert!(page.received().is_empty(), "nobody knows yet whose it may be");
    link.send(&ServerMessage::Welcome(welcome(&["north"])));
    until("it is connected", || page.is_connected()).await;
    next_frame().await;
    assert_eq!((page.patients("north"), page.received().len()), (vec!["early".to_owned()], 1));
    assert_eq!(page.manager().performance_metrics().dropped_foreign, 1);
}
