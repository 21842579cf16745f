//! The world around the client: a clock, a page, and a server that says what a test tells it to.

use super::*;
use crate::error::{ConnectionError, EmitError};

/// The client, the world around it, and what it did.
pub(super) struct World {
    pub(super) client: Client,
    pub(super) now: Now,
    /// Whether the server answers pings.
    pub(super) answers: bool,
    /// How far the server's clock is ahead of the client's, in milliseconds.
    pub(super) server_ahead: i64,
    pub(super) tokens: Vec<(u64, bool)>,
    /// The last attempt that got its token.
    pub(super) answered: u64,
    pub(super) opened: Vec<SocketId>,
    pub(super) closed: Vec<(SocketId, u16)>,
    pub(super) sent: Vec<ClientMessage>,
    pub(super) delivered: Vec<String>,
    pub(super) settled: Vec<(EventId, Outcome)>,
    /// What is to be done about stored events: loads, stores, removals and erasures in their order.
    pub(super) storage: Vec<String>,
    /// Whose sign-out the other tabs were told.
    pub(super) told: Vec<String>,
    /// What was handed to the sink of the audit log.
    #[cfg(feature = "audit")]
    pub(super) handed: Vec<(u64, Vec<Arc<crate::audit::AuditEntry>>)>,
    /// The last load that was asked for.
    pub(super) load: u64,
    /// What was to be stored.
    pub(super) stores: Vec<StoredEvent>,
    /// How the attempts to connect ended.
    pub(super) results: Vec<Result<(), ConnectionError>>,
    /// All effects, as `Debug` shows them.
    pub(super) log: Vec<String>,
}

impl World {
    pub(super) fn new() -> Self {
        Self::with(config())
    }

    pub(super) fn with(config: Config) -> Self {
        Self::of(config, [7; 32])
    }

    /// A page of its own.
    pub(super) fn of(config: Config, entropy: [u8; 32]) -> Self {
        Self {
            client: Client::new(config, entropy),
            now: Now { monotonic: Duration::ZERO, wall: "2026-11-23T08:00:00Z".parse().unwrap() },
            answers: true,
            server_ahead: 0,
            tokens: Vec::new(),
            answered: 0,
            opened: Vec::new(),
            closed: Vec::new(),
            sent: Vec::new(),
            delivered: Vec::new(),
            settled: Vec::new(),
            storage: Vec::new(),
            told: Vec::new(),
            #[cfg(feature = "audit")]
            handed: Vec::new(),
            load: 0,
            stores: Vec::new(),
            results: Vec::new(),
            log: Vec::new(),
        }
    }

    /// Signed in, with a snapshot of each organization at offset 0.
    pub(super) fn online() -> Self {
        Self::online_with(config())
    }

    pub(super) fn online_with(config: Config) -> Self {
        let mut world = Self::with(config);
        world.step(Input::Connect(ConnectOptions::default()));
        world.accept(welcome());
        world.snapshots(0);
        world.forget();
        world
    }

    /// Forgets what the client did so far.
    pub(super) fn forget(&mut self) {
        self.tokens.clear();
        self.sent.clear();
        self.delivered.clear();
        self.settled.clear();
        self.results.clear();
        self.log.clear();
    }

    pub(super) fn step(&mut self, input: Input) {
        self.client.step(self.now, input);
        self.drain();
    }

    pub(super) fn signal(&mut self, signal: Signal) {
        self.step(Input::Signal(signal));
    }

    pub(super) fn drain(&mut self) {
        let mut pings = Vec::new();
        while let Some(effect) = self.client.poll_effect() {
            self.log.push(format!("{effect:?}"));
            match effect {
                Effect::FetchToken { attempt, fresh } => self.tokens.push((attempt, fresh)),
                Effect::Open { socket } => self.opened.push(socket),
                Effect::Send { socket, frame } => {
                    assert_eq!(self.opened.last(), Some(&socket), "written to an old socket");
                    assert!(!self.is_closed(socket), "written after the close");
                    let item = split_frame(frame.as_bytes()).next().unwrap().unwrap();
                    let message = decode_client(item).unwrap();
                    if let ClientMessage::Ping(ping) = &message {
                        pings.push(ping.id);
                    }
                    self.sent.push(message);
                }
                Effect::Close { socket, code } => {
                    assert!(!self.is_closed(socket), "closed twice");
                    self.closed.push((socket, code));
                }
                Effect::Deliver(inbound) => self.delivered.push(describe(&inbound)),
                Effect::Settled { id, outcome } => self.settled.push((id, outcome)),
                Effect::Connected => self.results.push(Ok(())),
                Effect::ConnectFailed(error) => self.results.push(Err(error)),
                Effect::Load { operation, user } => {
                    self.load = operation;
                    self.storage.push(format!("load {user}"));
                }
                Effect::Store { operation, event, .. } => {
                    assert_eq!(operation, event.sequence);
                    let text = event.payload.read::<Note>().unwrap().text;
                    self.storage.push(format!("store {text}"));
                    self.stores.push(*event);
                }
                Effect::Remove { .. } => self.storage.push("remove".to_owned()),
                Effect::Erase { user } => self.storage.push(format!("erase {user}")),
                Effect::EraseHeld { user } => self.storage.push(format!("erase held {user}")),
                Effect::SignedOut { user } => self.told.push(user.to_string()),
                #[cfg(feature = "audit")]
                Effect::Audit { operation, entries } => self.handed.push((operation, entries)),
            }
        }
        if self.answers {
            for id in pings {
                self.pong(id);
            }
        }
    }

    pub(super) fn is_closed(&self, socket: SocketId) -> bool {
        self.closed.iter().any(|(closed, _)| *closed == socket)
    }

    /// Lets time pass, from deadline to deadline.
    pub(super) fn pass(&mut self, time: Duration) {
        let end = self.now.monotonic + time;
        let mut idle_ticks = 0;
        while let Some(deadline) = self.client.deadline().filter(|deadline| *deadline <= end) {
            idle_ticks = if deadline <= self.now.monotonic { idle_ticks + 1 } else { 0 };
            assert!(idle_ticks < 10, "a deadline that never moves: {:?}", self.client);
            self.advance(deadline.saturating_sub(self.now.monotonic));
            self.step(Input::Tick);
        }
        self.advance(end.saturating_sub(self.now.monotonic));
    }

    /// Moves both clocks.
    pub(super) fn advance(&mut self, time: Duration) {
        let before = self.now.monotonic.as_millis();
        self.now.monotonic += time;
        // The difference of whole milliseconds, so that many short times do not add up to a drift.
        let millis = u64::try_from(self.now.monotonic.as_millis() - before).unwrap();
        self.now.wall = self.now.wall.after(ms(millis));
    }

    /// The last socket.
    pub(super) fn socket(&self) -> SocketId {
        *self.opened.last().unwrap()
    }

    /// Gives the client the token that it asked for last.
    pub(super) fn token(&mut self) {
        let attempt = self.tokens.last().expect("no token was asked for").0;
        self.answered = attempt;
        self.step(Input::Token { attempt, result: Ok(Token::new("hush-hush")) });
    }

    /// Gives the token and opens the socket.
    pub(super) fn open(&mut self) {
        self.token();
        self.step(Input::Opened { socket: self.socket() });
    }

    pub(super) fn accept(&mut self, welcome: Welcome) {
        self.open();
        self.say(&ServerMessage::Welcome(welcome));
    }

    /// Lets a lost connection come back.
    pub(super) fn come_back(&mut self, welcome: Welcome) {
        if self.tokens.last().is_none_or(|(attempt, _)| *attempt == self.answered) {
            self.wait();
        }
        self.accept(welcome);
    }

    pub(super) fn say(&mut self, message: &ServerMessage) {
        self.say_raw(&encode_server(message));
    }

    pub(super) fn say_raw(&mut self, frame: &str) {
        self.step(Input::Frame { socket: self.socket(), data: frame.into() });
    }

    /// Lets the first ping go, whose answer says what the server's clock shows.
    pub(super) fn know_the_servers_clock(&mut self) {
        self.pass(Duration::from_secs(1));
    }

    pub(super) fn pong(&mut self, id: u64) {
        let server_time = Timestamp::from_millis(self.now.wall.as_millis() + self.server_ahead);
        self.say(&ServerMessage::Pong(Pong {
            id,
            server_time: Some(server_time),
            ..Pong::default()
        }));
    }

    pub(super) fn close(&mut self, code: u16) {
        self.step(Input::Closed { socket: self.socket(), code });
    }

    pub(super) fn status(&self) -> Status {
        self.client.connection_state().status
    }

    /// How long the client waits before its next attempt.
    pub(super) fn wait(&mut self) -> Duration {
        assert_eq!(self.status(), Status::Reconnecting);
        let (before, tokens) = (self.now.monotonic, self.tokens.len());
        let until = std::iter::from_fn(|| {
            let deadline = self.client.deadline()?;
            self.pass(deadline.saturating_sub(self.now.monotonic));
            (self.tokens.len() == tokens).then_some(())
        });
        assert!(until.take(100).count() < 100, "there is no next attempt");
        self.now.monotonic.saturating_sub(before)
    }

    pub(super) fn last_error(&self) -> &'static str {
        self.client.connection_state().error.as_ref().map_or("none", |report| report.error.code())
    }

    pub(super) fn error_codes(&self) -> Vec<&'static str> {
        self.client.recent_errors().iter().map(|report| report.error.code()).collect()
    }

    /// What was delivered since the last look.
    pub(super) fn delivered(&mut self) -> Vec<String> {
        std::mem::take(&mut self.delivered)
    }

    pub(super) fn emit(&mut self, text: &str) -> Result<Accepted, EmitError> {
        self.emit_as("note", Some("north"), text)
    }

    pub(super) fn emit_as(
        &mut self,
        event_type: &str,
        to: Option<&str>,
        text: &str,
    ) -> Result<Accepted, EmitError> {
        let payload = RawJson::of(&serde_json::json!({ "text": text })).unwrap();
        let request = EmitRequest {
            event_type: event_type.into(),
            organization: to.map(organization),
            payload,
        };
        let accepted = self.client.emit(self.now, &request);
        self.drain();
        accepted
    }

    /// The ids and texts of the events that were written since the last look.
    pub(super) fn emits(&mut self) -> Vec<(EventId, String)> {
        let sent = std::mem::take(&mut self.sent);
        sent.into_iter()
            .filter_map(|message| match message {
                ClientMessage::Emit(emit) => {
                    Some((emit.id, emit.event.read::<Note>().unwrap().text))
                }
                _ => None,
            })
            .collect()
    }

    pub(super) fn written(&mut self) -> Vec<String> {
        self.emits().into_iter().map(|(_, text)| text).collect()
    }

    pub(super) fn ack(&mut self, id: &EventId, status: AckStatus) {
        self.say(&ServerMessage::Ack(Ack { id: id.clone(), status, code: None, reason: None }));
    }

    /// The codes of the outcomes since the last look.
    pub(super) fn outcomes(&mut self) -> Vec<&'static str> {
        std::mem::take(&mut self.settled).into_iter().map(|(_, outcome)| outcome.code()).collect()
    }

    /// Takes the snapshots that were asked for since the last look: id, organization, topics.
    pub(super) fn requests(&mut self) -> Vec<(u64, String, Vec<String>)> {
        let mut requests = Vec::new();
        self.sent.retain(|message| {
            let ClientMessage::Snapshot(request) = message else { return true };
            requests.push((
                request.id,
                request.organization_id.to_string(),
                request.topics.clone(),
            ));
            false
        });
        requests
    }

    /// What was asked for since the last look: `all north`, `presence south`.
    pub(super) fn asked_for(&mut self) -> Vec<String> {
        self.requests()
            .into_iter()
            .map(|(_, organization, topics)| {
                format!("{} {organization}", if topics.len() == 1 { &topics[0] } else { "all" })
            })
            .collect()
    }

    /// Answers all requests for snapshots, at one offset.
    pub(super) fn snapshots(&mut self, offset: u64) {
        for (id, name, _) in self.requests() {
            self.say(&ServerMessage::Snapshot(part(id, &name, offset)));
        }
    }

    pub(super) fn resync(&mut self, name: &str) {
        let resync = Resync {
            organization_id: organization(name),
            epoch: StreamEpoch::from("e"),
            offset: 9,
        };
        self.say(&ServerMessage::Resync(resync));
    }

    pub(super) fn server_error(&mut self, retry_after_ms: Option<u64>) {
        let error = ServerError {
            code: "overloaded".into(),
            message: "Later.".into(),
            retryable: true,
            retry_after_ms,
            ..ServerError::default()
        };
        self.say(&ServerMessage::Error(error));
    }

    /// The last `$connect`.
    pub(super) fn hello(&self) -> &Connect {
        let hello = self.sent.iter().rev().find_map(|message| match message {
            ClientMessage::Connect(connect) => Some(connect),
            _ => None,
        });
        hello.expect("no `$connect` was sent")
    }

    pub(super) fn pings(&self) -> usize {
        self.sent.iter().filter(|message| matches!(message, ClientMessage::Ping(_))).count()
    }

    /// Who is shown as online in the north.
    pub(super) fn shown(&self) -> Vec<String> {
        self.client
            .presence()
            .online_users(&organization("north"))
            .map(|user| user.user_id.to_string())
            .collect()
    }
}
