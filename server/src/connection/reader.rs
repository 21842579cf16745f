//! Reads a joined connection's messages and asks the hub for what they ask for.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::ws::{Message, WebSocket};
use futures_util::StreamExt;
use futures_util::stream::SplitStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, sleep_until};
use yewdux_socket_core::error::ValidationError;
use yewdux_socket_core::wire::{
    ClientMessage, Ping, Refresh, Refreshed, ServerMessage, capability, close, decode_client,
    split_frame,
};
use yewdux_socket_core::{Timestamp, UserId};

use super::farewell::Farewell;
use super::handshake::{Joined, check_size, unreadable};
use super::service::Service;
use super::throttle::Throttle;
use super::verify::verified;
use crate::clock::{now, until};
use crate::hub::{Command, ConnectionId, Refusal, Rejection, Request, Verified};
use crate::outgoing::{Item, Outgoing};

/// Messages other than `$emit` that a client may send, per second and at once. No honest one comes near it.
const OTHERS_PER_SECOND: f64 = 20.0;
const OTHERS_AT_ONCE: f64 = 200.0;
/// How much more than the announced rate is let through, see [`Limits::emit_rate`](crate::Limits::emit_rate).
const SLACK: f64 = 1.25;
/// Tokens in a row that may be refused in `$refresh`. A sign-in service that is out of order for a moment does
/// not come near it.
const REFUSED_TOKENS: u32 = 5;
/// When to come back after having been sent away for pushing.
const COME_BACK_MS: u64 = 5_000;

/// The reading half of a joined connection.
pub(super) struct Reader<'a> {
    service: &'a Service,
    id: ConnectionId,
    user: UserId,
    outgoing: &'a Arc<Outgoing>,
    expires: Instant,
    /// Tokens refused since the last one that was good.
    refused_tokens: u32,
    /// Requests that wait in the hub.
    in_flight: Arc<Semaphore>,
    /// The one snapshot that may be on its way.
    snapshots: Arc<Semaphore>,
    emits: Throttle,
    others: Throttle,
    /// Of event types that have a rate of their own.
    types: BTreeMap<Arc<str>, Throttle>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        service: &'a Service,
        id: ConnectionId,
        outgoing: &'a Arc<Outgoing>,
        joined: Joined,
    ) -> Self {
        let rate = service.limits.emit_rate;
        let start = Instant::now();
        Self {
            service,
            id,
            user: joined.user,
            outgoing,
            expires: instant(joined.expires_at),
            refused_tokens: 0,
            in_flight: Arc::new(Semaphore::new(service.limits.max_in_flight.max(1))),
            snapshots: Arc::new(Semaphore::new(1)),
            emits: Throttle::new(rate.per_second * SLACK, f64::from(rate.burst) * SLACK, start),
            others: Throttle::new(OTHERS_PER_SECOND, OTHERS_AT_ONCE, start),
            types: BTreeMap::new(),
        }
    }

    /// Reads until the connection ends, and says how.
    pub(super) async fn run(mut self, stream: &mut SplitStream<WebSocket>) -> Farewell {
        let heartbeat = self.service.limits.heartbeat;
        let mut heard = Instant::now();
        let mut pings = 0;
        let mut pinged = false;
        loop {
            let patience = if pinged { heartbeat * 5 / 2 } else { heartbeat };
            let message = tokio::select! {
                biased;
                () = self.outgoing.closed() => return Farewell::silent(),
                () = sleep_until(self.expires) => {
                    return Farewell::new(close::UNAUTHORIZED, "token_expired", "The token has expired.").retryable(None);
                }
                () = sleep_until(heard + patience) => {
                    if pinged {
                        // Whoever still hears this was only unreachable, and may come back at once.
                        let farewell = Farewell::new(close::PROBE_FAILED, "heartbeat_timeout", "Nothing was heard for too long.");
                        return farewell.retryable(None);
                    }
                    pings += 1;
                    pinged = true;
                    self.outgoing.push(Item::message(&ServerMessage::Ping(Ping { id: pings })));
                    continue;
                }
                message = stream.next() => message,
            };
            let handled = match message {
                Some(Ok(Message::Text(text))) => self.frame(text.as_bytes()).await,
                Some(Ok(Message::Binary(bytes))) => self.frame(&bytes).await,
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
                Some(Ok(Message::Close(_))) | None => Err(Farewell::silent()),
                Some(Err(_)) => Err(unreadable()),
            };
            if let Err(farewell) = handled {
                return farewell;
            }
            // After it was handled: the time for which a sender was held back is not its silence.
            heard = Instant::now();
            pinged = false;
        }
    }

    async fn frame(&mut self, frame: &[u8]) -> Result<(), Farewell> {
        check_size(frame, self.service.limits.frame_bytes)?;
        let (messages, limit) = (split_frame(frame).count(), self.service.limits.frame_messages);
        if messages > limit {
            return Err(ValidationError::TooManyMessages { messages, limit }.into());
        }
        for item in split_frame(frame) {
            let message = decode_client(item?)?;
            self.hold_back(matches!(message, ClientMessage::Emit(_))).await?;
            self.message(message).await?;
        }
        Ok(())
    }

    async fn message(&mut self, message: ClientMessage) -> Result<(), Farewell> {
        let request = match message {
            ClientMessage::Emit(emit) => {
                let event = verified(&self.service.registry, &self.service.limits, &emit.event)
                    .and_then(|event| self.within_rate(event))
                    .map(Box::new);
                Request::Emit { id: emit.id, event }
            }
            ClientMessage::Subscribe(list) => Request::Subscribe(list.organizations),
            ClientMessage::Unsubscribe(list) => Request::Unsubscribe(list.organizations),
            ClientMessage::Snapshot(request) => {
                if !self.service.offer.has(capability::SNAPSHOT) {
                    self.not_offered("$snapshot");
                    return Ok(());
                }
                let permit = self.permit(&self.snapshots).await?;
                Request::Snapshot { request, permit }
            }
            ClientMessage::Audit(head) => {
                if !self.service.offer.has(capability::AUDIT) {
                    self.not_offered("$audit");
                    return Ok(());
                }
                Request::Audit(head)
            }
            ClientMessage::Refresh(refresh) => return self.refresh(refresh).await,
            ClientMessage::Ping(Ping { id }) => Request::Ping(id),
            ClientMessage::Pong(_) => return Ok(()),
            ClientMessage::Connect(_) => {
                return Err(Farewell::new(
                    close::PROTOCOL_ERROR,
                    "unexpected_connect",
                    "`$connect` comes once.",
                ));
            }
            _ => return Err(ValidationError::UnknownType { event_type: "$".into() }.into()),
        };
        let permit = self.permit(&self.in_flight).await?;
        self.service.hub.send(Command::Request { connection: self.id, request, permit });
        Ok(())
    }

    /// An event whose type has a rate of its own, if it keeps that. One that does not is refused: an honest client
    /// would not have accepted it.
    fn within_rate(&mut self, event: Verified) -> Result<Verified, Rejection> {
        let Some(rate) = event.kind.emit_rate else { return Ok(event) };
        let now = Instant::now();
        let of_type = self.types.entry(event.kind.event_type.clone()).or_insert_with(|| {
            Throttle::new(rate.per_second * SLACK, f64::from(rate.burst) * SLACK, now)
        });
        if of_type.try_take(now) {
            return Ok(event);
        }
        let reason = "Events of this type come faster than allowed.".to_owned();
        Err(Rejection { code: "rate_limited", reason })
    }

    /// `$refresh`. A token that is not good costs nothing yet: the connection goes on until the token that it
    /// has expires, and the client may try again with another.
    async fn refresh(&mut self, refresh: Refresh) -> Result<(), Farewell> {
        if !self.service.offer.has(capability::REFRESH) {
            self.not_offered("$refresh");
            return Ok(());
        }
        let Some(claims) = self.service.signer.verify(&refresh.token) else {
            return self.refuse_token();
        };
        if claims.user != self.user {
            return Err(Farewell::new(
                close::FORBIDDEN,
                "other_user",
                "The token is another user's.",
            ));
        }
        let expires_at = claims.expires_at();
        let asked = self
            .service
            .hub
            .ask(|reply| Command::Refresh { connection: self.id, claims, reply })
            .await;
        // A hub that is gone is a server that restarts.
        if !asked.map_err(|_| Refusal::Restarting)? {
            // Not said if the hub has ended the connection meanwhile.
            return self.refuse_token();
        }
        self.expires = instant(expires_at);
        self.refused_tokens = 0;
        let refreshed = Refreshed { expires_in_ms: until(expires_at) };
        self.outgoing.push(Item::message(&ServerMessage::Refreshed(refreshed)));
        Ok(())
    }

    /// Says that a token is not good, and after too many of them nothing more.
    fn refuse_token(&mut self) -> Result<(), Farewell> {
        self.refused_tokens += 1;
        tracing::info!(connection = self.id.0, user = %self.user, refused = self.refused_tokens, "a new token was refused");
        if self.refused_tokens > REFUSED_TOKENS {
            return Err(Refusal::Unauthorized.into());
        }
        let message = "The new token is not valid.";
        self.outgoing.push(Item::refused("$refresh", "unauthorized", message, true));
        Ok(())
    }

    /// Refuses what needs a capability that this server was told not to offer.
    fn not_offered(&self, regarding: &str) {
        let message = "This server does not offer it.";
        self.outgoing.push(Item::refused(regarding, "not_offered", message, false));
    }

    /// Waits as long as the rate demands. Meanwhile nothing is read, so the sender feels it.
    async fn hold_back(&mut self, emit: bool) -> Result<(), Farewell> {
        let throttle = if emit { &mut self.emits } else { &mut self.others };
        let start = Instant::now();
        let wait = throttle.take(start);
        if wait.is_zero() {
            return Ok(());
        }
        if throttle.held_for(start) > self.service.limits.abuse_after {
            tracing::warn!(connection = self.id.0, user = %self.user, "sent away for sending too fast for too long");
            let farewell = Farewell::new(
                close::OVERLOADED,
                "rate_limited",
                "Messages come faster than allowed.",
            );
            return Err(farewell.retryable(Some(COME_BACK_MS)));
        }
        tokio::select! {
            () = sleep(wait) => Ok(()),
            () = self.outgoing.closed() => Err(Farewell::silent()),
        }
    }

    async fn permit(&self, semaphore: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Farewell> {
        tokio::select! {
            permit = semaphore.clone().acquire_owned() => permit.map_err(|_| Farewell::silent()),
            () = self.outgoing.closed() => Err(Farewell::silent()),
        }
    }
}

/// When a point of wall-clock time comes.
fn instant(timestamp: Timestamp) -> Instant {
    Instant::now() + timestamp.since(now())
}
