//! Guarantees under random schedules: a server with a history, and a connection that is cut anywhere.

use std::collections::BTreeSet;

use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};

use super::*;

const SCHEDULES: u64 = 400;
const STEPS: usize = 150;

/// A server that forgets nothing but what a restart takes, and what it says on a line that loses it.
struct Server {
    world: World,
    rng: ChaCha8Rng,
    /// The incarnation of the history, and its last offset.
    epoch: u64,
    head: u64,
    /// The oldest offset that can still be replayed.
    oldest: u64,
    session: bool,
    /// Frames on their way to the client.
    line: Vec<String>,
    /// The last place that the client's state holds, as delivered.
    seen: (u64, u64),
    emitted: BTreeSet<EventId>,
    effects: BTreeMap<EventId, u32>,
    outcomes: BTreeMap<EventId, u32>,
}

impl Server {
    fn new(seed: u64) -> Self {
        let mut world = World::new();
        world.answers = false;
        world.step(Input::Connect(ConnectOptions::default()));
        Self {
            world,
            rng: ChaCha8Rng::seed_from_u64(seed),
            epoch: 1,
            head: 0,
            oldest: 1,
            session: false,
            line: Vec::new(),
            seen: (0, 0),
            emitted: BTreeSet::new(),
            effects: BTreeMap::new(),
            outcomes: BTreeMap::new(),
        }
    }

    fn one_in(&mut self, odds: u32) -> bool {
        self.rng.next_u32().is_multiple_of(odds)
    }

    fn event(&self, offset: u64) -> String {
        let epoch = format!("epoch{}", self.epoch);
        event("note", "north", Some((&epoch, offset)), &format!("{} {offset}", self.epoch))
    }

    fn happen(&mut self) {
        match self.rng.next_u32() % 16 {
            0..=4 => {
                self.head += 1;
                if self.session {
                    self.line.push(self.event(self.head));
                }
            }
            5..=8 => self.arrive(),
            9 | 10 => {
                if let Ok(accepted) = self.world.emit("mine") {
                    self.emitted.insert(accepted.id);
                }
            }
            11 => self.cut(),
            12 => {
                let wait = ms(u64::from(self.rng.next_u32() % 4_000));
                self.world.pass(wait);
            }
            13 => self.world.signal(Signal::Visible),
            14 if self.one_in(4) => {
                // A restart: another history, and nobody is connected.
                (self.epoch, self.head, self.oldest) = (self.epoch + 1, 3, 1);
                self.cut();
            }
            14 => self.oldest = self.head,
            _ => self.world.step(if self.session { Input::Tick } else { Input::Reconnect }),
        }
        self.connect();
        self.listen();
    }

    /// The line is cut: what was on it is lost.
    fn cut(&mut self) {
        if self.world.opened.last().is_some_and(|socket| !self.world.is_closed(*socket)) {
            self.world.close(1006);
        }
    }

    fn connect(&mut self) {
        if self.world.tokens.last().is_some_and(|(attempt, _)| *attempt != self.world.answered) {
            self.line.clear();
            self.session = false;
            self.world.open();
        }
    }

    /// Takes what the client wrote, and answers onto the line.
    fn listen(&mut self) {
        let lost = self.world.opened.last().is_none_or(|socket| self.world.is_closed(*socket));
        if lost {
            (self.session, self.line) = (false, Vec::new());
        }
        for message in std::mem::take(&mut self.world.sent) {
            // What was written just before a cut may or may not have come through.
            if lost && self.one_in(2) {
                continue;
            }
            self.hear(message);
        }
        if lost {
            (self.session, self.line) = (false, Vec::new());
        }
        self.judge();
    }

    fn hear(&mut self, message: ClientMessage) {
        match message {
            ClientMessage::Connect(connect) => {
                let resume = connect
                    .resume
                    .and_then(|resume| resume.offsets.get(&organization("north")).cloned());
                let from = resume
                    .filter(|at| at.epoch.as_str() == format!("epoch{}", self.epoch))
                    .map(|at| at.offset)
                    .filter(|offset| *offset + 1 >= self.oldest && *offset <= self.head);
                let resumed = BTreeMap::from([(organization("north"), from.is_some())]);
                let welcome =
                    Welcome { organizations: memberships(&["north"]), resumed, ..welcome() };
                self.line.push(encode_server(&ServerMessage::Welcome(welcome)));
                if let Some(from) = from {
                    let missed: Vec<_> =
                        (from + 1..=self.head).map(|offset| self.event(offset)).collect();
                    self.line.extend(missed);
                }
                self.session = true;
            }
            ClientMessage::Emit(emit) => {
                *self.effects.entry(emit.id.clone()).or_default() = 1;
                let ack =
                    Ack { id: emit.id, status: AckStatus::Accepted, code: None, reason: None };
                self.line.push(encode_server(&ServerMessage::Ack(ack)));
            }
            ClientMessage::Ping(ping) => {
                let answer = ServerMessage::Pong(Pong { id: ping.id, ..Pong::default() });
                self.line.push(encode_server(&answer));
            }
            ClientMessage::Snapshot(request) => {
                let epoch = StreamEpoch::from(format!("epoch{}", self.epoch).as_str());
                let part = SnapshotPart { epoch, ..part(request.id, "north", self.head) };
                self.line.push(encode_server(&ServerMessage::Snapshot(part)));
            }
            _ => {}
        }
    }

    /// The client reads some of what is on the line, in one frame.
    fn arrive(&mut self) {
        let most = self.line.len();
        if most > 0 {
            let count = 1 + self.rng.next_u32() as usize % most;
            let frame: Vec<_> = self.line.drain(..count).collect();
            self.world.say_raw(&format!("[{}]", frame.join(",")));
        }
    }

    /// Holds what the client did against the guarantees.
    fn judge(&mut self) {
        for delivery in self.world.delivered() {
            if let Some(snapshot) = delivery.strip_prefix("snapshot north@epoch") {
                let (epoch, offset) = snapshot.split_once('/').expect("a place");
                self.seen = (epoch.parse().unwrap(), offset.parse().unwrap());
            } else {
                let (epoch, offset) = delivery.split_once(' ').expect("an event");
                let place = (epoch.parse().unwrap(), offset.parse().unwrap());
                assert_eq!(place, (self.seen.0, self.seen.1 + 1), "in order, once, no gap");
                self.seen = place;
            }
        }
        for (id, outcome) in std::mem::take(&mut self.world.settled) {
            assert!(self.emitted.contains(&id));
            *self.outcomes.entry(id.clone()).or_default() += 1;
            assert_eq!(self.outcomes[&id], 1, "one outcome");
            match outcome {
                Outcome::Acknowledged => assert!(self.effects.contains_key(&id), "it took effect"),
                Outcome::Expired => {
                    assert!(!self.effects.contains_key(&id), "it was never written");
                }
                other => assert_eq!(other, Outcome::Unconfirmed),
            }
        }
    }

    /// With a quiet line everything comes to its end.
    fn quiet_down(&mut self) {
        for _ in 0..200 {
            self.world.pass(ms(500));
            self.connect();
            self.listen();
            while !self.line.is_empty() {
                self.arrive();
                self.connect();
                self.listen();
            }
        }
        assert_eq!(self.world.status(), Status::Connected);
        assert_eq!(self.seen, (self.epoch, self.head), "the client caught up");
        assert_eq!(self.outcomes.len(), self.emitted.len(), "every event has its outcome");
        assert!(self.world.client.connection_state().queued_events.is_empty());
    }
}

#[test]
fn the_guarantees_hold_under_random_schedules() {
    for seed in 0..SCHEDULES {
        let outcome = std::panic::catch_unwind(|| {
            let mut server = Server::new(seed);
            for _ in 0..STEPS {
                server.happen();
            }
            server.quiet_down();
        });
        assert!(outcome.is_ok(), "schedule {seed}");
    }
}
