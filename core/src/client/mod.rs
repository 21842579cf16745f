//! The client as a state machine: [`step`](Client::step) it with what happened, then carry out what
//! [`poll_effect`](Client::poll_effect) says, and step it again at the [`deadline`](Client::deadline).
//!
//! # Layout
//!
//! - `io`: inputs and effects. `state`: what an application sees of the connection.
//! - `connection`: from the wish to be connected to `$welcome`, and back after a loss.
//! - `liveness`: whether the link lives, by heartbeat and probes. `server_clock`: what time it is for the server.
//! - `inbound`: frames to events, through liveness, duplicates, tenant filter, permission, validation.
//! - `early`: what comes before `$welcome`.
//! - `membership`: who is signed in, which organizations count, and what is forgotten when that changes.
//! - `sync`: snapshots and resynchronization.
//! - `outbound`: emitted events, their sending and their outcomes. `storage`: how they outlive a reload, if the
//!   feature `persist` is built in.
//! - `renewal`: a new token before the old one expires. `repair`: state that was found to be wrong.
//! - `audit`: what is recorded of all this, if the feature `audit` is built in.

#[cfg_attr(not(feature = "audit"), path = "audit_off.rs")]
mod audit;
mod connection;
mod early;
mod inbound;
mod io;
mod liveness;
mod membership;
mod outbound;
mod renewal;
mod repair;
mod server_clock;
mod state;
#[cfg_attr(not(feature = "persist"), path = "storage_off.rs")]
mod storage;
mod sync;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chacha20::ChaCha8Rng;
use litemap::LiteMap;
use rand_core::SeedableRng;

pub use io::{ConnectOptions, Effect, EmitRequest, Inbound, Input, Signal, Snapshot, SocketId};
pub use state::{ConnectionState, ErrorReport, Principal, Status, StorageState};

use crate::backoff::Backoff;
use crate::capabilities::SwitchedOff;
use crate::config::Config;
use crate::error::{ConnectionError, Error, StorageError};
use crate::health::{ConnectionHealth, Health};
use crate::id::OrganizationId;
use crate::monitor::PerformanceMetrics;
use crate::outbox::Outbox;
use crate::presence::{Presence, PresenceState};
use crate::quarantine::{Quarantine, Quarantined};
use crate::rate_limit::TokenBucket;
use crate::recovery::OfflineMode;
use crate::refusals::Refusals;
use crate::resume::Streams;
use crate::safeguards::Safeguard;
use crate::tenant::TenantFilter;
use crate::time::{Now, Timestamp};
use audit::Trail;
use connection::Phase;
use early::Early;
use membership::ServerLimits;
use renewal::Renewal;
use repair::Repairs;
use server_clock::ServerClock;
use storage::Storage;

/// The client. See the [crate] documentation for an example.
pub struct Client {
    config: Config,
    rng: ChaCha8Rng,
    now: Now,
    /// By how many milliseconds the wall clock was ahead of the steady one when they last agreed.
    clock_offset: i128,
    effects: VecDeque<Effect>,

    phase: Phase,
    options: ConnectOptions,
    /// What the last `$connect` asked to be subscribed; none means all.
    named: Option<Vec<OrganizationId>>,
    backoff: Backoff,
    next_socket: u64,
    next_attempt: u64,
    /// Whether the next token must not be the one that was refused.
    needs_fresh_token: bool,
    /// Before when the server does not want to see the client again, from `$error`.
    retry_at: Option<Duration>,
    /// When the connection was lost, while it has not come back.
    lost_at: Option<Duration>,
    /// What happens to events that are emitted meanwhile.
    offline_mode: OfflineMode,
    renewal: Renewal,

    state: ConnectionState,
    principal: Option<Arc<Principal>>,
    /// Why the last sign-in ended for good, until the application connects anew.
    sign_in_ended: Option<ConnectionError>,
    tenant: TenantFilter,
    streams: Streams,
    presence: Presence,
    repairs: Repairs,
    outbox: Outbox,
    storage: Storage,
    /// Whether the outbox changed since `state.queued_events` was made from it.
    outbox_changed: bool,
    /// What `emit` accepts.
    admission: TokenBucket,
    /// What `emit` accepts of types with a rate of their own.
    admission_by_type: LiteMap<Arc<str>, TokenBucket>,
    /// What the server refused for want of permission.
    refusals: Refusals,
    /// What came before `$welcome`.
    early: Early,
    quarantine: Quarantine,
    /// What is written.
    pacing: TokenBucket,
    /// What `$welcome` allows.
    limits: ServerLimits,
    /// When pacing allows the next event.
    paced_until: Option<Duration>,
    /// The server's clock, while it is known.
    server_clock: Option<ServerClock>,
    audit: Trail,
    health: Health,
    metrics: PerformanceMetrics,
    /// Shared with whoever shows it.
    recent_errors: Arc<Vec<ErrorReport>>,
}

impl Client {
    /// A client that wants no connection yet. `entropy` must come from a cryptographic source: ids that
    /// protect against double effects are made from it.
    pub fn new(config: Config, entropy: [u8; 32]) -> Self {
        let config = config.bounded();
        let now = Now { monotonic: Duration::ZERO, wall: Timestamp::default() };
        let admission = TokenBucket::new(config.emit_rate, now.monotonic);
        let pacing = TokenBucket::new(config.emit_rate, now.monotonic);
        let outbox = Outbox::new(config.outbox);
        let tenant = TenantFilter::new(config.permissions.clone());
        let audit = Trail::new(&config, entropy);
        // Clients that draw the same numbers wait the same times.
        let jitter = config.safeguards.hold(Safeguard::Jitter);
        let entropy = if jitter { entropy } else { [0; 32] };
        Self {
            config,
            rng: ChaCha8Rng::from_seed(entropy),
            now,
            clock_offset: now.offset_millis(),
            effects: VecDeque::new(),
            phase: Phase::Idle,
            options: ConnectOptions::default(),
            named: None,
            backoff: Backoff::default(),
            next_socket: 0,
            next_attempt: 0,
            needs_fresh_token: false,
            retry_at: None,
            lost_at: None,
            offline_mode: OfflineMode::Queue,
            renewal: Renewal::default(),
            state: ConnectionState::default(),
            principal: None,
            sign_in_ended: None,
            tenant,
            streams: Streams::default(),
            presence: Presence::default(),
            repairs: Repairs::default(),
            outbox,
            storage: Storage::default(),
            outbox_changed: false,
            admission,
            admission_by_type: LiteMap::new(),
            refusals: Refusals::default(),
            early: Early::default(),
            quarantine: Quarantine::default(),
            pacing,
            limits: ServerLimits::default(),
            paced_until: None,
            server_clock: None,
            audit,
            health: Health::default(),
            metrics: PerformanceMetrics::default(),
            recent_errors: Arc::default(),
        }
    }

    /// Takes in what happened at `now`. Afterwards poll the effects and set the timer anew.
    pub fn step(&mut self, now: Now, input: Input) {
        self.advance(now);
        match input {
            Input::Connect(options) => self.connect(options),
            Input::Reconnect => self.reconnect(),
            Input::Disconnect => self.disconnect(),
            Input::SignOut => self.sign_out(),
            Input::Token { attempt, result } => self.token(attempt, result),
            Input::Opened { socket } => self.opened(socket),
            Input::Frame { socket, data } => self.frame(socket, &data),
            Input::FrameRefused { socket, error } => self.frame_refused(socket, error),
            Input::Closed { socket, code } => self.closed(socket, code),
            Input::InvalidAddress { socket, reason } => self.invalid_address(socket, reason),
            Input::Signal(signal) => self.signal(signal),
            Input::UpdateUserOrganizations(organizations) => {
                self.update_user_organizations(&organizations);
            }
            Input::UpdateSubscriptions(organizations) => self.update_subscriptions(organizations),
            Input::Loaded { operation, result } => self.loaded(operation, result),
            Input::Stored { operation, result } => self.stored(operation, result),
            Input::StorageReleased(user) => self.storage_released(user),
            Input::StorageLost(user) => self.storage_lost(user),
            Input::NotErased => self.report(StorageError::NotErased),
            #[cfg(feature = "audit")]
            Input::Audited { operation, result } => self.audited(operation, result),
            Input::SignedOutElsewhere(user) => self.signed_out_elsewhere(&user),
            Input::End => self.end(),
            Input::Tick => {}
        }
        self.settle_down();
    }

    /// The next thing to be done.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// When to step with [`Input::Tick`], on the monotonic clock. It may lie in the past.
    pub fn deadline(&self) -> Option<Duration> {
        let shown_lost =
            self.lost_at.filter(|_| !self.state.is_lost).map(|at| at + self.config.grace);
        [
            self.connection_deadline(),
            self.renewal_deadline(),
            self.repairs_deadline(),
            self.storage_deadline(),
            self.audit_deadline(),
            self.outbox.deadline().filter(|_| self.config.safeguards.hold(Safeguard::Expiry)),
            self.outbound_deadline(),
            self.streams.deadline(self.config.snapshot_timeout),
            shown_lost,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Moves the clock. Clocks that disagree put the link in doubt: the machine may have slept.
    fn advance(&mut self, now: Now) {
        self.now = Now { monotonic: self.now.monotonic.max(now.monotonic), wall: now.wall };
        let offset = self.now.offset_millis();
        let drift = offset - self.clock_offset;
        if drift.unsigned_abs() <= self.config.heartbeat.clock_tolerance.as_millis() {
            return;
        }
        self.clock_offset = offset;
        // What was derived from the steady clock is as doubtful as the link.
        self.server_clock = None;
        if let Ok(slept) = u64::try_from(drift) {
            // The steady clock may have stood still while the machine slept, and time to live does not.
            self.outbox.age(Duration::from_millis(slept));
        }
        self.look_at_the_wall_clock();
        self.probe();
    }

    /// What is due by now, after whatever happened.
    fn settle_down(&mut self) {
        self.connection_due();
        self.renewal_due();
        self.sync_due();
        self.repairs_due();
        self.storage_due();
        self.outbound_due();
        self.audit_due();
        self.state.is_lost =
            self.lost_at.is_some_and(|at| self.now.monotonic >= at + self.config.grace);
        if std::mem::take(&mut self.outbox_changed) {
            self.state.queued_events = self.outbox.events().cloned().collect();
        }
    }

    fn effect(&mut self, effect: Effect) {
        self.effects.push_back(effect);
    }

    /// Keeps an error for display and logs its code: its text may hold what the application or the server said. One that is
    /// kept already moves to the end: a flood of equal errors must evict neither the others nor what else was logged.
    fn report(&mut self, error: impl Into<Error>) {
        self.keep_error(error.into(), self.now.wall);
    }

    fn keep_error(&mut self, error: Error, at: Timestamp) {
        let (class, code) = (error.class(), error.code());
        self.health.error(self.now.monotonic);
        // One that repeats within a frame changes nothing.
        if self.recent_errors.last().is_some_and(|known| known.at == at && *known.error == error) {
            tracing::debug!(?class, code, "again");
            return;
        }
        let recent_errors = Arc::make_mut(&mut self.recent_errors);
        let error = Arc::new(error);
        if let Some(latest) = recent_errors.last_mut().filter(|known| known.error == error) {
            latest.at = at;
            tracing::debug!(?class, code, "again");
            return;
        }
        if let Some(index) = recent_errors.iter().position(|known| known.error == error) {
            tracing::debug!(?class, code, "again");
            recent_errors.remove(index);
        } else {
            tracing::warn!(?class, code, "an error");
        }
        recent_errors.push(ErrorReport { error, at });
        if recent_errors.len() > self.config.inbound.max_recent_errors.max(1) {
            recent_errors.remove(0);
        }
    }

    /// Keeps an error that the driver met, so that it is shown like the client's own. This is no step: there is
    /// nothing to poll afterwards.
    pub fn report_error(&mut self, now: Now, error: impl Into<Error>) {
        self.keep_error(error.into(), now.wall);
    }

    /// The connection as an application sees it.
    pub fn connection_state(&self) -> &ConnectionState {
        &self.state
    }

    /// How well the connection does, as of the last step.
    pub fn health(&self) -> ConnectionHealth {
        self.health_at(self.now.monotonic)
    }

    /// How well the connection does at a moment of the steady clock: what happened is forgotten without a step, too.
    pub fn health_at(&self, at: Duration) -> ConnectionHealth {
        self.health.report(at)
    }

    /// What the server's clock says at a moment of the steady one, once an answer to a ping has told.
    pub fn server_time(&self, at: Duration) -> Option<Timestamp> {
        self.server_clock.map(|clock| clock.now(at))
    }

    /// For how long the connection has been open, by the wall clock.
    pub fn connected_for(&self) -> Option<Duration> {
        self.live_socket()?;
        self.state.last_connected.map(|since| self.now.wall.since(since))
    }

    /// Whether unsent events outlive a reload of the page.
    pub fn storage_state(&self) -> &StorageState {
        &self.storage.state
    }

    /// How many stored events of the user could not be used. They are lost: the user should know.
    pub fn refused_records(&self) -> u64 {
        self.storage.refused
    }

    /// Abilities that are not made use of, because the configuration or the server says so. Empty while nobody is
    /// signed in: what the server offers is not known then.
    pub fn switched_off(&self) -> Vec<SwitchedOff> {
        let off = |principal: &Arc<Principal>| {
            self.config.capabilities.switched_off(&principal.capabilities)
        };
        self.principal.as_ref().map_or_else(Vec::new, off)
    }

    /// Who is signed in, once the server said so.
    pub fn principal(&self) -> Option<&Arc<Principal>> {
        self.principal.as_ref()
    }

    /// Who is online.
    pub fn presence(&self) -> &PresenceState {
        self.presence.state()
    }

    /// Organizations whose state is being fetched: what is held of them is out of date.
    pub fn synchronizing(&self) -> impl Iterator<Item = &OrganizationId> {
        self.streams.synchronizing()
    }

    /// The tenant filter, for reading.
    pub fn tenant_filter(&self) -> &TenantFilter {
        &self.tenant
    }

    /// The latest errors, oldest first, bounded by `InboundConfig::max_recent_errors`.
    pub fn recent_errors(&self) -> &Arc<Vec<ErrorReport>> {
        &self.recent_errors
    }

    /// What came in and could not be used, oldest first, bounded by `InboundConfig::max_quarantined`.
    pub fn quarantine(&self) -> &Arc<[Arc<Quarantined>]> {
        self.quarantine.entries()
    }

    /// What was counted so far.
    pub fn metrics(&self) -> PerformanceMetrics {
        PerformanceMetrics { latency_ms: self.state.latency, ..self.metrics.clone() }
    }
}

impl fmt::Debug for Client {
    /// The state of the connection alone: the rest holds what must not be printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("status", &self.state.status).finish_non_exhaustive()
    }
}
