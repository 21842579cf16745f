//! A reconnection storm: ten thousand clients lose their server in the same moment, on one virtual clock.
//!
//! Without jitter they would all come back in the same moment, again and again. What counts is the largest share
//! of them that arrives within any 100 ms.

#![allow(clippy::expect_used, reason = "a simulation that is wrong itself should say so")]
#![allow(clippy::print_stdout, reason = "the measured shares are of interest")]

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Duration;

use chacha20::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use yewdux_socket_core::wire::{
    ClientMessage, Map, PROTOCOL_VERSION, Pong, ServerMessage, Token, Welcome, decode_client,
    encode_server, split_frame,
};
use yewdux_socket_core::{
    Client, Config, ConnectOptions, Effect, Input, Now, SessionId, Status, Timestamp, UserId,
};

const CLIENTS: u32 = 10_000;
/// When the server goes away; every connection counts as stable by then.
const GONE: Duration = Duration::from_secs(30);
/// When it is back.
const BACK: Duration = Duration::from_mins(1);
/// When it is over: the longest backoff and some time for `$welcome`.
const OVER: Duration = Duration::from_secs(92);
const WINDOW: Duration = Duration::from_millis(100);
/// How long a refused attempt and an answer take.
const LATENCY: Duration = Duration::from_millis(20);

/// In the order of time, and of their making where that is the same.
type Agenda = BinaryHeap<Reverse<(Duration, u64, usize)>>;

struct Storm {
    clients: Vec<Client>,
    /// What will happen, by its number.
    inputs: BTreeMap<u64, Input>,
    agenda: Agenda,
    next: u64,
    /// For when each client's timer is set.
    timers: Vec<Option<Duration>>,
    /// When attempts reached the place where the server was, since it went away.
    arrivals: Vec<Duration>,
}

/// What a storm came to.
#[derive(Debug)]
struct Shares {
    /// The largest share within 100 ms in the first two seconds.
    early: f64,
    /// The same from 15 s on.
    late: f64,
    /// How many are connected at the end.
    connected: usize,
}

impl Storm {
    fn new(config: &Config) -> Self {
        let mut dice = ChaCha8Rng::seed_from_u64(1);
        let mut entropy = || {
            let mut bytes = [0; 32];
            dice.fill_bytes(&mut bytes);
            bytes
        };
        let clients = (0..CLIENTS).map(|_| Client::new(config.clone(), entropy())).collect();
        Self {
            clients,
            inputs: BTreeMap::new(),
            agenda: Agenda::new(),
            next: 0,
            timers: vec![None; CLIENTS as usize],
            arrivals: Vec::new(),
        }
    }

    fn plan(&mut self, at: Duration, client: usize, input: Input) {
        self.next += 1;
        self.inputs.insert(self.next, input);
        self.agenda.push(Reverse((at, self.next, client)));
    }

    fn run(mut self) -> Shares {
        for client in 0..self.clients.len() {
            self.plan(Duration::ZERO, client, Input::Connect(ConnectOptions::default()));
        }
        while let Some(Reverse((at, number, client))) = self.agenda.pop() {
            if at > OVER {
                break;
            }
            let input = self.inputs.remove(&number).expect("it was planned");
            self.step(at, client, input);
        }
        let share = |from, to| largest_share(&self.arrivals, from, to);
        let is_connected = |client: &&Client| client.connection_state().status == Status::Connected;
        Shares {
            early: share(Duration::ZERO, Duration::from_secs(2)),
            late: share(Duration::from_secs(15), OVER),
            connected: self.clients.iter().filter(is_connected).count(),
        }
    }

    fn step(&mut self, now: Duration, index: usize, input: Input) {
        let wall = Timestamp::from_millis(i64::try_from(now.as_millis()).expect("it is short"));
        let client = &mut self.clients[index];
        client.step(Now { monotonic: now, wall }, input);
        let mut effects = Vec::new();
        while let Some(effect) = client.poll_effect() {
            effects.push(effect);
        }
        // A timer that was set for an earlier time fires in vain, which changes nothing.
        let deadline = client.deadline().filter(|deadline| *deadline > now);
        if let Some(at) = deadline
            && self.timers[index] != deadline
        {
            self.timers[index] = deadline;
            self.plan(at, index, Input::Tick);
        }
        for effect in effects {
            self.carry_out(now, index, effect);
        }
    }

    fn carry_out(&mut self, now: Duration, client: usize, effect: Effect) {
        match effect {
            Effect::FetchToken { attempt, .. } => {
                self.plan(now, client, Input::Token { attempt, result: Ok(Token::new("t")) });
            }
            Effect::Open { socket } if (GONE..BACK).contains(&now) => {
                self.arrivals.push(now.saturating_sub(GONE));
                self.plan(now + LATENCY, client, Input::Closed { socket, code: 1006 });
            }
            Effect::Open { socket } => {
                if now < GONE {
                    self.plan(GONE, client, Input::Closed { socket, code: 1006 });
                } else {
                    self.arrivals.push(now.saturating_sub(GONE));
                }
                self.plan(now + LATENCY, client, Input::Opened { socket });
            }
            Effect::Send { socket, frame } => {
                let item = split_frame(frame.as_bytes()).next().expect("a client writes frames");
                let message = item.and_then(decode_client).expect("a client writes messages");
                let answer = match message {
                    ClientMessage::Connect(_) => ServerMessage::Welcome(welcome()),
                    ClientMessage::Ping(ping) => {
                        ServerMessage::Pong(Pong { id: ping.id, ..Pong::default() })
                    }
                    other => panic!("{other:?} was not expected"),
                };
                let data = encode_server(&answer).into_bytes();
                self.plan(now + LATENCY, client, Input::Frame { socket, data });
            }
            _ => {}
        }
    }
}

/// A user without organizations has nothing to fetch.
fn welcome() -> Welcome {
    Welcome {
        protocol: PROTOCOL_VERSION,
        session: SessionId::from("s"),
        user_id: UserId::from("ana"),
        organizations: Vec::new(),
        heartbeat_ms: None,
        max_frame_bytes: None,
        emit_rate: None,
        max_in_flight: None,
        dedupe_ms: None,
        token_expires_in_ms: None,
        resumed: Map::new(),
        capabilities: Vec::new(),
    }
}

/// The largest share of the clients that arrives in any window which begins with an arrival from `from` to `to`.
fn largest_share(arrivals: &[Duration], from: Duration, to: Duration) -> f64 {
    let mut arrivals: Vec<_> = arrivals.iter().filter(|at| **at >= from).copied().collect();
    arrivals.sort_unstable();
    let begins = arrivals.iter().enumerate().take_while(|(_, at)| **at < to);
    let in_window =
        begins.map(|(index, at)| arrivals[index..].partition_point(|next| *next < *at + WINDOW));
    let most = in_window.max().unwrap_or(0);
    f64::from(u32::try_from(most).expect("there are not that many")) / f64::from(CLIENTS)
}

const MOST_EARLY: f64 = 0.12;
const MOST_LATE: f64 = 0.015;

#[test]
fn clients_come_back_spread_over_time() {
    let shares = Storm::new(&Config::default()).run();
    println!("{CLIENTS} clients: {shares:?}");
    assert!(shares.early <= MOST_EARLY && shares.early > 0.0, "{shares:?}");
    assert!(shares.late <= MOST_LATE && shares.late > 0.0, "{shares:?}");
    assert_eq!(shares.connected, CLIENTS as usize, "everybody is back in the end");
}

#[cfg(feature = "controls")]
#[test]
fn without_jitter_they_come_back_together() {
    use yewdux_socket_core::safeguards::Safeguard;

    let shares = Storm::new(&Config::default().without(Safeguard::Jitter)).run();
    println!("without jitter: {shares:?}");
    assert!(shares.early > 0.99 && shares.late > 0.99, "{shares:?}");
}
