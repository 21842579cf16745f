//! What a frame may cost in memory: at most four times its size and 4 KiB, at the worst moment of its decoding, above
//! what stays as state or waits to be delivered.
//!
//! Lists of organizations are an exception. What the server says of them becomes state in several places, and an id or a
//! role takes more memory than its text however it is kept. There the number of entries is bounded.
//!
//! The counting allocator is the whole program's, so this is a program of its own. It counts a block that is moved to
//! grow as two until the old one is given back.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use allocation_counter::measure;
use fastrand::Rng;
use serde_json::value::RawValue;
use yewdux_socket_core::wire::{Token, decode_client, decode_expected, split_frame};
use yewdux_socket_core::{Client, Config, ConnectOptions, Effect, Input, Now, SocketId};
use yewdux_socket_fuzz::{Target, mutate, session};

/// Bytes beside the multiple of the frame.
const ALLOWANCE: u64 = 4 * 1024;
/// How many times the frame.
const FACTOR: u64 = 4;

/// What lists of organizations and roles may cost above that.
const LISTS: u64 = 256 * 1024;

fn bound(frame: &[u8]) -> u64 {
    FACTOR * frame.len() as u64 + ALLOWANCE
}

/// A client that is connected, and the frame's way into it.
struct Live {
    client: Client,
    socket: SocketId,
}

const NOW: Now = Now { monotonic: std::time::Duration::ZERO, wall: session::START };

impl Live {
    fn new() -> Self {
        let mut config = Config::default();
        config.registry.add_builtin();
        let mut client = Client::new(config, [7; 32]);
        let mut live = None;
        client.step(NOW, Input::Connect(ConnectOptions::default()));
        while let Some(effect) = client.poll_effect() {
            match effect {
                Effect::FetchToken { attempt, .. } => {
                    client.step(NOW, Input::Token { attempt, result: Ok(Token::new("t")) });
                }
                Effect::Open { socket } => {
                    live = Some(socket);
                    client.step(NOW, Input::Opened { socket });
                    let data = session::welcome(&["north", "south"]).into();
                    client.step(NOW, Input::Frame { socket, data });
                }
                _ => {}
            }
        }
        for (id, organization) in [(1, "north"), (2, "south")] {
            let data = session::snapshot(id, organization, 0).into();
            client.step(NOW, Input::Frame { socket: live.unwrap(), data });
        }
        let mut live = Self { client, socket: live.unwrap() };
        // The logs of what could not be read are as full as they may become: what they hold is state.
        let unreadable: Vec<_> = (0..1_000).map(|number| number.to_string()).collect();
        live.take_in(format!("[{}]", unreadable.join(",")).as_bytes());
        while live.client.poll_effect().is_some() {}
        live
    }

    /// The bytes at the worst moment of a frame, above what stays. The frame itself is not counted.
    fn take_in(&mut self, frame: &[u8]) -> u64 {
        let input = Input::Frame { socket: self.socket, data: frame.to_vec() };
        let info = measure(|| self.client.step(NOW, input));
        // The frame's own bytes were there before, and are given back.
        let stays = info.bytes_current + i64::try_from(frame.len()).unwrap();
        info.bytes_max.saturating_sub(u64::try_from(stays).unwrap_or(0))
    }
}

fn check(name: &str, frame: &[u8], bound: u64) {
    let read = measure(|| {
        for item in split_frame(frame).map_while(Result::ok) {
            // The entries of a snapshot that was asked for are state, until it is whole and delivered.
            let _ = decode_expected(item, &|_, _| false);
            let _ = decode_client(item);
        }
    });
    assert_eq!(read.bytes_current, 0, "{name}: something stays of what was only read");
    let (read, taken) = (read.bytes_max, Live::new().take_in(frame));
    let bytes = frame.len();
    assert!(
        read.max(taken) <= bound,
        "{name}: {bytes} bytes cost {read} to decode and {taken} in the client, and may cost {bound}"
    );
}

#[test]
fn no_committed_input_costs_more() {
    for target in [Target::Wire, Target::Server] {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus").join(target.name());
        for file in fs::read_dir(directory).unwrap() {
            let path = file.unwrap().path();
            let input = fs::read(&path).unwrap();
            check(&path.display().to_string(), &input, bound(&input));
        }
    }
}

#[test]
fn no_damaged_frame_costs_more() {
    let honest = session::server_frames();
    let mut rng = Rng::with_seed(1);
    for number in 0..2_000 {
        let frame = mutate::damaged(&mut rng, &honest);
        check(&format!("damaged frame {number}"), &frame, bound(&frame));
    }
}

/// What a frame is made of: its name, how it begins, what is repeated, and how it ends.
type Shape = (&'static str, &'static str, &'static str, &'static str);

const EVENT: &str = r#"{"type":"user_offline","timestamp":"2026-11-23T08:00:00Z","organizationId":"north","userId":"b"}"#;
const TYPED: &str = r#"{"timestamp":"2026-11-23T08:00:00Z","type":""#;
const SNAPSHOT: &str = r#"{"type":"$snapshot","id":99,"organizationId":"north","epoch":"e","offset":1,"done":true,"topics":{"#;
const ENTRIES: &str = r#"{"type":"$snapshot","id":99,"organizationId":"north","epoch":"e","offset":1,"done":true,"topics":{"presence":["#;
const WELCOME: &str = r#"{"type":"$welcome","protocol":1,"session":"s","userId":"ana","organizations":[],"capabilities":["#;
const MEMBERSHIP: &str = r#"{"type":"$membership","organizations":["#;

const SHAPES: [Shape; 17] = [
    ("blank", "", " ", ""),
    ("open arrays", "", "[", ""),
    ("numbers", "[", "1,", "1]"),
    ("objects", "[", "{},", "{}]"),
    ("pings", "[", r#"{"type":"$ping","id":1},"#, "1]"),
    ("acks", "[", r#"{"type":"$ack","id":"a","status":"accepted"},"#, "1]"),
    ("unknown words", "[", r#"{"type":"$a"},"#, "1]"),
    ("unknown types", "[", r#"{"type":"a","timestamp":"2026-11-23T08:00:00Z"},"#, "1]"),
    ("a long type", TYPED, "a", r#""}"#),
    ("a long type by escapes", TYPED, r"\u0061", r#""}"#),
    (
        "a long id by escapes",
        r#"{"type":"$error","message":"","code":"a","organizationId":""#,
        r"\u0061",
        r#""}"#,
    ),
    ("an error with long words", r#"{"type":"$error","code":"a","message":""#, r"\n", r#""}"#),
    (
        "unknown fields",
        r#"{"type":"a","timestamp":"2026-11-23T08:00:00Z""#,
        r#","a":[1,{"b":2}]"#,
        "}",
    ),
    ("capabilities", WELCOME, r#""","#, r#"""]}"#),
    ("entries that nobody asked for", ENTRIES, "1,", "1]}}"),
    ("topics that nobody asked for", SNAPSHOT, r#""a":[],"#, r#""a":[]}}"#),
    (
        "digests",
        r#"{"type":"$pong","id":99,"presence":{"#,
        r#""a":{"epoch":"e","offset":1,"users":1,"digest":"0000000000000000"},"#,
        r#""b":0}}"#,
    ),
];

/// Those that are no JSON.
const MALFORMED: [&str; 2] = ["blank", "open arrays"];

/// Those that list organizations.
const LISTED: [Shape; 4] = [
    ("memberships", MEMBERSHIP, r#"{"id":"a","name":""},"#, r#"{"id":"a","name":""}]}"#),
    (
        "memberships with roles",
        MEMBERSHIP,
        r#"{"id":"a","name":"","roles":["","",""]},"#,
        r#"{"id":"a","name":""}]}"#,
    ),
    (
        "roles",
        r#"{"type":"$membership","organizations":[{"id":"a","name":"","roles":["#,
        r#""","#,
        r#"""]}]}"#,
    ),
    ("subscribed", r#"{"type":"$subscribed","organizations":["#, r#""a","#, r#""a"]}"#),
];

/// A frame of about this size.
fn frame((_, before, item, after): Shape, size: usize) -> Vec<u8> {
    let room = size.saturating_sub(before.len() + after.len());
    [before, &item.repeat(room / item.len()), after].concat().into_bytes()
}

#[test]
fn no_shape_costs_more_whatever_its_size() {
    let honest = [session::patient("north", session::EPOCH, 1, "p1", 72), EVENT.to_owned()];
    for size in [1, 100, 1_000, 3_000, 10_000, 100_000, 1_000_000] {
        for shape in SHAPES {
            let frame = frame(shape, size);
            let is_json = serde_json::from_slice::<&RawValue>(&frame).is_ok();
            assert!(
                is_json || MALFORMED.contains(&shape.0),
                "{} is not what it should be",
                shape.0
            );
            check(shape.0, &frame, bound(&frame));
        }
        for shape in LISTED {
            let frame = frame(shape, size);
            check(shape.0, &frame, bound(&frame) + LISTS);
        }
        for event in &honest {
            let events = vec![event.as_str(); size.div_ceil(event.len())];
            let frame = format!("[{}]", events.join(","));
            check("events", frame.as_bytes(), bound(frame.as_bytes()));
        }
    }
}
