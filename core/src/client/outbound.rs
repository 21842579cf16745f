//! Emitted events: their acceptance, their sending, their outcomes.

use std::sync::Arc;
use std::time::Duration;

use rand_core::Rng;

use super::{Client, Effect, EmitRequest, SocketId};
use crate::error::{EmitError, Error, PermissionError, ValidationError};
use crate::event::{Envelope, EventKind};
use crate::id::{EventId, UserId};
use crate::outbox::{Accepted, NewEvent, Outcome, QueuedEvent};
use crate::rate_limit::TokenBucket;
use crate::recovery::OfflineMode;
use crate::safeguards::Safeguard;
use crate::time::Now;
use crate::wire::{
    Ack, AckStatus, ClientMessage, Emit, RawJson, capability, encode_event, skim_event,
};

/// Room for what `$emit` puts around an event: the type and the idempotency key.
const EMIT_BYTES: usize = 128;

impl Client {
    /// Accepts an event for sending: written at once if the connection allows, queued otherwise. What
    /// becomes of it comes as [`Effect::Settled`].
    ///
    /// Steps the client like [`Client::step`]: poll the effects afterwards.
    ///
    /// # Errors
    /// An [`EmitError`]; nothing was queued then.
    pub fn emit(&mut self, now: Now, request: &EmitRequest) -> Result<Accepted, EmitError> {
        self.advance(now);
        let accepted = self.accept(request);
        self.settle_down();
        accepted.map(|id| {
            let in_flight = self.outbox.events().any(|event| event.id == id && event.in_flight);
            Accepted { id, in_flight }
        })
    }

    fn accept(&mut self, request: &EmitRequest) -> Result<EventId, EmitError> {
        if self.expected_user().is_none() && self.is_idle() {
            return Err(EmitError::Closed);
        }
        if self.live_socket().is_none() && self.offline_mode == OfflineMode::Refuse {
            return Err(EmitError::Offline);
        }
        let kind = self
            .config
            .registry
            .get(&request.event_type)
            .ok_or_else(|| ValidationError::unknown_type(&request.event_type))?
            .clone();
        let envelope = Envelope {
            event_type: kind.event_type.clone(),
            organization: request.organization.clone(),
            timestamp: self.now.wall,
            position: None,
        };
        // Before the first `$welcome` nobody knows the organizations; the check before sending does.
        if let Some(user) = self.principal.as_ref().map(|principal| principal.user_id.clone()) {
            let subject = || kind.subject(request.payload.as_str());
            let permission =
                self.tenant.validate_event_permission(&envelope, &kind, &user, subject);
            permission.inspect_err(|error| {
                self.audit_denied(error.code(), None, request.organization.as_ref());
            })?;
        }
        let payload = self.encode(&envelope, &kind, &request.payload)?;
        self.admit(&kind)?;
        let id = EventId::from_bits(self.random_bits());
        let new = NewEvent {
            id: id.clone(),
            event_type: kind.event_type,
            organization: request.organization.clone(),
            payload,
            lane: kind.lane,
            timestamp: self.now.wall,
            time_to_live: kind.time_to_live,
            volatile: kind.volatile,
        };
        self.outbox.push(self.now.monotonic, new)?;
        self.store(&id);
        self.outbox_changed = true;
        self.metrics.events_emitted += 1;
        Ok(id)
    }

    /// Takes the event out of what may be emitted: of its type, and of all together.
    fn admit(&mut self, kind: &EventKind) -> Result<(), EmitError> {
        let now = self.now.monotonic;
        let limited = |wait| EmitError::RateLimited { retry_after_ms: millis_up(wait) };
        let own = kind.emit_rate.map(|rate| {
            let bucket = || TokenBucket::new(rate, now);
            self.admission_by_type.entry(kind.event_type.clone()).or_insert_with(bucket)
        });
        let Some(own) = own else { return self.admission.take(now).map_err(limited) };
        own.take(now).map_err(limited)?;
        self.admission.take(now).map_err(|wait| {
            own.give_back();
            limited(wait)
        })
    }

    /// Builds the event and validates it by the code that validates what comes in. What the type does not know of is
    /// left out.
    fn encode(
        &self,
        envelope: &Envelope,
        kind: &EventKind,
        payload: &RawJson,
    ) -> Result<RawJson, ValidationError> {
        let limit = self.config.outbox.max_event_bytes;
        let too_large = |bytes: usize| ValidationError::EventTooLarge { bytes, limit };
        if payload.as_str().len() > limit {
            return Err(too_large(payload.as_str().len()));
        }
        self.config.shape.check(payload.as_str())?;
        let json = encode_event(envelope, payload.as_str())?;
        let event = kind.decode(envelope.clone(), json.as_str())?;
        let json = encode_event(envelope, kind.encode(&event)?.as_str())?;
        if json.as_str().len() > limit {
            return Err(too_large(json.as_str().len()));
        }
        self.fits_into_a_frame(json.as_str().len())?;
        Ok(json)
    }

    fn random_bits(&mut self) -> u128 {
        (u128::from(self.rng.next_u64()) << 64) | u128::from(self.rng.next_u64())
    }

    /// Writes what may be written, and settles what has outlived its time.
    pub(super) fn outbound_due(&mut self) {
        if self.config.safeguards.hold(Safeguard::Expiry) {
            let gone = self.outbox.expire(self.now.monotonic);
            self.settle_all(gone);
        }
        self.paced_until = None;
        if let Some(socket) = self.live_socket()
            && !self.is_loading()
            // Nothing that matters is written into a link that may be dead.
            && !self.heartbeat().is_some_and(|heartbeat| heartbeat.is_probing())
        {
            self.write_due(socket);
        }
        let gone = self.outbox.discard_volatile();
        self.settle_all(gone);
    }

    /// Writes as much as window and pace allow.
    fn write_due(&mut self, socket: SocketId) {
        let now = self.now.monotonic;
        let window =
            self.config.max_in_flight.min(self.limits.in_flight.unwrap_or(usize::MAX)).max(1);
        let user = self.principal.as_ref().map(|principal| principal.user_id.clone());
        // A server without acks knows no keys.
        let has_acks = self.offers(capability::ACK);
        let dedupe = if has_acks { self.limits.dedupe } else { Some(Duration::ZERO) };
        while let (Some(event), Some(user)) = (self.next_to_write(window), &user) {
            if !self.outbox.may_be_sent(&event.id, now, dedupe) {
                self.settle(&event.id, Outcome::Unconfirmed);
                continue;
            }
            if let Err(error) = self.may_still_send(&event, user) {
                if let Error::Permission(error) = &error {
                    let organization = event.organization_id.as_ref();
                    self.audit_denied(error.code(), Some(&event.id), organization);
                }
                let (code, reason) = (error.code().to_owned(), error.to_string());
                let gone = self.outbox.give_up(&event.id, Outcome::Rejected { code, reason });
                self.settle_all(gone);
                continue;
            }
            if let Err(wait) = self.pacing.take(now) {
                self.paced_until = Some(now + wait);
                return;
            }
            let known_until = self.limits.dedupe.map(|dedupe| now.saturating_add(dedupe));
            self.outbox.mark_written(&event.id, known_until);
            self.outbox_changed = true;
            self.send(
                socket,
                &ClientMessage::Emit(Emit { id: event.id.clone(), event: event.payload.clone() }),
            );
            if !has_acks {
                // A plain server never says what became of it.
                self.settle(&event.id, Outcome::Unconfirmed);
            }
        }
    }

    fn next_to_write(&self, window: usize) -> Option<Arc<QueuedEvent>> {
        #[cfg(feature = "controls")]
        if !self.config.safeguards.hold(Safeguard::Order) {
            return self.outbox.next_out_of_order(window);
        }
        self.outbox.next(window)
    }

    /// The membership may have changed since the event was accepted, and the server said what it takes.
    fn may_still_send(&self, event: &QueuedEvent, user: &UserId) -> Result<(), Error> {
        let bytes = event.payload.as_str().len();
        self.fits_into_a_frame(bytes)?;
        let envelope = skim_event(&event.payload)?;
        let kind = self
            .config
            .registry
            .get(&event.event_type)
            .ok_or_else(|| ValidationError::unknown_type(&event.event_type))?;
        let subject = || kind.subject(event.payload.as_str());
        Ok(self.tenant.validate_event_permission(&envelope, kind, user, subject)?)
    }

    /// Whether the server takes a frame with an event of this size, as far as it said.
    fn fits_into_a_frame(&self, bytes: usize) -> Result<(), ValidationError> {
        let Some(limit) = self.limits.frame_bytes else { return Ok(()) };
        if bytes.saturating_add(EMIT_BYTES) > limit {
            return Err(ValidationError::EventTooLarge { bytes, limit });
        }
        Ok(())
    }

    /// When pacing lets the next event go.
    pub(super) fn outbound_deadline(&self) -> Option<Duration> {
        self.paced_until
    }

    /// `$ack`: what the server did with an event. One that is not awaited is ignored.
    pub(super) fn ack(&mut self, ack: Ack) {
        self.audit_answered(&ack);
        let code = ack.code.as_deref().unwrap_or_default();
        if ack.status == AckStatus::Rejected && PermissionError::REFUSALS.contains(&code) {
            let refusals = self.refusals.count(self.now.monotonic, &self.config.refusals);
            if let Some(abuse) = refusals {
                self.report(abuse);
            }
        }
        let outcome = match ack.status {
            AckStatus::Accepted => Outcome::Acknowledged,
            AckStatus::Rejected | AckStatus::Conflict => {
                let fallback =
                    if ack.status == AckStatus::Conflict { "conflict" } else { "rejected" };
                Outcome::Rejected {
                    code: ack.code.unwrap_or_else(|| fallback.to_owned()),
                    reason: ack
                        .reason
                        .unwrap_or_else(|| "The server did not accept the event.".to_owned()),
                }
            }
        };
        if !self.settle(&ack.id, outcome) {
            self.metrics.unexpected_acks += 1;
            tracing::debug!(id = %ack.id, "an ack that nobody waits for");
        }
    }

    /// Whether the event was in the outbox.
    fn settle(&mut self, id: &EventId, outcome: Outcome) -> bool {
        let was_there = self.outbox.settle(id);
        if was_there {
            self.announce(id.clone(), outcome);
        }
        was_there
    }

    /// Announces the outcomes of events that have left the outbox.
    pub(super) fn settle_all(&mut self, gone: impl IntoIterator<Item = (EventId, Outcome)>) {
        for (id, outcome) in gone {
            self.announce(id, outcome);
        }
    }

    fn announce(&mut self, id: EventId, outcome: Outcome) {
        match outcome {
            Outcome::Acknowledged => self.metrics.events_acknowledged += 1,
            _ => self.metrics.events_failed += 1,
        }
        tracing::debug!(%id, outcome = outcome.code(), "settled");
        self.outbox_changed = true;
        self.unstore(&id);
        self.effect(Effect::Settled { id, outcome });
    }
}

fn millis_up(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros().div_ceil(1_000)).unwrap_or(u64::MAX)
}
