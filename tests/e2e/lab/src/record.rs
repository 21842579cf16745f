//! What the probe saw.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};

use serde_json::{Value, json};
use yew::Callback;
use yewdux_socket::{PresenceState, SocketManager, SocketSlice, Status, Timestamp};

/// Changes of the status that are kept. A bound, so that a long test does not measure this list.
const KEPT: usize = 16;

/// What the probe saw, and what scripts need to act.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// The socket of the mounted provider.
    pub(crate) manager: Option<SocketManager>,
    /// Mounts and unmounts the provider.
    pub(crate) mount: Option<Callback<bool>>,
    pub(crate) presence: PresenceState,
    socket: SocketSlice,
    /// Latest changes of the status, and when, in milliseconds since 1970.
    statuses: VecDeque<(f64, &'static str)>,
    last_connected: Option<Timestamp>,
    connections: u32,
    /// Sequence numbers in the order in which they came, by organization.
    received: BTreeMap<String, Vec<u64>>,
    /// The sequence number that came in last.
    latest: Option<u64>,
    /// Sequence numbers by what became of them.
    outcomes: BTreeMap<String, Vec<u64>>,
}

impl Record {
    /// The slice of the connection changed.
    pub(crate) fn observe(&mut self, socket: &SocketSlice) {
        let connection = &socket.connection;
        // The time tells connections apart whose end and beginning were committed together.
        if connection.status == Status::Connected
            && connection.last_connected != self.last_connected
        {
            self.last_connected = connection.last_connected;
            self.connections += 1;
        }
        let status = connection.status.as_str();
        if self.statuses.back().is_none_or(|(_, last)| *last != status) {
            if self.statuses.len() == KEPT {
                self.statuses.pop_front();
            }
            self.statuses.push_back((js_sys::Date::now(), status));
        }
        self.socket = socket.clone();
    }

    /// A mark came in.
    pub(crate) fn receive(&mut self, organization: String, sequence: u64) {
        self.latest = Some(sequence);
        self.received.entry(organization).or_default().push(sequence);
    }

    /// A mark has its outcome.
    pub(crate) fn settle(&mut self, code: &str, sequence: u64) {
        self.outcomes.entry(code.to_owned()).or_default().push(sequence);
    }

    /// The sequence numbers that came in of an organization, oldest first.
    pub(crate) fn received(&self, organization: &str) -> Value {
        json!(self.received.get(organization).map_or(&[][..], Vec::as_slice))
    }

    /// The emitted sequence numbers by what became of them.
    pub(crate) fn outcomes(&self) -> Value {
        json!(self.outcomes)
    }

    /// The slices and the counts, in short.
    pub(crate) fn state(&self) -> Value {
        let connection = &self.socket.connection;
        let errors: Vec<_> =
            self.socket.recent_errors.iter().map(|report| report.error.code()).collect();
        let count = |of: &BTreeMap<String, Vec<u64>>| of.values().map(Vec::len).sum::<usize>();
        json!({
            "status": connection.status.as_str(),
            "error": connection.error.as_ref().map(|report| report.error.code()),
            "statuses": self.statuses,
            "connections": self.connections,
            "latency": connection.latency,
            "attempts": connection.reconnect_attempts,
            "queued": connection.queued_events.len(),
            "durable": connection.queued_events.iter().filter(|event| event.durable).count(),
            "presence": self.presence,
            "synchronizing": &*self.socket.synchronizing,
            "errors": errors,
            "latest": self.latest,
            "received": count(&self.received),
            "settled": count(&self.outcomes),
        })
    }
}

/// Works on the page's record. It must not be entered twice, so nothing that may call back is called inside.
pub(crate) fn with<T>(work: impl FnOnce(&mut Record) -> T) -> T {
    thread_local! {
        static RECORD: RefCell<Record> = RefCell::default();
    }
    RECORD.with_borrow_mut(work)
}
