//! From the wish to be connected to `$welcome`, and back after a loss.

use std::sync::Arc;
use std::time::Duration;

use super::{Client, ConnectOptions, Effect, ErrorReport, SocketId, Status};
use crate::error::{ConnectionError, PerformanceError, ValidationError};
use crate::heartbeat::Heartbeat;
use crate::id::check;
use crate::list::MAX_ORGANIZATIONS;
use crate::recovery::{ConnectionRecovery, OfflineMode, OnlineSync};
use crate::time::Timestamp;
use crate::wire::{
    ClientMessage, Connect, Map, PROTOCOL_VERSION, Resume, ServerError, Token, Welcome, capability,
    close, encode_client,
};

/// How long the server may put off the next attempt at most: it must not park a client for good.
const LONGEST_RETRY_AFTER: Duration = Duration::from_hours(1);

/// Where the client stands.
pub(super) enum Phase {
    /// No connection is wanted, or none can be had.
    Idle,
    /// The next attempt is waited for.
    Waiting { until: Duration, not_before: Duration },
    /// The token source is asked.
    Token { attempt: u64, until: Duration },
    /// The socket opens, or is open and `$welcome` is waited for.
    Handshake { socket: SocketId, token: Option<Token>, until: Duration },
    /// The session is open.
    Live { socket: SocketId, heartbeat: Heartbeat, stable_at: Option<Duration> },
}

impl Phase {
    fn socket(&self) -> Option<SocketId> {
        match self {
            Self::Handshake { socket, .. } | Self::Live { socket, .. } => Some(*socket),
            Self::Idle | Self::Waiting { .. } | Self::Token { .. } => None,
        }
    }
}

/// How soon a lost connection is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    Backoff,
    Prompt,
    Now,
}

impl Client {
    /// The application wants to be connected. While it is or tries to be, this changes nothing.
    pub(super) fn connect(&mut self, options: ConnectOptions) {
        self.sign_in_ended = None;
        if let (Some(user), None) = (options.user, &self.principal) {
            self.expect_user(&user);
            self.own_storage(&user);
            self.options.user = Some(user);
        }
        if !matches!(self.phase, Phase::Idle) {
            if matches!(self.phase, Phase::Live { .. }) {
                self.effect(Effect::Connected);
            }
            return;
        }
        self.update_subscriptions(options.organizations);
        self.begin_anew();
    }

    /// The application wants a connection now. A live one is given up and made anew. Who signed out has to connect.
    pub(super) fn reconnect(&mut self) {
        if let Some(error) = self.sign_in_ended.clone() {
            // The token source may still have the token of whoever signed out.
            return self.effect(Effect::ConnectFailed(error));
        }
        match self.phase {
            Phase::Live { .. } => {
                self.drop_link(close::NORMAL);
                self.link_lost();
                self.begin_anew();
            }
            Phase::Idle | Phase::Waiting { .. } => self.begin_anew(),
            Phase::Token { .. } | Phase::Handshake { .. } => {}
        }
    }

    fn begin_anew(&mut self) {
        self.offline_mode = self.config.recovery.enable_offline_mode();
        self.backoff.reset();
        self.needs_fresh_token = false;
        self.retry_at = None;
        self.state.error = None;
        self.state.reconnect_attempts = 0;
        self.state.status =
            if self.lost_at.is_none() { Status::Connecting } else { Status::Reconnecting };
        self.ask_for_token();
    }

    /// The application wants no connection. Nothing but [`Client::connect`] or [`Client::reconnect`]
    /// brings it back.
    pub(super) fn disconnect(&mut self) {
        if !matches!(self.phase, Phase::Idle | Phase::Live { .. }) {
            self.effect(Effect::ConnectFailed(ConnectionError::Disconnected));
        }
        self.drop_link(close::NORMAL);
        let (now, patience) = (self.now.monotonic, self.config.heartbeat.probe_timeout);
        self.health.disconnected(now, patience, false);
        self.state.status = Status::Disconnected;
        self.state.error = None;
        self.state.next_attempt = None;
        self.state.reconnect_attempts = 0;
        self.lost_at = None;
    }

    fn ask_for_token(&mut self) {
        self.next_attempt += 1;
        self.state.next_attempt = None;
        self.phase = Phase::Token {
            attempt: self.next_attempt,
            until: self.now.monotonic + self.config.connect_timeout,
        };
        let fresh = self.needs_fresh_token || self.token_has_expired();
        self.fetch_token(self.next_attempt, fresh);
    }

    pub(super) fn fetch_token(&mut self, attempt: u64, fresh: bool) {
        self.effect(Effect::FetchToken { attempt, fresh });
    }

    /// The token source answered. An answer to an earlier attempt is ignored.
    pub(super) fn token(&mut self, answered: u64, result: Result<Token, ConnectionError>) {
        if self.renewal_token(answered, &result)
            || !matches!(self.phase, Phase::Token { attempt, .. } if attempt == answered)
        {
            return;
        }
        match result {
            Ok(token) => {
                self.next_socket += 1;
                let socket = SocketId(self.next_socket);
                let until = self.now.monotonic + self.config.connect_timeout;
                self.phase = Phase::Handshake { socket, token: Some(token), until };
                tracing::debug!(socket = socket.0, "connecting");
                self.effect(Effect::Open { socket });
            }
            Err(error) => self.lose(error, Pace::Backoff),
        }
    }

    /// The socket is open: says who is there and where it left off.
    pub(super) fn opened(&mut self, opened: SocketId) {
        let Phase::Handshake { socket, token, .. } = &mut self.phase else { return };
        let Some(token) = (if *socket == opened { token.take() } else { None }) else { return };
        // A server ends the connection at a longer list. Without one it takes all, and is told what is not wanted of them.
        self.named = self.tenant.subscriptions().filter(|chosen| chosen.len() <= MAX_ORGANIZATIONS);
        let capabilities = self.config.capabilities;
        let may_resume = capabilities.allow(capability::RESUME)
            && self.config.recovery.sync_when_online() == OnlineSync::Resume;
        let resume = self.principal.as_ref().map(|principal| Resume {
            session: principal.session.clone(),
            offsets: if may_resume { self.streams.positions() } else { Map::new() },
        });
        self.send(
            opened,
            &ClientMessage::Connect(Connect {
                protocol: PROTOCOL_VERSION,
                token,
                organizations: self.named.clone(),
                resume,
                capabilities: capabilities.offered(),
            }),
        );
    }

    /// `$welcome`: the session is open.
    pub(super) fn welcome(&mut self, welcome: Welcome) {
        let Phase::Handshake { socket, .. } = self.phase else {
            self.report(ConnectionError::Protocol { what: "a second `$welcome`" });
            return;
        };
        if welcome.protocol != PROTOCOL_VERSION {
            let error = ConnectionError::ProtocolMismatch {
                offered: welcome.protocol,
                expected: PROTOCOL_VERSION,
            };
            self.give_up(error, close::PROTOCOL_ERROR);
            return;
        }
        let mut heartbeat = self.config.heartbeat;
        if let Some(interval) = welcome.heartbeat_ms.map(Duration::from_millis) {
            // A server that asks for a ping without pause is not obeyed.
            heartbeat.interval = heartbeat.interval.min(interval.max(Duration::from_secs(1)));
        }
        self.phase = Phase::Live {
            socket,
            heartbeat: Heartbeat::new(heartbeat, self.now.monotonic),
            stable_at: Some(self.now.monotonic + self.config.backoff.stable_after),
        };
        self.retry_at = None;
        self.lost_at = None;
        self.offline_mode = OfflineMode::Queue;
        self.health.connected(self.now.monotonic);
        self.state.status = Status::Connected;
        self.state.last_connected = Some(self.now.wall);
        self.state.error = None;
        self.state.latency = None;
        self.metrics.connections += 1;
        tracing::info!(socket = socket.0, user = %welcome.user_id, "connected");
        let token_life = welcome.token_expires_in_ms.map(Duration::from_millis);
        self.open_session(welcome);
        self.release_early();
        self.token_expires_in(token_life);
    }

    /// A socket closed by itself or by the server.
    pub(super) fn closed(&mut self, socket: SocketId, code: u16) {
        if self.phase.socket() != Some(socket) {
            return;
        }
        let was_live = matches!(self.phase, Phase::Live { .. });
        let was_in_doubt = self.heartbeat().is_some_and(|heartbeat| heartbeat.is_probing());
        tracing::info!(socket = socket.0, code, "closed");
        match code {
            close::UNAUTHORIZED if self.needs_fresh_token => {
                self.give_up(ConnectionError::Unauthorized, code);
            }
            close::UNAUTHORIZED => {
                self.needs_fresh_token = true;
                self.audit_refused(&ConnectionError::Unauthorized);
                self.lose(ConnectionError::Closed { code }, Pace::Now);
            }
            close::REVOKED => self.revoked(),
            code if close::is_final(code) => {
                self.give_up(ConnectionError::Forbidden { code }, code);
            }
            code if close::is_immediate(code) => {
                self.lose(ConnectionError::Closed { code }, Pace::Prompt);
            }
            // The page has just come back, and the link did not outlive its absence.
            _ if was_in_doubt && !close::is_overload(code) => {
                self.lose(ConnectionError::Closed { code }, Pace::Prompt);
            }
            1006 if !was_live => self.lose(ConnectionError::Unreachable, Pace::Backoff),
            code => self.lose(ConnectionError::Closed { code }, Pace::Backoff),
        }
    }

    /// The address is no address: trying again does not help.
    pub(super) fn invalid_address(&mut self, socket: SocketId, reason: String) {
        if self.phase.socket() == Some(socket) {
            self.give_up(ConnectionError::InvalidAddress { reason }, close::NORMAL);
        }
    }

    /// A frame was over the limits. What it held is lost, so state is fetched anew.
    pub(super) fn frame_refused(&mut self, socket: SocketId, error: ValidationError) {
        if self.phase.socket() != Some(socket) {
            return;
        }
        self.metrics.dropped_invalid += 1;
        self.audit_dropped(error.code(), None);
        self.report(error);
        if self.offers(capability::SNAPSHOT) {
            self.streams.break_all();
        } else {
            for (organization, _) in self.streams.positions() {
                self.report(PerformanceError::EventsMissed { organization });
            }
            self.streams.clear();
        }
        self.lose(
            ConnectionError::Protocol { what: "a message over the size limit" },
            Pace::Backoff,
        );
    }

    /// The server says something unreadable in the place of `$welcome`.
    pub(super) fn handshake_failed(&mut self) {
        let what = "something unreadable before `$welcome`";
        self.lose(ConnectionError::Protocol { what }, Pace::Backoff);
    }

    /// `$error`: what the server says before it closes, or of a single message.
    pub(super) fn server_error(&mut self, error: &ServerError) {
        tracing::warn!(retryable = error.retryable, "the server reports an error");
        if let Some(wait) = error.retry_after_ms.map(Duration::from_millis) {
            self.retry_at = Some(self.now.monotonic + wait.min(LONGEST_RETRY_AFTER));
        }
        self.audit_head_refused(error);
        if !self.renewal_refused(error) {
            // It is shown: what is no code is not repeated.
            let code = if check(&error.code).is_ok() { &error.code } else { "unreadable" };
            let code = code.chars().take(64).collect();
            self.report(ConnectionError::Reported { code, retryable: error.retryable });
        }
    }

    /// The attempt or connection failed; the next attempt is scheduled.
    pub(super) fn lose(&mut self, error: ConnectionError, pace: Pace) {
        if !error.is_retryable() {
            return self.give_up(error, close::NORMAL);
        }
        let attempts = self.backoff.attempts();
        let recovery = self.config.recovery.handle_connection_error(&error, attempts);
        if recovery == ConnectionRecovery::GiveUp {
            return self.give_up(error, close::NORMAL);
        }
        if self.config.backoff.max_attempts.is_some_and(|max| attempts >= max) {
            self.report(error);
            return self.give_up(ConnectionError::AttemptsExhausted { attempts }, close::NORMAL);
        }
        self.end_link(
            &error,
            if pace == Pace::Prompt { close::PROBE_FAILED } else { close::NORMAL },
        );
        self.state.status = Status::Reconnecting;
        self.report(error);
        let delay = match pace {
            Pace::Backoff => self.backoff.next_delay(&self.config.backoff, &mut self.rng),
            Pace::Prompt => self.backoff.prompt_delay(&self.config.backoff, &mut self.rng),
            Pace::Now => Duration::ZERO,
        };
        self.state.reconnect_attempts = self.backoff.attempts();
        let mut not_before = self.retry_at.take().unwrap_or_default();
        if let ConnectionRecovery::RetryAfter(wait) = recovery {
            not_before = not_before.max(self.now.monotonic.saturating_add(wait));
        }
        self.wait(self.now.monotonic + delay, not_before);
    }

    /// No connection can be had without the user or the developer doing something.
    pub(super) fn give_up(&mut self, error: ConnectionError, code: u16) {
        self.end_link(&error, code);
        self.state.status = Status::Error;
        self.state.next_attempt = None;
        self.audit_refused(&error);
        self.report(error);
    }

    /// Waits for the next attempt, which the server does not want `not_before`.
    pub(super) fn wait(&mut self, until: Duration, not_before: Duration) {
        let until = until.max(not_before);
        let delay = until.saturating_sub(self.now.monotonic);
        let millis = i64::try_from(delay.as_millis()).unwrap_or(i64::MAX);
        self.state.next_attempt =
            Some(Timestamp::from_millis(self.now.wall.as_millis().saturating_add(millis)));
        self.phase = Phase::Waiting { until, not_before };
    }

    /// The attempt or the connection is over because of an error.
    fn end_link(&mut self, error: &ConnectionError, code: u16) {
        let (attempted, was_live) = match self.phase {
            Phase::Live { .. } => (false, true),
            Phase::Idle => (false, false),
            Phase::Waiting { .. } | Phase::Token { .. } | Phase::Handshake { .. } => (true, false),
        };
        self.drop_link(code);
        self.metrics.connections_lost += u64::from(was_live);
        self.link_lost();
        let shown = Arc::new(error.clone().into());
        self.state.error = Some(ErrorReport { error: shown, at: self.now.wall });
        if attempted {
            self.effect(Effect::ConnectFailed(error.clone()));
        }
    }

    /// From now on there is no connection although one is wanted.
    fn link_lost(&mut self) {
        if self.lost_at.is_none() {
            self.lost_at = Some(self.now.monotonic);
            self.offline_mode = self.config.recovery.enable_offline_mode();
        }
    }

    /// Closes the socket, if there is one. What was in flight on it waits again.
    fn drop_link(&mut self, code: u16) {
        if let Some(socket) = self.phase.socket() {
            self.effect(Effect::Close { socket, code });
        }
        self.phase = Phase::Idle;
        self.state.latency = None;
        self.discard_early();
        self.streams.connection_lost();
        self.presence.connection_lost();
        self.renewal_ends();
        let gone = self.outbox.connection_lost();
        self.settle_all(gone);
        self.outbox_changed = true;
        let (now, patience) = (self.now.monotonic, self.config.heartbeat.probe_timeout);
        self.health.disconnected(now, patience, true);
    }

    /// Carries out what the phase has due.
    pub(super) fn connection_due(&mut self) {
        let now = self.now.monotonic;
        match &mut self.phase {
            Phase::Idle => {}
            Phase::Waiting { until, .. } => {
                if now >= *until {
                    self.ask_for_token();
                }
            }
            Phase::Token { until, .. } => {
                if now >= *until {
                    let reason = "the token source did not answer in time".to_owned();
                    self.lose(
                        ConnectionError::TokenUnavailable { reason, retryable: true },
                        Pace::Backoff,
                    );
                }
            }
            Phase::Handshake { until, .. } => {
                if now >= *until {
                    self.lose(ConnectionError::ConnectTimeout, Pace::Backoff);
                }
            }
            Phase::Live { socket, heartbeat, stable_at } => {
                let socket = *socket;
                if stable_at.is_some_and(|at| now >= at) {
                    *stable_at = None;
                    self.backoff.reset();
                    self.needs_fresh_token = false;
                    self.state.reconnect_attempts = 0;
                }
                if let Some(beat) = heartbeat.poll(now) {
                    self.beat(socket, beat);
                }
            }
        }
    }

    /// When the phase has something due.
    pub(super) fn connection_deadline(&self) -> Option<Duration> {
        match &self.phase {
            Phase::Idle => None,
            Phase::Waiting { until, .. }
            | Phase::Token { until, .. }
            | Phase::Handshake { until, .. } => Some(*until),
            Phase::Live { heartbeat, stable_at, .. } => {
                Some(stable_at.map_or(heartbeat.deadline(), |at| at.min(heartbeat.deadline())))
            }
        }
    }

    /// The socket of the open session.
    pub(super) fn live_socket(&self) -> Option<SocketId> {
        match &self.phase {
            Phase::Live { socket, .. } => Some(*socket),
            _ => None,
        }
    }

    /// Whether a frame that came in on `socket` counts.
    pub(super) fn is_current(&self, socket: SocketId) -> bool {
        self.phase.socket() == Some(socket)
    }

    /// Whether no connection is wanted or to be had.
    pub(super) fn is_idle(&self) -> bool {
        matches!(self.phase, Phase::Idle)
    }

    /// Writes a message.
    pub(super) fn send(&mut self, socket: SocketId, message: &ClientMessage) {
        let frame = encode_client(message);
        self.metrics.frames_sent += 1;
        self.metrics.bytes_sent += frame.len() as u64;
        self.effect(Effect::Send { socket, frame });
    }
}
