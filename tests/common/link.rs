//! One connection, as the server within the page sees it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use yewdux_socket::OrganizationId;
use yewdux_socket::error::ValidationError;
use yewdux_socket::transport::{FrameLimits, TransportEvents, TransportSocket};
use yewdux_socket::wire::{
    Ack, AckStatus, ClientMessage, Connect, Emit, Map, Pong, PresenceSummary, RawJson, ServerError,
    ServerMessage, SnapshotRequest, decode_client, encode_server, split_frame,
};

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
    pub(super) fn new(address: &str, limits: FrameLimits, events: TransportEvents) -> Self {
        Self {
            address: address.to_owned(),
            limits,
            events,
            received: RefCell::default(),
            closed_with: Cell::new(None),
            dropped: Cell::new(false),
            answered: Cell::new(false),
        }
    }

    /// Whether the test has taken the answer to `$connect` upon itself.
    pub(super) fn is_answered(&self) -> bool {
        self.answered.get()
    }

    pub(super) fn answered(&self) {
        self.answered.set(true);
    }

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
                let event = emit.event.read::<yewdux_socket::event::PatientUpdated>().unwrap();
                event.patient.name.clone()
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

    /// Answers the latest ping, and says who is online.
    pub fn pong_with(&self, presence: Map<OrganizationId, PresenceSummary>) {
        let pings = self.received().into_iter().filter_map(|message| match message {
            ClientMessage::Ping(ping) => Some(ping.id),
            _ => None,
        });
        let id = pings.last().expect("the client wrote a ping");
        self.send(&ServerMessage::Pong(Pong { id, presence, ..Pong::default() }));
    }

    /// How many times the client asked to renew the sign-in.
    pub fn refreshes(&self) -> usize {
        let is_refresh = |message: &&ClientMessage| matches!(message, ClientMessage::Refresh(_));
        self.received.borrow().iter().filter(is_refresh).count()
    }

    /// Refuses to renew the sign-in.
    pub fn refuse_refresh(&self) {
        self.send(&ServerMessage::Error(ServerError {
            code: "unauthorized".to_owned(),
            regarding: Some("$refresh".to_owned()),
            ..ServerError::default()
        }));
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

    /// Opens a socket that hung.
    pub fn open(&self) {
        self.events.opened();
    }

    /// Closes the socket from the server's side.
    pub fn close(&self, code: u16) {
        self.events.closed(code);
    }
}

/// The client's end.
pub(super) struct Socket(Rc<Link>);

impl Socket {
    pub(super) fn new(link: Rc<Link>) -> Self {
        Self(link)
    }
}

impl TransportSocket for Socket {
    fn send(&mut self, frame: &str) {
        assert!(!self.0.is_closed(), "nothing is written to a closed socket");
        for item in split_frame(frame.as_bytes()) {
            self.0.received.borrow_mut().push(item.and_then(decode_client).unwrap());
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
