//! A page around a client, which holds the client to its guarantees after each step. `server`: what it is told.

mod server;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Debug;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use yewdux_socket_core::error::{ConnectionError, StorageError};
use yewdux_socket_core::wire::{ClientMessage, SnapshotRequest, Token, decode_client, split_frame};
use yewdux_socket_core::{
    Client, Config, ConnectOptions, Effect, EmitRequest, EventId, Inbound, Input, Loaded, Now,
    OrganizationId, SocketId, Status, StoredEvent, Timestamp,
};

use crate::session;

/// Effects of one step, at most. A frame of the fuzzer is far shorter than so many events.
const MAX_EFFECTS: usize = 20_000;
/// Ticks without time going on, at most.
const MAX_IDLE_TICKS: usize = 10;
/// Ticks in a stretch of time; the rest of it passes at once.
const MAX_TICKS: usize = 100;
/// Requests and events that wait for an answer of the script; the oldest are forgotten.
const MAX_WAITING: usize = 64;

/// A client and the page, storage and server around it.
///
/// After each step it panics
/// - if an event or a snapshot is delivered of an organization that is not visible at that moment, or that no
///   `$welcome` or `$membership` ever named;
/// - if a queue or list is over its bound;
/// - if an event gets more than one outcome, or an outcome that nobody waits for;
/// - if something is written that is no message, or to a socket that is not open;
/// - if a token is in the `Debug` output of anything, or in a message that is neither `$connect` nor `$refresh`;
/// - if time cannot go on because of a deadline that stays.
#[derive(Debug)]
pub struct Page {
    client: Client,
    limits: Limits,
    now: Now,
    token: String,
    /// The last request for a token.
    attempt: Option<u64>,
    /// The sockets so far that matter: the last one, and the one before.
    sockets: [Option<SocketId>; 2],
    is_open: bool,
    ping: Option<u64>,
    requests: VecDeque<SnapshotRequest>,
    written: VecDeque<EventId>,
    event_type: String,
    /// Accepted events that wait for their outcome.
    owed: BTreeSet<EventId>,
    /// What storage keeps, and what it is to answer.
    disk: BTreeMap<EventId, StoredEvent>,
    load: Option<u64>,
    stores: VecDeque<u64>,
    /// Events that an earlier page may have settled.
    loaded: BTreeSet<EventId>,
    /// Organizations that the server named as the user's; `None` once that cannot be told any more.
    granted: Option<BTreeSet<String>>,
    /// Organizations of which something was delivered.
    delivered: BTreeSet<OrganizationId>,
    deliveries: u64,
}

#[derive(Debug)]
struct Limits {
    events: usize,
    bytes: usize,
    errors: usize,
}

impl Page {
    /// A page on which nothing has happened. Its token is one that the script cannot know.
    pub fn new(script: &[u8]) -> Self {
        let mut hasher = DefaultHasher::new();
        script.hash(&mut hasher);
        let config = config();
        let limits = Limits {
            // What an earlier page left comes on top of what this one emitted.
            events: 2 * config.outbox.max_events,
            bytes: 2 * config.outbox.max_bytes,
            errors: config.inbound.max_recent_errors,
        };
        Self {
            client: Client::new(config, [7; 32]),
            limits,
            now: Now { monotonic: Duration::ZERO, wall: session::START },
            token: format!("token-{:016x}", hasher.finish()),
            attempt: None,
            sockets: [None; 2],
            is_open: false,
            ping: None,
            requests: VecDeque::new(),
            written: VecDeque::new(),
            event_type: "patient_updated".to_owned(),
            owed: BTreeSet::new(),
            disk: BTreeMap::new(),
            load: None,
            stores: VecDeque::new(),
            loaded: BTreeSet::new(),
            granted: Some(BTreeSet::new()),
            delivered: BTreeSet::new(),
            deliveries: 0,
        }
    }

    /// The client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The last socket.
    pub fn socket(&self) -> Option<SocketId> {
        self.sockets[0]
    }

    /// The token that the source gives.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// How many events were delivered.
    pub fn deliveries(&self) -> u64 {
        self.deliveries
    }

    /// Something happens.
    pub fn step(&mut self, input: Input) {
        self.client.step(self.now, input);
        self.settle();
    }

    /// Carries out the effects, and looks at what is left.
    fn settle(&mut self) {
        for _ in 0..MAX_EFFECTS {
            let Some(effect) = self.client.poll_effect() else { return self.check() };
            self.hides_token(&effect);
            self.carry_out(effect);
        }
        panic!("the effects do not end");
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::FetchToken { attempt, .. } => self.attempt = Some(attempt),
            Effect::Open { socket } => {
                self.sockets = [Some(socket), self.sockets[0]];
                self.is_open = false;
            }
            Effect::Send { socket, frame } => self.sent(socket, &frame),
            Effect::Close { socket, .. } => {
                assert_eq!(self.sockets[0], Some(socket), "an old socket is closed");
                self.is_open = false;
            }
            Effect::Deliver(inbound) => self.deliver(&inbound),
            Effect::Settled { id, .. } => {
                assert!(self.owed.remove(&id) || self.loaded.contains(&id), "{id} ends twice");
            }
            Effect::Load { operation, .. } => self.load = Some(operation),
            Effect::Store { operation, event, .. } => {
                self.disk.insert(event.id.clone(), *event);
                remember(&mut self.stores, operation);
            }
            Effect::Remove { id, .. } => drop(self.disk.remove(&id)),
            Effect::Erase { .. } | Effect::EraseHeld { .. } => self.disk.clear(),
            _ => {}
        }
    }

    fn sent(&mut self, socket: SocketId, frame: &str) {
        assert!(
            self.sockets[0] == Some(socket) && self.is_open,
            "written to a socket that is not open"
        );
        let item = split_frame(frame.as_bytes()).next().expect("a client writes items");
        let message = item.and_then(decode_client).expect("a client writes messages");
        let may_have_token =
            matches!(message, ClientMessage::Connect(_) | ClientMessage::Refresh(_));
        assert!(may_have_token || !frame.contains(&self.token), "a token in {message:?}");
        match message {
            ClientMessage::Ping(ping) => self.ping = Some(ping.id),
            ClientMessage::Snapshot(request) => remember(&mut self.requests, request),
            ClientMessage::Emit(emit) => remember(&mut self.written, emit.id),
            _ => {}
        }
    }

    fn deliver(&mut self, inbound: &Inbound) {
        let organization = match inbound {
            Inbound::Event(event) => {
                self.deliveries += 1;
                event.envelope.organization.as_ref()
            }
            Inbound::Snapshot(snapshot) => Some(&snapshot.organization),
            _ => return,
        };
        let Some(organization) = organization else { return };
        let is_visible = self.client.tenant_filter().visible().any(|id| id == organization);
        let is_granted =
            self.granted.as_ref().is_none_or(|granted| granted.contains(organization.as_str()));
        assert!(
            is_visible && is_granted,
            "{organization} is foreign, and something of it came through"
        );
        self.delivered.insert(organization.clone());
    }

    fn check(&self) {
        let state = self.client.connection_state();
        let bytes: usize =
            state.queued_events.iter().map(|event| event.payload.as_str().len()).sum();
        assert!(state.queued_events.len() <= self.limits.events, "the outbox is over its bound");
        assert!(bytes <= self.limits.bytes, "the outbox is over its bound: {bytes} bytes");
        assert!(
            self.client.recent_errors().len() <= self.limits.errors,
            "too many errors are kept"
        );
        for organization in &self.delivered {
            let is_visible = self.client.tenant_filter().visible().any(|id| id == organization);
            let online = self.client.presence().online_count(organization);
            assert!(
                is_visible || online == 0,
                "presence of {organization} outlives the membership"
            );
        }
        self.hides_token(&self.client);
        self.hides_token(state);
        for report in self.client.recent_errors().iter() {
            self.hides_token(report);
        }
    }

    fn hides_token(&self, what: &impl Debug) {
        let text = format!("{what:?}");
        assert!(!text.contains(&self.token), "a token is in {text}");
    }

    /// Lets time pass, from deadline to deadline.
    ///
    /// # Panics
    /// If a deadline stays although it has passed.
    pub fn pass(&mut self, time: Duration) {
        let end = self.now.monotonic + time;
        let mut idle = 0;
        for _ in 0..MAX_TICKS {
            let Some(deadline) = self.client.deadline().filter(|at| *at <= end) else { break };
            idle = if deadline <= self.now.monotonic { idle + 1 } else { 0 };
            assert!(idle < MAX_IDLE_TICKS, "a deadline that stays: {deadline:?}");
            self.until(deadline);
            self.step(Input::Tick);
        }
        self.until(end);
        self.step(Input::Tick);
    }

    /// Moves both clocks.
    fn until(&mut self, monotonic: Duration) {
        let before = self.now.monotonic.as_millis();
        self.now.monotonic = self.now.monotonic.max(monotonic);
        // The difference of whole milliseconds, so that many short times do not add up to a drift.
        let millis = u64::try_from(self.now.monotonic.as_millis() - before).unwrap_or(u64::MAX);
        self.now.wall = self.now.wall.after(Duration::from_millis(millis));
    }

    /// Sets the wall clock, by so many milliseconds.
    pub fn set_wall(&mut self, millis: i64) {
        let wall = self.now.wall.as_millis().saturating_add(millis);
        self.now.wall = Timestamp::from_millis(wall);
        self.step(Input::Tick);
    }

    /// The token source answers.
    pub fn answer(&mut self, result: Result<Token, ConnectionError>) {
        if let Some(attempt) = self.attempt {
            self.step(Input::Token { attempt, result });
        }
    }

    /// Chooses the type of what is emitted.
    pub fn emits_type(&mut self, event_type: &str) {
        event_type.clone_into(&mut self.event_type);
    }

    /// The application emits.
    pub fn emit(&mut self, organization: &str, payload: &str) {
        let Ok(payload) = yewdux_socket_core::wire::RawJson::parse(payload.to_owned()) else {
            return;
        };
        let organization = OrganizationId::try_from(organization.to_owned()).ok();
        let request =
            EmitRequest { event_type: self.event_type.as_str().into(), organization, payload };
        if let Ok(accepted) = self.client.emit(self.now, &request) {
            self.owed.insert(accepted.id);
        }
        self.settle();
    }

    /// Storage answers the last load.
    pub fn loaded(&mut self, result: Result<(), StorageError>) {
        let Some(operation) = self.load.take() else { return };
        let events: Vec<_> = self.disk.values().cloned().collect();
        self.loaded.extend(events.iter().map(|event| event.id.clone()));
        let result = result.map(|()| Loaded { events, refused: Vec::new() });
        self.step(Input::Loaded { operation, result });
    }

    /// Storage answers the oldest store.
    pub fn stored(&mut self, result: Result<(), StorageError>) {
        if let Some(operation) = self.stores.pop_front() {
            self.step(Input::Stored { operation, result });
        }
    }

    /// Has the page connected, whatever state it is in.
    ///
    /// # Panics
    /// If the client does not come back within two hours of its clock. The server may put it off for one.
    pub fn connects(&mut self) {
        for _ in 0..1_440 {
            match self.client.connection_state().status {
                Status::Connected => return,
                Status::Disconnected | Status::Error => {
                    self.step(Input::Connect(ConnectOptions::default()));
                }
                Status::Connecting | Status::Reconnecting => {}
            }
            self.loaded(Ok(()));
            let token = Token::new(&self.token);
            self.answer(Ok(token));
            if !self.is_open {
                self.open();
                self.welcome(&["north", "south"]);
            }
            if self.client.connection_state().status != Status::Connected {
                self.pass(Duration::from_secs(5));
            }
        }
        panic!("it does not come back: {:?}", self.client.connection_state());
    }

    /// Has the north synchronized anew, and an event of it delivered.
    ///
    /// # Panics
    /// If the event is not delivered.
    pub fn delivers(&mut self) {
        self.step(Input::UpdateUserOrganizations(vec!["north".into(), "south".into()]));
        self.step(Input::UpdateSubscriptions(None));
        self.say(session::membership(&["north", "south"]).into());
        let epoch = format!("epoch-{}", self.deliveries);
        self.say(session::resync("north", &epoch).into());
        for _ in 0..60 {
            self.snapshots_of(&epoch, 1);
            if self.client.synchronizing().next().is_none() {
                break;
            }
            // An answer that did not suit is asked for again after a while.
            self.pass(Duration::from_secs(1));
            self.pong();
            self.connects();
        }
        let before = self.deliveries;
        self.say(session::patient("north", &epoch, 2, "p1", 61).into());
        assert_eq!(self.deliveries, before + 1, "{:?}", self.client.recent_errors().last());
    }

    /// The user signs out.
    ///
    /// # Panics
    /// If anything is left of the sign-in.
    pub fn finish(mut self) {
        self.step(Input::SignOut);
        assert!(self.owed.is_empty(), "events without an outcome: {:?}", self.owed);
        assert!(self.client.connection_state().queued_events.is_empty(), "events are left");
        let online = |id: &OrganizationId| self.client.presence().online_count(id);
        assert!(self.delivered.iter().all(|id| online(id) == 0), "presence is left");
        self.pass(Duration::from_hours(1));
    }
}

/// The defaults, but for bounds that a short script can reach.
fn config() -> Config {
    let mut config = Config::default();
    config.registry.add_builtin();
    config.topics = vec!["patients".to_owned()];
    config.persist = true;
    config.outbox.max_events = 8;
    config.outbox.max_bytes = 4_096;
    config.outbox.max_event_bytes = 1_024;
    config.max_in_flight = 4;
    config.inbound.max_held_events = 8;
    config.inbound.max_recent_errors = 4;
    config.inbound.max_snapshot_bytes = 16_384;
    config
}

/// Appends, and forgets the oldest beyond the bound.
fn remember<T>(waiting: &mut VecDeque<T>, new: T) {
    if waiting.len() == MAX_WAITING {
        waiting.pop_front();
    }
    waiting.push_back(new);
}
