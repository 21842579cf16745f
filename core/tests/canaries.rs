//! What the client logs, and what its types print: ids, types, sizes and codes. Nothing of a payload, of what a person
//! wrote, or of a token.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chacha20::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use serde_json::{Value, json};
use tracing::Level;
use yewdux_socket_core::config::UnknownEvents;
use yewdux_socket_core::error::ConnectionError;
use yewdux_socket_core::wire::{RawJson, Token};
use yewdux_socket_core::{
    Client, Config, ConnectOptions, Effect, EmitRequest, Inbound, Input, Now, SocketId, Timestamp,
};

const MESSAGES: usize = 10_000;
/// In every field that is not an id, a type or a code.
const CANARY: &str = "canary";
const TOKEN: &str = "tokentokentoken";
/// What the application says is its own business, and yet no line of the log.
const REASON: &str = "the application's reason";

/// Everything that is written.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Written {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// One of each message that a server sends, canaries in all its texts.
fn messages() -> Vec<Value> {
    let user =
        json!({"id": "ben", "name": CANARY, "email": CANARY, "firstName": CANARY, "x": CANARY});
    let presence = json!({
        "userId": "ben", "user": user, "lastSeen": "2026-11-23T08:00:00Z", "socketCount": 1, "organizations": ["north"],
    });
    let patient = json!({
        "id": CANARY, "name": CANARY, "ward": CANARY, "status": "stable", "heartRate": 72, "diagnosis": CANARY,
    });
    let organizations = json!([{"id": "north", "name": CANARY, "roles": ["nurse"]}]);
    let mut messages = vec![
        json!({"type": "$ack", "id": "k", "status": "rejected", "code": "not_permitted", "reason": CANARY}),
        json!({"type": "$error", "code": "overloaded", "message": CANARY, "regarding": "$snapshot"}),
        json!({"type": "$membership", "organizations": organizations}),
        json!({"type": "$snapshot", "id": 1, "organizationId": "north", "epoch": "e", "offset": 0, "done": true,
            "topics": {"presence": [presence, {"userId": CANARY}], "patients": [patient, CANARY]}}),
        json!({"type": "$subscribed", "organizations": ["north"]}),
        json!({"type": "$later", "text": CANARY}),
        json!({"type": "$pong", "id": 1, "serverTime": "2026-11-23T08:00:00Z", "x": CANARY}),
    ];
    for (event_type, payload) in [
        ("user_updated", json!({"user": user})),
        ("user_online", json!({"userId": "ben", "user": presence})),
        ("user_offline", json!({"userId": "ben", "x": CANARY})),
        ("patient_updated", json!({"patient": patient})),
        ("patient_edited", json!({"patientId": CANARY, "ward": CANARY})),
        ("organization_updated", json!({"organization": {"id": "north", "name": CANARY}})),
        ("later_version", json!({"a": CANARY, "b": [CANARY, {"canary": CANARY}]})),
    ] {
        for organization in ["north", "research"] {
            let mut event = json!({
                "type": event_type, "organizationId": organization, "timestamp": "2026-11-23T08:00:00Z",
            });
            event.as_object_mut().unwrap().extend(payload.as_object().unwrap().clone());
            messages.push(event);
        }
    }
    messages
}

struct World {
    client: Client,
    now: Now,
    dice: ChaCha8Rng,
    socket: Option<SocketId>,
    printed: String,
    attempts: u64,
    /// What the server still has to say.
    answers: Vec<Value>,
}

/// What a server answers to a ping, to a request for a snapshot, and to `$connect`.
fn answer(frame: &str) -> Option<Value> {
    let asked: Value = serde_json::from_str(frame).unwrap();
    match asked["type"].as_str()? {
        "$ping" => Some(json!({"type": "$pong", "id": asked["id"]})),
        "$snapshot" => {
            let mut answer =
                messages().into_iter().find(|message| message["type"] == "$snapshot")?;
            answer["id"] = asked["id"].clone();
            Some(answer)
        }
        "$connect" => Some(json!({
            "type": "$welcome", "protocol": 1, "session": "s", "userId": "ana", "resumed": {},
            "organizations": [{"id": "north", "name": CANARY, "roles": ["nurse"]}],
            "capabilities": ["ack", "presence", "snapshot"],
        })),
        _ => None,
    }
}

impl World {
    fn step(&mut self, input: Input) {
        writeln!(self.printed, "{input:?}").unwrap();
        self.client.step(self.now, input);
        while let Some(effect) = self.client.poll_effect() {
            writeln!(self.printed, "{effect:?}").unwrap();
            match effect {
                Effect::FetchToken { attempt, .. } => {
                    self.attempts += 1;
                    let failed = self.attempts.is_multiple_of(5);
                    let result = if failed {
                        let reason = REASON.to_owned();
                        Err(ConnectionError::TokenUnavailable { reason, retryable: true })
                    } else {
                        Ok(Token::new(TOKEN))
                    };
                    self.client.step(self.now, Input::Token { attempt, result });
                }
                Effect::Open { socket } => {
                    self.socket = Some(socket);
                    self.client.step(self.now, Input::Opened { socket });
                }
                Effect::Send { frame, .. } => self.answers.extend(answer(&frame)),
                Effect::Deliver(Inbound::Event(event)) => {
                    writeln!(self.printed, "{event:?}").unwrap();
                }
                _ => {}
            }
        }
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.dice.next_u64() % u64::try_from(end).unwrap()).unwrap()
    }

    /// A message as it is, cut off, or with one value in the place of another.
    fn mangle(&mut self, message: &Value) -> Vec<u8> {
        let text = message.to_string();
        match self.below(4) {
            0 => text.as_bytes()[..self.below(text.len())].to_vec(),
            1 => text.replacen('"', "", 1).into_bytes(),
            2 => {
                let (from, to) = [
                    ("72", "\"canary\""),
                    ("\"canary\"", "7"),
                    ("\"stable\"", "\"canary\""),
                    ("[", "{"),
                ][self.below(4)];
                text.replace(from, to).into_bytes()
            }
            _ => text.into_bytes(),
        }
    }

    fn emit(&mut self, event_type: &str, payload: &Value) {
        let request = EmitRequest {
            event_type: event_type.into(),
            organization: Some(["north", "research"][self.below(2)].into()),
            payload: RawJson::of(payload).unwrap(),
        };
        let accepted = self.client.emit(self.now, &request);
        writeln!(self.printed, "{request:?} {accepted:?}").unwrap();
        self.step(Input::Tick);
    }
}

#[test]
fn ten_thousand_messages_with_canaries_leave_none_in_logs_and_debug_output() {
    let written = Written::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(Level::TRACE)
        .with_ansi(false)
        .with_writer({
            let written = written.clone();
            move || written.clone()
        })
        .finish();
    let printed = tracing::subscriber::with_default(subscriber, || {
        let mut config = Config::default();
        config.registry.add_builtin();
        config.topics = vec!["patients".to_owned()];
        config.unknown_events = UnknownEvents::Quarantine;
        let now = Now { monotonic: Duration::ZERO, wall: "2026-11-23T08:00:00Z".parse().unwrap() };
        let mut world = World {
            client: Client::new(config, [7; 32]),
            now,
            dice: ChaCha8Rng::seed_from_u64(1),
            socket: None,
            printed: String::new(),
            attempts: 0,
            answers: Vec::new(),
        };
        let messages = messages();
        for number in 0..MESSAGES {
            world.now.monotonic += Duration::from_millis(500);
            world.now.wall = Timestamp::from_millis(world.now.wall.as_millis() + 500);
            if number % 50 == 0 {
                world.step(Input::Connect(ConnectOptions::default()));
            }
            while let (Some(socket), Some(answer)) = (world.socket, world.answers.pop()) {
                world.step(Input::Frame { socket, data: answer.to_string().into_bytes() });
            }
            let message = &messages[number % messages.len()];
            let data = world.mangle(message);
            if let Some(socket) = world.socket {
                world.step(Input::Frame { socket, data });
            }
            match number % 20 {
                3 => world.emit("patient_edited", &json!({"patientId": "p", "ward": CANARY})),
                7 => world.emit(
                    "patient_edited",
                    &json!({"patientId": CANARY.repeat(100), "ward": CANARY}),
                ),
                11 => world.emit(
                    "organization_updated",
                    &json!({"organization": {"id": "north", "name": CANARY}}),
                ),
                13 => world.emit(CANARY, &json!({"x": CANARY})),
                _ => {}
            }
            if number % 500 == 499 {
                let quarantine = world.client.quarantine();
                assert!(!quarantine.is_empty());
                writeln!(world.printed, "{quarantine:?}").unwrap();
                world.step(if number % 1_000 == 999 { Input::SignOut } else { Input::Reconnect });
            }
        }
        let client = &world.client;
        writeln!(world.printed, "{client:?} {:?}", client.metrics()).unwrap();
        assert!(client.metrics().events_delivered > 500, "{:?}", client.metrics());
        assert!(client.metrics().dropped_invalid > 1_000, "{:?}", client.metrics());
        // An event type that nobody registered is part of the request, as a type.
        world.printed.replace(&format!("event_type: \"{CANARY}\""), "")
    });
    let log = written.text();
    for level in ["INFO", "WARN", "DEBUG"] {
        assert!(log.contains(level), "something is logged at {level}");
    }
    assert!(!log.contains(REASON));
    for (what, text) in [("log", &log), ("Debug output", &printed)] {
        for secret in [CANARY, TOKEN] {
            let line = text.lines().find(|line| line.contains(secret));
            assert_eq!(line, None, "the {what} holds `{secret}`");
        }
    }
}
