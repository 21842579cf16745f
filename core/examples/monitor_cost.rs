//! What the performance monitor costs: the same frames through clients with and without it, in turns.
//!
//! ```sh
//! cargo run --release --package yewdux-socket-core --features monitor --example monitor_cost
//! ```
//!
//! It is measured against the client alone, without slices and rendering, of which the monitor is the larger part.

#![expect(clippy::print_stdout, clippy::expect_used, reason = "a program for developers")]

use std::fmt::Write;
use std::time::{Duration, Instant};

use yewdux_socket_core::config::MonitorConfig;
use yewdux_socket_core::monitor::{CommitRecord, ConnectionMetrics, PerformanceMonitor};
use yewdux_socket_core::wire::Token;
use yewdux_socket_core::{
    Client, Config, ConnectOptions, Effect, Inbound, Input, Now, SocketId, Timestamp,
};

const ROUNDS: usize = 61;
/// Events of one client in one round.
const EVENTS: usize = 19_200;
const WALL: i64 = 1_790_000_000_000;

const WELCOME: &str = r#"{"type":"$welcome","protocol":1,"session":"s","userId":"ana","organizations":[{"id":"north","name":"North","roles":["nurse"]}],"heartbeatMs":15000,"maxFrameBytes":1048576,"emitRate":{"perSecond":50,"burst":100},"maxInFlight":64,"dedupeMs":86400000,"resumed":{"north":false},"capabilities":[]}"#;

/// A client that is signed in, and its monitor.
struct Side {
    client: Client,
    socket: Option<SocketId>,
    monitor: PerformanceMonitor,
    offset: u64,
    begun: Instant,
}

impl Side {
    fn new(enabled: bool) -> Self {
        let mut monitor = MonitorConfig::default();
        monitor.enabled = enabled;
        let mut config = Config::default();
        config.registry.add_builtin();
        let mut side = Self {
            client: Client::new(config, [7; 32]),
            socket: None,
            monitor: PerformanceMonitor::new(monitor),
            offset: 0,
            begun: Instant::now(),
        };
        side.client.step(side.now(), Input::Connect(ConnectOptions::default()));
        while let Some(effect) = side.client.poll_effect() {
            let input = match effect {
                Effect::FetchToken { attempt, .. } => {
                    Input::Token { attempt, result: Ok(Token::new("token")) }
                }
                Effect::Open { socket } => {
                    side.socket = Some(socket);
                    Input::Opened { socket }
                }
                _ => continue,
            };
            side.client.step(side.now(), input);
        }
        side.frame(WELCOME.into());
        while side.client.poll_effect().is_some() {}
        side
    }

    fn now(&self) -> Now {
        let monotonic = self.begun.elapsed();
        Now { monotonic, wall: Timestamp::from_millis(WALL).after(monotonic) }
    }

    fn frame(&mut self, data: Vec<u8>) {
        let socket = self.socket.expect("it is signed in");
        self.client.step(self.now(), Input::Frame { socket, data });
    }

    /// Frames with so many events each.
    fn frames(&mut self, events: usize) -> Vec<Vec<u8>> {
        let mut frames = Vec::new();
        for _ in 0..EVENTS / events {
            let mut frame = String::from("[");
            for index in 0..events {
                self.offset += 1;
                let offset = self.offset;
                let comma = if index == 0 { "" } else { "," };
                write!(
                    frame,
                    r#"{comma}{{"type":"patient_updated","timestamp":"2026-09-21T14:13:20.123Z","organizationId":"north","offset":{offset},"epoch":"e","patient":{{"id":"north-{:03}","name":"Ida Holm","ward":"Cardiology","status":"stable","heartRate":{}}}}}"#,
                    offset % 500,
                    60 + offset % 60,
                )
                .expect("a string takes all");
            }
            frame.push(']');
            frames.push(frame.into_bytes());
        }
        frames
    }

    /// The time that the frames take, with a commit after each so many of them.
    fn run(&mut self, frames: Vec<Vec<u8>>, frames_a_commit: usize) -> Duration {
        let started = Instant::now();
        let mut batch = Vec::new();
        for (index, data) in frames.into_iter().enumerate() {
            self.frame(data);
            while let Some(effect) = self.client.poll_effect() {
                if let Effect::Deliver(Inbound::Event(event)) = effect {
                    batch.push(event);
                }
            }
            if (index + 1) % frames_a_commit == 0 {
                // As the driver does: a commit reads the clock anyway, the monitor once more, and looks once a second.
                let began = self.begun.elapsed();
                if self.monitor.is_enabled() {
                    let ended = self.begun.elapsed();
                    let server_time = Some(Timestamp::from_millis(WALL).after(ended));
                    let live_since = Some(Timestamp::from_millis(0));
                    let commit = CommitRecord { began, ended, server_time, live_since };
                    self.monitor.record_commit(&commit, &batch);
                    if self.monitor.is_due(ended) {
                        let mut metrics = ConnectionMetrics::default();
                        metrics.health = self.client.health();
                        metrics.counters = self.client.metrics();
                        self.monitor.record_connection_metrics(ended, &metrics);
                    }
                }
                batch.clear();
            }
        }
        started.elapsed()
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    println!(
        "events a frame | frames a commit | without, µs an event | monitor, ns an event | share"
    );
    for (events, frames_a_commit) in [(64, 1), (64, 4), (1, 16), (1, 1)] {
        let (mut off, mut on) = (Side::new(false), Side::new(true));
        let (mut plain, mut difference) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            let (frames_off, frames_on) = (off.frames(events), on.frames(events));
            // Whoever goes first finds the caches as the other one left them: they take turns.
            let (without, with) = if round % 2 == 0 {
                let without = off.run(frames_off, frames_a_commit);
                (without, on.run(frames_on, frames_a_commit))
            } else {
                let with = on.run(frames_on, frames_a_commit);
                (off.run(frames_off, frames_a_commit), with)
            };
            #[expect(clippy::cast_precision_loss, reason = "a small number")]
            let each = |time: Duration| time.as_secs_f64() * 1e9 / EVENTS as f64;
            plain.push(each(without));
            difference.push(each(with) - each(without));
        }
        assert_eq!(on.monitor.event_processing_stats().processing.count, (ROUNDS * EVENTS) as u64);
        let (plain, difference) = (median(plain), median(difference));
        println!(
            "{events:14} | {frames_a_commit:15} | {:20.2} | {difference:20.1} | {:.1} %",
            plain / 1_000.0,
            difference / plain * 100.0
        );
    }
}
