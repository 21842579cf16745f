//! Frames to events: liveness, acks, duplicates, tenant filter, permission, validation, delivery.

use std::sync::Arc;
use std::time::Duration;

use super::{Client, Effect, Inbound, SocketId};
use crate::error::{ConnectionError, Error, PerformanceError, PermissionError, ValidationError};
use crate::event::{Position, ReceivedEvent, Scope};
use crate::health::millis;
use crate::id::OrganizationId;
use crate::resume::Verdict;
use crate::safeguards::Safeguard;
use crate::time::Timestamp;
use crate::wire::{
    ClientMessage, EventItem, Incoming, Pong, ServerMessage, capability, decode_server, split_frame,
};

/// The server's clock, carried on by the steady one: the wall clock may be wrong and may be set.
#[derive(Clone, Copy)]
pub(super) struct ServerClock {
    at: Duration,
    read: Timestamp,
}

impl ServerClock {
    fn now(self, monotonic: Duration) -> Timestamp {
        let passed =
            i64::try_from(monotonic.saturating_sub(self.at).as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_millis(self.read.as_millis().saturating_add(passed))
    }
}

impl Client {
    /// A frame came in. Any frame is a sign of life.
    pub(super) fn frame(&mut self, socket: SocketId, data: &[u8]) {
        if !self.is_current(socket) {
            return;
        }
        self.metrics.frames_received += 1;
        self.metrics.bytes_received += data.len() as u64;
        if let Some(heartbeat) = self.heartbeat() {
            heartbeat.inbound();
        }
        let limit = self.config.inbound.max_frame_bytes;
        if data.len() > limit {
            self.frame_refused(socket, ValidationError::FrameTooLarge { bytes: data.len(), limit });
            return;
        }
        let items = match split_frame(data) {
            Ok(items) => items,
            Err(error) => return self.unreadable(error),
        };
        for item in items {
            // A message of this frame may have ended the connection.
            if !self.is_current(socket) {
                return;
            }
            match decode_server(item) {
                Ok(Incoming::Control(message)) => self.control(socket, *message),
                Ok(Incoming::Event(item)) => self.event(&item),
                Ok(Incoming::Unknown(word)) => tracing::debug!(word, "ignored"),
                Err(error) => self.unreadable(error),
            }
        }
    }

    /// A message that cannot be read. In place of `$welcome` it ends the attempt; later it is counted, and
    /// the connection goes on.
    fn unreadable(&mut self, error: ValidationError) {
        self.refuse(error);
        if self.live_socket().is_none() {
            self.handshake_failed();
        }
    }

    /// Counts a message that is malformed or failed validation. The connection goes on.
    pub(super) fn refuse(&mut self, error: impl Into<Error>) {
        self.metrics.dropped_invalid += 1;
        self.report(error);
    }

    fn control(&mut self, socket: SocketId, message: ServerMessage) {
        match message {
            ServerMessage::Welcome(welcome) => return self.welcome(welcome),
            ServerMessage::Error(error) => return self.server_error(&error),
            ServerMessage::Revoked(_) => return self.revoked(),
            _ => {}
        }
        if self.live_socket() != Some(socket) {
            self.report(ConnectionError::Protocol { what: "a message before `$welcome`" });
            return;
        }
        match message {
            ServerMessage::Ack(ack) => self.ack(ack),
            ServerMessage::Ping(ping) => {
                let answer = Pong { id: ping.id, ..Pong::default() };
                self.send(socket, &ClientMessage::Pong(answer));
            }
            ServerMessage::Pong(pong) => self.pong(&pong),
            ServerMessage::Snapshot(part) => self.snapshot_part(part),
            ServerMessage::Membership(membership) => self.membership(&membership.organizations),
            ServerMessage::Resync(resync) => self.resync(&resync),
            ServerMessage::Refreshed(refreshed) => self.refreshed(&refreshed),
            // Handled above, or nothing that the state depends on.
            ServerMessage::Welcome(_)
            | ServerMessage::Error(_)
            | ServerMessage::Revoked(_)
            | ServerMessage::Subscribed(_)
            | ServerMessage::Audit(_) => {}
        }
    }

    fn pong(&mut self, pong: &Pong) {
        let now = self.now.monotonic;
        let Some(round_trip) = self.health.answered(pong.id, now) else { return };
        self.state.latency = self.health.latency().map(millis);
        self.compare_presence(pong);
        if let Some(read) = pong.server_time {
            // It was read when the pong was halfway.
            self.server_clock = Some(ServerClock { at: now.saturating_sub(round_trip / 2), read });
        }
    }

    /// An event: decided on its envelope first; the payload of a foreign one is never built.
    fn event(&mut self, item: &EventItem<'_>) {
        let envelope = &item.envelope;
        if self.live_socket().is_none() {
            self.report(ConnectionError::Protocol { what: "an event before `$welcome`" });
            return;
        }
        let kind = self.config.registry.get(&envelope.event_type).cloned();
        // An unknown type still has a place in its organization's stream, so its organization is checked.
        let scope = match (&kind, &envelope.organization) {
            (Some(kind), _) => kind.scope,
            (None, Some(_)) => Scope::Organization,
            (None, None) => Scope::Global,
        };
        if let Err(error) = self.tenant.filter_events_by_organization(envelope, scope) {
            self.metrics.dropped_foreign += 1;
            return self.report(error);
        }
        let verdict = match &envelope.organization {
            None => Verdict::Deliver,
            Some(organization) => self.place(organization, envelope.position.as_ref()),
        };
        if verdict == Verdict::Duplicate && self.config.safeguards.hold(Safeguard::Deduplication) {
            self.metrics.dropped_duplicate += 1;
            return;
        }
        let Some(kind) = kind else {
            self.metrics.dropped_unknown += 1;
            return self.report(ValidationError::unknown_type(&envelope.event_type));
        };
        if !kind.direction.allows_receiving() {
            self.metrics.dropped_direction += 1;
            return self.report(PermissionError::WrongDirection {
                event_type: envelope.event_type.to_string(),
            });
        }
        if self.is_ahead_of_the_server(envelope.timestamp) {
            return self.unusable(envelope, ValidationError::FutureTimestamp);
        }
        match kind.decode(envelope.clone(), item.json.get()) {
            Err(error) => self.unusable(envelope, error),
            Ok(event) if verdict == Verdict::Hold => self.hold(Arc::new(event)),
            Ok(event) => self.deliver(Arc::new(event)),
        }
    }

    /// Places an event in its organization's stream. A gap is answered by a snapshot, if the server has any.
    fn place(&mut self, organization: &OrganizationId, position: Option<&Position>) -> Verdict {
        let verdict = self.streams.place(organization, position);
        if verdict != Verdict::Gap {
            return verdict;
        }
        if !self.config.safeguards.hold(Safeguard::Resume) {
            return Verdict::Deliver;
        }
        tracing::warn!(%organization, "events are missing");
        self.synchronize(organization);
        self.streams.place(organization, position)
    }

    /// While the server's clock is not known, nothing is: ours may be wrong.
    fn is_ahead_of_the_server(&self, timestamp: Timestamp) -> bool {
        let server_now = self.server_clock.map(|clock| clock.now(self.now.monotonic));
        server_now.is_some_and(|now| timestamp.since(now) > self.config.inbound.max_future)
    }

    fn hold(&mut self, event: Arc<ReceivedEvent>) {
        let Some(organization) = event.envelope.organization.clone() else { return };
        let limit = self.config.inbound.max_held_events;
        if self.streams.hold(&organization, event, limit).is_err() {
            self.report(PerformanceError::BufferFull { limit });
            self.synchronize(&organization);
        }
    }

    /// Hands an event to presence, slices and handlers.
    pub(super) fn deliver(&mut self, event: Arc<ReceivedEvent>) {
        if self.offers(capability::PRESENCE)
            && self.presence.apply(&event, self.now.wall).is_err()
            && let Some(organization) = &event.envelope.organization
        {
            self.synchronize_presence(organization);
        }
        self.metrics.events_delivered += 1;
        self.effect(Effect::Deliver(Inbound::Event(event)));
    }
}
