//! A server within the page: the wire, and nothing else, is replaced.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use wasm_bindgen_futures::spawn_local;
use yewdux_socket::error::ValidationError;
use yewdux_socket::event::Patient;
use yewdux_socket::transport::{
    AddressError, FrameLimits, Transport, TransportEvents, TransportSocket,
};
use yewdux_socket::wire::{
    Ack, AckStatus, ClientMessage, Connect, Emit, Pong, RawJson, ServerMessage, SnapshotRequest,
    Welcome, decode_client, encode_server, split_frame,
};
use yewdux_socket::{EntitySlice, SocketOptions, TokenError, TokenRequest};

use super::{Announcement, TOKEN, until};

/// What becomes of the next sockets.
#[derive(Debug, Clone, Default)]
pub enum Opening {
    /// They open.
    #[default]
    Opens,
    /// They neither open nor close.
    Hangs,
    /// They close with this code before they are open.
    Closes(u16),
    /// Their address is no address.
    Invalid(&'static str),
}

/// Accepts the client's sockets and remembers what came over them.
#[derive(Clone, Default)]
pub struct InPageServer(Rc<Inner>);

#[derive(Default)]
struct Inner {
    opening: RefCell<Opening>,
    links: RefCell<Vec<Rc<Link>>>,
    token_requests: RefCell<Vec<TokenRequest>>,
}

impl InPageServer {
    /// Options of a client of this server: it has a token, hardly waits between attempts, keeps
    /// patients, and knows [`Announcement`]s.
    pub fn options(&self) -> SocketOptions {
        let server = self.clone();
        self.options_without_token().token(move |request: TokenRequest| {
            server.0.token_requests.borrow_mut().push(request);
            async { Ok::<_, TokenError>(TOKEN.to_owned()) }
        })
    }

    /// The same for a client that connects only when it is told to.
    pub fn options_without_token(&self) -> SocketOptions {
        SocketOptions::new("ws://in-page.test/ws")
            .transport(self.clone())
            .configure(|config| {
                config.backoff.min = Duration::from_millis(1);
                config.backoff.max = Duration::from_millis(1);
                config.backoff.prompt = Duration::from_millis(1);
                config.grace = Duration::ZERO;
            })
            .slice::<EntitySlice<Patient>>()
            .event::<Announcement>()
            .unwrap()
    }

    pub fn set_opening(&self, opening: Opening) {
        *self.0.opening.borrow_mut() = opening;
    }

    /// The token source was asked so often, each time for a fresh token or not.
    pub fn token_requests(&self) -> Vec<bool> {
        self.0.token_requests.borrow().iter().map(|request| request.fresh).collect()
    }

    /// How many sockets the client has opened so far.
    pub fn count(&self) -> usize {
        self.0.links.borrow().len()
    }

    /// The socket that was opened last.
    pub fn latest(&self) -> Rc<Link> {
        self.0.links.borrow().last().expect("a socket was opened").clone()
    }

    /// Waits for the `$connect` on a socket that has had no answer yet.
    pub async fn connecting(&self) -> Rc<Link> {
        let waiting = || {
            let links = self.0.links.borrow();
            links.last().filter(|link| link.connect().is_some() && !link.answered.get()).cloned()
        };
        until("the client says $connect", || waiting().is_some()).await;
        let link = waiting().unwrap();
        link.answered.set(true);
        link
    }

    /// Answers the next `$connect` with `$welcome`.
    pub async fn welcome(&self, welcome: Welcome) -> Rc<Link> {
        let link = self.connecting().await;
        link.send(&ServerMessage::Welcome(welcome));
        link
    }
}

impl Transport for InPageServer {
    fn open(
        &self,
        address: &str,
        limits: FrameLimits,
        events: TransportEvents,
    ) -> Result<Box<dyn TransportSocket>, AddressError> {
        let opening = self.0.opening.borrow().clone();
        if let Opening::Invalid(reason) = opening {
            return Err(AddressError { reason: reason.to_owned() });
        }
        let link = Rc::new(Link {
            address: address.to_owned(),
            limits,
            events: events.clone(),
            received: RefCell::default(),
            closed_with: Cell::new(None),
            dropped: Cell::new(false),
            answered: Cell::new(false),
        });
        self.0.links.borrow_mut().push(link.clone());
        // As in a browser, nothing happens before the task that opened the socket is over.
        spawn_local(async move {
            match opening {
                Opening::Opens => events.opened(),
                Opening::Closes(code) => events.closed(code),
                Opening::Hangs | Opening::Invalid(_) => {}
            }
        });
        Ok(Box::new(Socket(link)))
    }
}

/// The server's end of one socket.
pub struct Link {
    pub address: String,
    pub limits: FrameLimits,
    events: TransportEvents,
    received: RefCell<Vec<ClientMessage>>,
    closed_with: Cell<Option<u16>>,
    dropped: Cell<bool>,
    answered: Cell<bool>,
}

impl Link {
    /// All that the client said.
    pub fn received(&self) -> Vec<ClientMessage> {
        self.received.borrow().clone()
    }

    pub fn connect(&self) -> Option<Connect> {
        self.received.borrow().iter().find_map(|message| match message {
            ClientMessage::Connect(connect) => Some(connect.clone()),
            _ => None,
        })
    }

    /// The events that the client emitted, in order.
    pub fn emits(&self) -> Vec<Emit> {
        self.received
            .borrow()
            .iter()
            .filter_map(|message| match message {
                ClientMessage::Emit(emit) => Some(emit.clone()),
                _ => None,
            })
            .collect()
    }

    /// The names of the patients in emitted `patient_updated` events, in order.
    pub fn emitted_names(&self) -> Vec<String> {
        self.emits()
            .iter()
            .map(|emit| {
                emit.event.read::<yewdux_socket::event::PatientUpdated>().unwrap().patient.name
            })
            .collect()
    }

    pub fn snapshot_requests(&self) -> Vec<SnapshotRequest> {
        self.received
            .borrow()
            .iter()
            .filter_map(|message| match message {
                ClientMessage::Snapshot(request) => Some(request.clone()),
                _ => None,
            })
            .collect()
    }

    /// How many pings the client wrote.
    pub fn pings(&self) -> usize {
        self.received().iter().filter(|message| matches!(message, ClientMessage::Ping(_))).count()
    }

    /// Answers all pings; those that were answered before are ignored.
    pub fn pong(&self) {
        for message in self.received() {
            if let ClientMessage::Ping(ping) = message {
                self.send(&ServerMessage::Pong(Pong { id: ping.id, ..Pong::default() }));
            }
        }
    }

    /// The code that the client closed the socket with.
    pub fn closed_with(&self) -> Option<u16> {
        self.closed_with.get()
    }

    /// Whether the client gave the socket up.
    pub fn is_closed(&self) -> bool {
        self.closed_with.get().is_some() || self.dropped.get()
    }

    pub fn send(&self, message: &ServerMessage) {
        self.frame(encode_server(message));
    }

    /// Sends one event in a frame of its own.
    pub fn event(&self, event: &RawJson) {
        self.frame(event.as_str());
    }

    /// Sends several events in one frame.
    pub fn events(&self, events: &[RawJson]) {
        let items: Vec<_> = events.iter().map(RawJson::as_str).collect();
        self.frame(format!("[{}]", items.join(",")));
    }

    pub fn frame(&self, frame: impl Into<Vec<u8>>) {
        self.events.frame(frame.into());
    }

    /// Reports a frame as over the limits, as a transport does that did not read it.
    pub fn refuse(&self, error: ValidationError) {
        self.events.refused(error);
    }

    pub fn ack(&self, emit: &Emit) {
        self.answer(emit, AckStatus::Accepted, None);
    }

    pub fn reject(&self, emit: &Emit, code: &str) {
        self.answer(emit, AckStatus::Rejected, Some(code.to_owned()));
    }

    fn answer(&self, emit: &Emit, status: AckStatus, code: Option<String>) {
        let reason = code.as_ref().map(|_| "Not now.".to_owned());
        self.send(&ServerMessage::Ack(Ack { id: emit.id.clone(), status, code, reason }));
    }

    /// Closes the socket from the server's side.
    pub fn close(&self, code: u16) {
        self.events.closed(code);
    }
}

/// The client's end.
struct Socket(Rc<Link>);

impl TransportSocket for Socket {
    fn send(&mut self, frame: &str) {
        assert!(!self.0.is_closed(), "nothing is written to a closed socket");
        for item in split_frame(frame.as_bytes()).unwrap() {
            self.0.received.borrow_mut().push(decode_client(item).unwrap());
        }
    }

    fn close(self: Box<Self>, code: u16) {
        self.0.closed_with.set(Some(code));
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.0.dropped.set(true);
    }
}
