//! Frames to events: liveness, acks, duplicates, tenant filter, permission, validation, delivery.

use std::sync::Arc;

use super::connection::Pace;
use super::server_clock::ServerClock;
use super::{Client, Effect, Inbound, SocketId};
use crate::config::UnknownEvents;
use crate::error::{ConnectionError, Error, PerformanceError, PermissionError, ValidationError};
use crate::event::{Envelope, EventKind, Payload, Position, ReceivedEvent, scope_of_unknown};
use crate::health::millis;
use crate::id::OrganizationId;
use crate::presence::Presence;
use crate::redaction::redact;
use crate::resume::Verdict;
use crate::safeguards::Safeguard;
use crate::time::Timestamp;
use crate::wire::{
    ClientMessage, EventItem, Incoming, Item, Pong, RawJson, ServerMessage, Withheld, capability,
    decode_expected, split_frame,
};

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
        let limit = self.config.inbound.max_frame_messages;
        let mut items = split_frame(data).within(self.config.shape).enumerate();
        while let Some((index, item)) = items.next() {
            // A message of this frame may have ended the connection.
            if !self.is_current(socket) {
                return;
            }
            if index == limit {
                let messages = limit + 1 + items.count();
                let error = ValidationError::TooManyMessages { messages, limit };
                return self.frame_refused(socket, error);
            }
            match item {
                Ok(item) => self.message(socket, item),
                Err(error) => self.unreadable(error, data.len()),
            }
        }
    }

    fn message(&mut self, socket: SocketId, item: Item<'_>) {
        self.metrics.messages_received += 1;
        let bytes = item.as_str().len();
        let is_expected =
            |id, organization: &OrganizationId| self.streams.expects(id, organization);
        match decode_expected(item, &is_expected) {
            Ok(Incoming::Control(message)) => self.control(socket, *message),
            Ok(Incoming::Event(item)) => self.event(&item),
            Ok(Incoming::Unknown(word)) => tracing::debug!(word, "ignored"),
            Err(error) => {
                self.unreadable(error, bytes);
                self.take_away(&item.word());
            }
        }
    }

    /// A message that cannot be read, and would take something away from the user, must not leave it there.
    fn take_away(&mut self, word: &str) {
        match word {
            "$revoked" => self.revoked(),
            // The next `$welcome` says what is left.
            "$membership" if self.live_socket().is_some() => {
                let what = "a `$membership` that cannot be read";
                self.lose(ConnectionError::Protocol { what }, Pace::Backoff);
            }
            _ => {}
        }
    }

    /// A message that cannot be read. In place of `$welcome` it ends the attempt; later it is counted, and
    /// the connection goes on.
    fn unreadable(&mut self, error: ValidationError, bytes: usize) {
        self.set_aside(None, &error, bytes);
        self.audit_dropped(error.code(), None);
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
            ServerMessage::Withheld(withheld) => self.withheld(withheld),
            ServerMessage::Refreshed(refreshed) => self.refreshed(&refreshed),
            ServerMessage::Audit(head) => self.audit_countersigned(head),
            // Handled above, or nothing that the state depends on.
            ServerMessage::Welcome(_)
            | ServerMessage::Error(_)
            | ServerMessage::Revoked(_)
            | ServerMessage::Subscribed(_) => {}
        }
    }

    fn pong(&mut self, pong: &Pong) {
        let now = self.now.monotonic;
        let Some(round_trip) = self.health.answered(pong.id, now) else { return };
        self.state.latency = self.health.latency().map(millis);
        self.compare_presence(pong);
        if let Some(read) = pong.server_time {
            let clock = ServerClock::read(read, round_trip, now);
            self.server_clock =
                Some(self.server_clock.map_or(clock, |known| known.or_later(clock)));
        }
    }

    /// An event: decided on its envelope first; the payload of a foreign one is never built.
    pub(super) fn event(&mut self, item: &EventItem<'_>) {
        if self.live_socket().is_none() {
            return self.hold_until_welcome(item);
        }
        let kind = self.config.registry.shared(item.event_type());
        // An unknown type still has a place in its organization's stream, so its organization is checked.
        let scope = kind.as_ref().map_or_else(
            || scope_of_unknown(item.event_type(), item.organization()),
            |kind| kind.scope,
        );
        let organization = match self.tenant.admit(item.event_type(), item.organization(), scope) {
            Ok(organization) => organization.cloned(),
            Err(error) => {
                let organization = || item.organization().map(OrganizationId::from);
                if self.config.safeguards.hold(Safeguard::TenantFilter) {
                    self.metrics.dropped_foreign += 1;
                    // Without the log no memory is taken for it.
                    if cfg!(feature = "audit") {
                        self.audit_dropped(error.code(), organization().as_ref());
                    }
                    return self.report(error);
                }
                organization()
            }
        };
        let kind = kind.cloned();
        let event_type = kind.as_ref().map(|kind| kind.event_type.clone());
        let event_type = event_type.unwrap_or_else(|| item.event_type().into());
        let envelope = item.envelope_with(event_type, organization.clone(), |epoch| {
            self.streams.epoch(organization.as_ref(), epoch)
        });
        let verdict = match &organization {
            None => Verdict::Deliver,
            Some(organization) => self.place(organization, envelope.position.as_ref()),
        };
        if verdict == Verdict::Duplicate && self.config.safeguards.hold(Safeguard::Deduplication) {
            self.metrics.dropped_duplicate += 1;
            return;
        }
        let read = match kind {
            Some(kind) => self.read_event(&kind, envelope, item),
            None => self.read_unknown(envelope, item),
        };
        let Some(mut event) = read else { return };
        event.received = self.now.monotonic;
        if verdict == Verdict::Hold {
            self.hold(Arc::new(event));
        } else {
            self.deliver(Arc::new(event));
        }
    }

    /// Permission, then validation, then what the user may see of it. What does not pass is counted and reported.
    fn read_event(
        &mut self,
        kind: &EventKind,
        envelope: Envelope,
        item: &EventItem<'_>,
    ) -> Option<ReceivedEvent> {
        // Nothing is built of what is over the bounds, not even to know whom it is about.
        let subject = || item.shape().ok().and_then(|()| kind.subject(item.json()));
        if let Err(error) = self.tenant.validate_event_receipt(&envelope, kind, subject) {
            self.metrics.dropped_not_permitted += 1;
            self.audit_dropped(error.code(), envelope.organization.as_ref());
            self.report(error);
            return None;
        }
        match self.validate(kind, &envelope, item) {
            Ok(payload) => Some(payload.with(envelope)),
            Err(error) => {
                self.unusable(&envelope, error, item.json().len());
                None
            }
        }
    }

    fn validate(
        &mut self,
        kind: &EventKind,
        envelope: &Envelope,
        item: &EventItem<'_>,
    ) -> Result<Payload, ValidationError> {
        if self.is_ahead_of_the_server(envelope.timestamp) {
            return Err(ValidationError::FutureTimestamp);
        }
        item.shape()?;
        let payload = kind.payload(item.json())?;
        if kind.sensitive.is_empty() {
            return Ok(payload);
        }
        // The server should have left out what the user may not see.
        let organization = envelope.organization.as_ref();
        let hidden = self.tenant.hidden(&envelope.event_type, kind.sensitive, organization);
        if hidden.is_empty() {
            return Ok(payload);
        }
        // By the names that the type itself writes, whatever others it reads.
        match redact(kind.encode_payload(&payload)?.as_str(), hidden) {
            None => Ok(payload),
            Some(redacted) => {
                self.metrics.redacted += 1;
                kind.payload(&redacted)
            }
        }
    }

    /// An event whose type is not registered.
    fn read_unknown(&mut self, envelope: Envelope, item: &EventItem<'_>) -> Option<ReceivedEvent> {
        let bytes = item.json().len();
        let error = ValidationError::unknown_type(&envelope.event_type);
        match self.config.unknown_events {
            UnknownEvents::Raw => {
                if let Some(denied) = self.tenant.denies_unknown(&envelope) {
                    self.metrics.dropped_not_permitted += 1;
                    self.audit_dropped(denied.code(), envelope.organization.as_ref());
                    self.report(denied);
                    return None;
                }
                return match item.shape() {
                    Ok(()) => match redact(item.json(), self.tenant.unseen(&envelope)) {
                        None => Some(ReceivedEvent::raw(envelope, item.copy())),
                        Some(redacted) => {
                            self.metrics.redacted += 1;
                            let json = RawJson::parse(redacted).ok()?;
                            Some(ReceivedEvent::raw(envelope, json))
                        }
                    },
                    Err(error) => {
                        self.unusable(&envelope, error, bytes);
                        None
                    }
                };
            }
            UnknownEvents::Quarantine => self.set_aside(Some(&envelope), &error, bytes),
            UnknownEvents::Reject => {}
        }
        self.metrics.dropped_unknown += 1;
        self.audit_dropped(error.code(), envelope.organization.as_ref());
        self.report(error);
        None
    }

    /// Puts something into the quarantine, without its payload.
    pub(super) fn set_aside(
        &mut self,
        envelope: Option<&Envelope>,
        error: &ValidationError,
        bytes: usize,
    ) {
        let limit = self.config.inbound.max_quarantined;
        self.quarantine.take(envelope, error, bytes, self.now.wall, limit);
    }

    /// `$withheld`: the stream goes on past an event that the user may not receive.
    fn withheld(&mut self, withheld: Withheld) {
        let Withheld { organization_id, epoch, offset } = withheld;
        if self.tenant.sees(&organization_id) {
            self.place(&organization_id, Some(&Position { epoch, offset }));
        } else {
            self.metrics.dropped_foreign += 1;
            let code = PermissionError::ForeignOrganization.code();
            self.audit_dropped(code, Some(&organization_id));
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
        if Presence::concerns(&event)
            && self.offers(capability::PRESENCE)
            && self.presence.apply(&event, self.now.wall).is_err()
            && let Some(organization) = &event.envelope.organization
        {
            self.synchronize_presence(organization);
        }
        self.metrics.events_delivered += 1;
        self.effect(Effect::Deliver(Inbound::Event(event)));
    }
}
