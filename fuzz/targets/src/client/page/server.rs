//! What the page's server does: it opens and closes, says what the script wants, and answers what it was asked.

use serde_json::Value;
use yewdux_socket_core::wire::{
    Ack, AckStatus, Map, Pong, ServerMessage, SnapshotPart, encode_server, split_frame,
};
use yewdux_socket_core::{Input, StreamEpoch};

use super::Page;
use crate::session;

impl Page {
    /// The last socket opens.
    pub fn open(&mut self) {
        if let Some(socket) = self.socket() {
            self.is_open = true;
            self.step(Input::Opened { socket });
        }
    }

    /// The last socket closes, or does not open.
    pub fn close(&mut self, code: u16) {
        if let Some(socket) = self.socket() {
            self.is_open = false;
            self.step(Input::Closed { socket, code });
        }
    }

    /// A frame comes in on the last socket, if that is open.
    pub fn say(&mut self, data: Vec<u8>) {
        if let Some(socket) = self.socket().filter(|_| self.is_open) {
            self.grant(&data);
            self.step(Input::Frame { socket, data });
        }
    }

    /// A frame comes in on the socket before the last.
    pub fn say_late(&mut self, data: Vec<u8>) {
        if let Some(socket) = self.sockets[1] {
            self.step(Input::Frame { socket, data });
        }
    }

    fn say_message(&mut self, message: &ServerMessage) {
        self.say(encode_server(message).into());
    }

    /// Notes which organizations a frame names as the user's, by another reader than the client's.
    fn grant(&mut self, frame: &[u8]) {
        let names = |word: &str| frame.windows(word.len()).any(|window| window == word.as_bytes());
        if !(names("elcome") || names("embership") || names("\\")) {
            return;
        }
        for item in split_frame(frame).map_while(Result::ok) {
            let Ok(message) = serde_json::from_str::<Value>(item.as_str()) else {
                // The client reads what this reader does not: numbers that are too large, in fields that it skips.
                self.granted = None;
                return;
            };
            if let Some(granted) = &mut self.granted
                && matches!(message["type"].as_str(), Some("$welcome" | "$membership"))
            {
                let entries = message["organizations"].as_array().into_iter().flatten();
                granted.extend(entries.filter_map(|entry| entry["id"].as_str()).map(str::to_owned));
            }
        }
    }

    /// The server says `$welcome`.
    pub fn welcome(&mut self, organizations: &[&str]) {
        self.say(session::welcome(organizations).into());
    }

    /// The server answers all requests for snapshots.
    pub fn snapshots(&mut self, offset: u64) {
        self.snapshots_of(session::EPOCH, offset);
    }

    pub(super) fn snapshots_of(&mut self, epoch: &str, offset: u64) {
        for request in std::mem::take(&mut self.requests) {
            let part = SnapshotPart {
                id: request.id,
                organization_id: request.organization_id,
                epoch: StreamEpoch::from(epoch),
                offset,
                topics: Map::new(),
                done: true,
            };
            self.say_message(&ServerMessage::Snapshot(part));
        }
    }

    /// The server answers the last ping.
    pub fn pong(&mut self) {
        if let Some(id) = self.ping.take() {
            let pong = Pong { id, server_time: Some(self.now.wall), ..Pong::default() };
            self.say_message(&ServerMessage::Pong(pong));
        }
    }

    /// The server answers the oldest event.
    pub fn ack(&mut self, status: AckStatus) {
        if let Some(id) = self.written.pop_front() {
            self.say_message(&ServerMessage::Ack(Ack { id, status, code: None, reason: None }));
        }
    }
}
