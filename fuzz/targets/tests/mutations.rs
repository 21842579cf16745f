//! Damaged frames through a whole client, which is connected and usable afterwards.
//!
//! 50 000 frames by default; `MUTATED_FRAMES` and `MUTATION_SEED` choose otherwise, as `cargo xtask fuzz --frames` does.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stdout, reason = "whoever runs the test is to read it")]

use std::cell::Cell;
use std::time::Duration;

use fastrand::Rng;
use yewdux_socket_core::wire::{AckStatus, Token};
use yewdux_socket_core::{ConnectOptions, Input, Status};
use yewdux_socket_fuzz::client::Page;
use yewdux_socket_fuzz::{mutate, session};

/// Frames of one session, at most.
const SESSION: u64 = 200;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().expect("a number"))
}

/// Says which session failed, if one does.
struct Told<'a>(&'a Cell<u64>);

impl Drop for Told<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("to repeat it: MUTATION_SEED={} MUTATED_FRAMES={SESSION}", self.0.get());
        }
    }
}

/// Connected, with the state of both organizations.
fn connected(seed: u64) -> Page {
    let mut page = Page::new(&seed.to_le_bytes());
    page.step(Input::Connect(ConnectOptions::default()));
    page.loaded(Ok(()));
    let token = Token::new(page.token());
    page.answer(Ok(token));
    page.open();
    page.welcome(&["north", "south"]);
    page.snapshots(0);
    assert_eq!(page.client().connection_state().status, Status::Connected);
    page
}

/// What else happens between two frames.
fn live(page: &mut Page, rng: &mut Rng) {
    match rng.u8(..16) {
        0 => page.emit(
            "north",
            r#"{"patient":{"id":"p1","name":"Ida","ward":"B2","status":"stable","heartRate":70}}"#,
        ),
        1 => page.ack(AckStatus::Accepted),
        2 => page.snapshots(rng.u64(..8)),
        3 => page.pong(),
        4 => page.pass(Duration::from_millis(rng.u64(..20_000))),
        5..8 => page.say(session::event_without_place("north").into()),
        _ => {}
    }
}

#[test]
fn after_damaged_frames_the_client_is_connected_and_usable() {
    let (frames, first) = (setting("MUTATED_FRAMES", 50_000), setting("MUTATION_SEED", 0));
    let mut honest = session::server_frames();
    honest.push(session::welcome(&["north", "south"]));
    let seed = Cell::new(first);
    let _told = Told(&seed);
    let (mut left, mut given_up, mut delivered, mut refused) = (frames, 0, 0, 0);
    while left > 0 {
        let mut rng = Rng::with_seed(seed.get());
        let mut page = connected(seed.get());
        for _ in 0..SESSION.min(left) {
            page.say(mutate::damaged(&mut rng, &honest));
            left -= 1;
            live(&mut page, &mut rng);
            if page.client().connection_state().status != Status::Connected {
                given_up += 1;
                page.connects();
            }
        }
        page.connects();
        page.delivers();
        let metrics = page.client().metrics();
        delivered += metrics.events_delivered;
        refused += metrics.dropped_invalid + metrics.dropped_foreign;
        page.finish();
        seed.set(seed.get() + 1);
    }
    let told = format!("{delivered} delivered, {refused} refused, {given_up} connections lost");
    println!("{frames} damaged frames: {told}");
    // Damage that is always noticed, or never, would not test much.
    assert!(
        delivered > frames / 50 && refused > frames / 10 && given_up > frames / 1_000,
        "{told}"
    );
}

#[test]
fn a_frame_over_the_limit_ends_the_connection_which_comes_back() {
    let mut page = connected(0);
    page.say(vec![b' '; (1 << 20) + 1]);
    let codes: Vec<_> =
        page.client().recent_errors().iter().map(|report| report.error.code()).collect();
    assert!(codes.contains(&"frame_too_large"), "{codes:?}");
    page.connects();
    page.delivers();
}
