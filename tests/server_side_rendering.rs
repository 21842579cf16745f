//! On the server everything renders `disconnected` and starts nothing.

#![cfg(not(target_arch = "wasm32"))]
#![allow(missing_docs, reason = "tests")]

use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use yew::prelude::*;
use yewdux_socket::error::{ConnectionError, ValidationError};
use yewdux_socket::event::{Patient, PatientUpdated};
use yewdux_socket::transport::{
    AddressError, FrameLimits, Transport, TransportEvents, TransportSocket,
};
use yewdux_socket::{
    ConnectOptions, ConnectionStatus, EmitError, EntitySlice, EventFeed, OfflineBanner,
    OrganizationId, OutboxStatus, PresenceList, SocketHandle, SocketOptions, SocketProvider, Token,
    TokenError, TokenRequest, use_entities, use_presence, use_socket, use_socket_event,
};

async fn no_token(_: TokenRequest) -> Result<Token, TokenError> {
    panic!("no token is asked for on the server")
}

struct WakeThread(Thread);

impl Wake for WakeThread {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for a future on this thread.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let waker = Waker::from(Arc::new(WakeThread(thread::current())));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        thread::park();
    }
}

/// A transport that must not be used.
struct NoTransport;

impl Transport for NoTransport {
    fn open(
        &self,
        _: &str,
        _: FrameLimits,
        _: TransportEvents,
    ) -> Result<Box<dyn TransportSocket>, AddressError> {
        panic!("no socket is opened on the server");
    }
}

fn options() -> SocketOptions {
    SocketOptions::new("wss://ward.test/ws")
        .token(no_token)
        .transport(NoTransport)
        .slice::<EntitySlice<Patient>>()
}

#[component]
fn Page() -> Html {
    let options = use_memo((), |()| options());
    html! {
        <SocketProvider options={(*options).clone()}>
            <ConnectionStatus />
            <OfflineBanner />
            <OutboxStatus />
            <PresenceList organization={OrganizationId::from("north")} />
            <EventFeed />
            <Hooks />
        </SocketProvider>
    }
}

#[component]
fn Hooks() -> Html {
    let north = OrganizationId::from("north");
    let socket = use_socket();
    let presence = use_presence(&north);
    let patients = use_entities::<Patient>(&north);
    use_socket_event(|_: &PatientUpdated, _| panic!("no event comes on the server"));
    html! {
        <p>{ format!("{} {} {}", socket.status().as_str(), presence.count, patients.len()) }</p>
    }
}

#[component]
fn Orphan() -> Html {
    html! { <Hooks /> }
}

#[test]
fn provider_components_and_hooks_render_disconnected() {
    let html = block_on(yew::ServerRenderer::<Page>::new().hydratable(false).render());
    for expected in [
        r#"data-status="disconnected""#,
        r#"role="status""#,
        r#"data-queued="0""#,
        r#"data-organization="north""#,
        "All changes sent",
        "<p>disconnected 0 0</p>",
    ] {
        assert!(html.contains(expected), "{expected} in {html}");
    }
    assert!(!html.contains("<li") && !html.contains("<button"), "nothing is there yet: {html}");
}

#[test]
fn hooks_outside_a_provider_render_the_same() {
    let html = block_on(yew::ServerRenderer::<Orphan>::new().hydratable(false).render());
    assert_eq!(html, "<p>disconnected 0 0</p>");
}

#[test]
fn connect_and_reconnect_answer_unsupported() {
    let handle = SocketHandle::new(&options());
    let asked = Rc::new(Cell::new(false));
    let source = {
        let asked = asked.clone();
        move |_: TokenRequest| {
            asked.set(true);
            async { Ok::<_, TokenError>("token".to_owned()) }
        }
    };
    let manager = handle.manager();
    assert_eq!(
        block_on(manager.connect(source, ConnectOptions::default())),
        Err(ConnectionError::Unsupported)
    );
    assert_eq!(block_on(manager.reconnect()), Err(ConnectionError::Unsupported));
    assert!(!asked.get());
}

#[test]
fn nothing_can_be_emitted_and_dropping_the_handle_is_fine() {
    let handle = SocketHandle::new(&options());
    let manager = handle.manager().clone();
    let emit = |payload: &str| {
        manager
            .emit_raw("patient_updated", Some(&OrganizationId::from("north")), payload)
            .unwrap_err()
    };
    assert_eq!(emit("{}"), EmitError::Closed);
    assert_eq!(emit("no json"), EmitError::Invalid(ValidationError::PayloadShape));
    drop(handle);
    assert_eq!(
        block_on(manager.reconnect()),
        Err(ConnectionError::Disconnected),
        "after its end a socket answers that it is closed"
    );
}
