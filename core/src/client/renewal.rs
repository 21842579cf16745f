//! The renewal of the sign-in on the open connection, before the token expires.
//!
//! One request is on its way at a time. One that fails is repeated once; if that fails too the error is reported,
//! and the connection goes on until the server ends it, which is followed by one with a fresh token.

use std::time::Duration;

use super::{Client, SocketId};
use crate::error::ConnectionError;
use crate::time::Timestamp;
use crate::wire::{ClientMessage, Refresh, Refreshed, ServerError, Token, capability};

/// Requests for one renewal, the repeated one included.
const MOST_TRIES: u8 = 2;

/// What the answer to `$refresh` is called in `$error`.
const REFRESH: &str = "$refresh";

/// Where the renewal stands.
#[derive(Debug, Clone, Copy, Default)]
enum Stage {
    /// Nothing is to be renewed, or it failed.
    #[default]
    Rest,
    /// A token is asked for at this time.
    Due(Duration),
    /// The token source is asked.
    Asking { attempt: u64, until: Duration },
    /// The server is asked.
    Sent { until: Duration },
}

/// The life of the token in use, and its renewal.
#[derive(Debug, Default)]
pub(super) struct Renewal {
    stage: Stage,
    tries: u8,
    /// When the token expires: on the steady clock, and on the wall clock, which goes on while the machine sleeps.
    expires: Option<(Duration, Timestamp)>,
}

impl Client {
    /// The server says for how long the token is good.
    pub(super) fn token_expires_in(&mut self, life: Option<Duration>) {
        let expires = |life| (self.now.monotonic.saturating_add(life), self.now.wall.after(life));
        self.renewal = Renewal { expires: life.map(expires), ..Renewal::default() };
        if let Some(life) = life
            && self.offers(capability::REFRESH)
        {
            let wait = life.saturating_sub(self.config.refresh_before).max(life / 2);
            self.renewal.stage = Stage::Due(self.now.monotonic.saturating_add(wait));
        }
    }

    /// Whether the token in use has expired, by either clock.
    pub(super) fn token_has_expired(&self) -> bool {
        let expired = |(steady, wall)| self.now.monotonic >= steady || self.now.wall >= wall;
        self.renewal.expires.is_some_and(expired)
    }

    /// The machine may have slept, and the steady clock with it: a renewal that should have begun begins.
    pub(super) fn look_at_the_wall_clock(&mut self) {
        let is_near = self
            .renewal
            .expires
            .is_some_and(|(_, wall)| wall.since(self.now.wall) <= self.config.refresh_before);
        if is_near && let Stage::Due(at) = &mut self.renewal.stage {
            *at = (*at).min(self.now.monotonic);
        }
    }

    /// The connection is gone, and with it the renewal; how long the token lives is still known.
    pub(super) fn renewal_ends(&mut self) {
        self.renewal = Renewal { expires: self.renewal.expires, ..Renewal::default() };
    }

    /// Carries out what is due.
    pub(super) fn renewal_due(&mut self) {
        let now = self.now.monotonic;
        match self.renewal.stage {
            Stage::Due(at) if now >= at => {
                self.next_attempt += 1;
                self.renewal.tries += 1;
                let (attempt, until) = (self.next_attempt, now + self.config.connect_timeout);
                self.renewal.stage = Stage::Asking { attempt, until };
                self.fetch_token(attempt, true);
            }
            Stage::Asking { until, .. } if now >= until => {
                self.renewal_failed("the token source did not answer in time", true);
            }
            Stage::Sent { until } if now >= until => {
                self.renewal_failed("the server did not answer in time", true);
            }
            _ => {}
        }
    }

    /// When something is due.
    pub(super) fn renewal_deadline(&self) -> Option<Duration> {
        match self.renewal.stage {
            Stage::Rest => None,
            Stage::Due(at) => Some(at),
            Stage::Asking { until, .. } | Stage::Sent { until } => Some(until),
        }
    }

    /// The token source answered. Whether this was what it was asked for.
    pub(super) fn renewal_token(
        &mut self,
        answered: u64,
        result: &Result<Token, ConnectionError>,
    ) -> bool {
        let Some(socket) = self.live_socket() else { return false };
        if !matches!(self.renewal.stage, Stage::Asking { attempt, .. } if attempt == answered) {
            return false;
        }
        match result {
            Ok(token) => self.hand_over(socket, token.clone()),
            Err(error) => self.renewal_failed(&error.to_string(), error.is_retryable()),
        }
        true
    }

    fn hand_over(&mut self, socket: SocketId, token: Token) {
        let now = self.now.monotonic;
        if self.heartbeat().is_some_and(|heartbeat| heartbeat.is_probing()) {
            // Nothing is written into a link that may be dead. If it is not, the token source is asked again.
            self.renewal.tries -= 1;
            self.renewal.stage = Stage::Due(now + self.config.heartbeat.probe_timeout);
            return;
        }
        self.renewal.stage = Stage::Sent { until: now + self.config.connect_timeout };
        self.send(socket, &ClientMessage::Refresh(Refresh { token }));
    }

    /// `$refreshed`. One that nobody asked for is ignored.
    pub(super) fn refreshed(&mut self, refreshed: &Refreshed) {
        if matches!(self.renewal.stage, Stage::Sent { .. }) {
            tracing::debug!(expires_in_ms = refreshed.expires_in_ms, "sign-in renewed");
            self.token_expires_in(Some(Duration::from_millis(refreshed.expires_in_ms)));
        }
    }

    /// `$error`. Whether it was about the renewal.
    pub(super) fn renewal_refused(&mut self, error: &ServerError) -> bool {
        let is_awaited = matches!(self.renewal.stage, Stage::Sent { .. });
        let concerns = is_awaited && error.regarding.as_deref() == Some(REFRESH);
        if concerns {
            let code: String = error.code.chars().take(64).collect();
            self.renewal_failed(&format!("the server answered `{code}`"), true);
        }
        concerns
    }

    fn renewal_failed(&mut self, reason: &str, may_be_repeated: bool) {
        if may_be_repeated && self.renewal.tries < MOST_TRIES {
            let left = self
                .renewal
                .expires
                .map_or(Duration::ZERO, |(steady, _)| steady.saturating_sub(self.now.monotonic));
            let wait = self.config.heartbeat.timeout.min(left / 2);
            self.renewal.stage = Stage::Due(self.now.monotonic + wait);
            tracing::debug!("renewing the sign-in failed, once more");
            return;
        }
        self.renewal.stage = Stage::Rest;
        let error = ConnectionError::RefreshFailed { reason: reason.to_owned() };
        self.audit_refused(&error);
        self.report(error);
    }
}
