//! A deterministic simulation: real clients, a network and a server on a virtual clock, under random schedules of
//! faults. After every step the guarantees of the architecture are checked; at the end everybody must hold what a
//! new client would be given.
//!
//! - `action`, `generate`, `dice`: schedules. An action holds its random choices, so that a failing schedule can be
//!   shortened by leaving actions out.
//! - `world`, `page`, `happen`, `finish`: what happens, in the order of true time.
//! - `device`, `clock`, `link`, `server`, `stream`, `names`: what there is.
//! - `storage`: what browsers keep over reloads, and what must hold about it. `outbox`: what a page knows of it.
//! - `sight`, `fold`, `book`, `check`: what must hold: who may see what, state and order inbound, fate and order
//!   outbound, bounds.
//! - `audit`: the audit logs, with the feature of that name.
//! - `recovery`: another recovery strategy than the default one.
//! - `run`, `watch`, `control`: many schedules, what is written down about them, and the clients' safeguards.
//!
//! `SIMULATION_SCHEDULES` says how many schedules run, `SIMULATION_SEED` where they begin.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_possible_wrap,
    reason = "the numbers of a simulation are small"
)]
#![allow(clippy::expect_used, reason = "a simulation that is wrong itself should say so")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it talks to whoever runs it")]

mod action;
#[cfg(feature = "audit")]
mod audit;
mod book;
mod check;
mod clock;
mod control;
mod device;
mod dice;
mod finish;
mod fold;
mod generate;
mod happen;
mod link;
mod names;
mod outbox;
mod page;
mod recovery;
mod run;
mod server;
mod sight;
mod storage;
mod stream;
mod watch;
mod world;

use std::hash::DefaultHasher;
use std::io::{IsTerminal as _, Write as _};
use std::time::Instant;

use action::{Action, Schedule};
use control::{Breach, Control};
use run::{Totals, explain, keeping, run, run_all, simulating};
use watch::Trace;

const DEFAULT_SCHEDULES: u64 = 10_000;
/// How many schedules must have seen everything, and found every missing safeguard.
const COVERING: u64 = 1_000;

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

fn summary(totals: &Totals, started: Instant) -> String {
    use std::fmt::Write as _;
    let seconds = started.elapsed().as_secs_f64();
    let mut text = String::new();
    let rate = totals.schedules as f64 / seconds;
    let _ = writeln!(text, "{} schedules in {seconds:.1} s, {rate:.0}/s", totals.schedules);
    for (name, count) in &totals.counts {
        let _ = writeln!(text, "{count:12} {name}");
    }
    text
}

fn assert_held(totals: Totals) {
    if let Some((seed, violation)) = totals.failure {
        let text = simulating(|| explain(seed, Control::default(), &violation));
        panic!("{text}");
    }
}

#[test]
fn guarantees_hold_under_random_schedules() {
    let started = Instant::now();
    let first = number("SIMULATION_SEED").unwrap_or(0);
    let schedules = number("SIMULATION_SCHEDULES").unwrap_or(DEFAULT_SCHEDULES);
    let shows = std::io::stderr().is_terminal();
    let totals = run_all(first..first + schedules, Control::default(), |done| {
        if shows && done % 1_000 == 0 {
            eprint!("\r{done} schedules");
            let _ = std::io::stderr().flush();
        }
    });
    println!("{}", summary(&totals, started));
    assert_held(totals);
}

/// Runs the one schedule of `SIMULATION_SEED`, or those of its steps that `SIMULATION_STEPS` names, and prints
/// what happens.
#[test]
#[ignore = "it replays the one schedule that SIMULATION_SEED names"]
fn replay() {
    let seed = number("SIMULATION_SEED").expect("SIMULATION_SEED names a schedule");
    let mut schedule = Schedule::of(seed);
    if let Ok(steps) = std::env::var("SIMULATION_STEPS") {
        let kept: Result<Vec<usize>, _> = steps.split(',').map(str::parse).collect();
        schedule = keeping(&schedule, &kept.expect("`SIMULATION_STEPS` is a list of numbers"));
    }
    let (result, _) = simulating(|| run(&schedule, Control::default(), Trace::Lines));
    if let Err(violation) = result {
        panic!("schedule {seed} violates {violation}");
    }
}

#[test]
fn a_seed_always_leads_to_the_same() {
    simulating(|| {
        for seed in 0..50 {
            let hash = || {
                let trace = Trace::Hash(DefaultHasher::new());
                run(&Schedule::of(seed), Control::default(), trace).1.hash()
            };
            assert_eq!(hash(), hash(), "schedule {seed}");
        }
    });
}

#[test]
fn everything_happens() {
    let totals = run_all(0..COVERING, Control::default(), |_| ());
    let seen = [
        "outcome: acknowledged",
        "outcome: rejected",
        "outcome: expired",
        "outcome: unconfirmed",
        "outcome: discarded",
        "delivered: event",
        "delivered: snapshot",
        "delivered: purge",
        "delivered: purge of everything",
        "resyncs",
        "duplicates dropped",
        "foreign events dropped",
        "presence repaired",
        "arrived on an old socket",
        "could not be opened",
        "gave up",
        "not_signed_in",
        "queue_full",
        "rate_limited",
        "foreign_organization",
        "offline",
        "restored",
        "restored: in effect",
        "restored: not in effect",
        "not_subscribed",
        "signed out elsewhere",
        "server: fenced",
        "server: key known",
        "server: not permitted",
        "server: not resumed",
        "server: presence corrupted",
        "server: presence snapshot",
        "server: renewal refused",
        "server: resumed",
        "server: session continued",
        "server: session of another user",
        "server: session unknown",
        "server: snapshot",
        "server: token refused",
        "server: token renewed",
        "storage: erased",
        "storage: erased as held",
        "storage: full",
        "storage: held elsewhere",
        "storage: load failed",
        "storage: loaded",
        "storage: loaded late",
        "storage: lost under a page",
        "storage: lost with the page",
        "storage: not held",
        "storage: records refused",
        "storage: released",
        "storage: store failed",
        "storage: stored",
    ];
    let audit: &[&str] = if cfg!(feature = "audit") {
        &["audit: taken", "audit: not taken", "audit: head countersigned", "audit: chains verified"]
    } else {
        &[]
    };
    let names = Action::NAMES.iter().chain(&seen).chain(audit);
    let missing: Vec<_> = names.filter(|name| !totals.counts.contains_key(*name)).collect();
    assert!(missing.is_empty(), "never seen: {missing:?}");
    assert_held(totals);
}

/// Storage that breaks its word must be noticed; so a client that does would be.
#[test]
fn storage_that_is_not_durable_is_noticed() {
    for breach in Breach::ALL {
        let totals = run_all(0..COVERING, Control::of_storage(breach), |_| ());
        let Some((seed, violation)) = totals.failure else {
            panic!("{COVERING} schedules did not notice that storage {breach:?}");
        };
        println!("where storage {breach:?}, schedule {seed} violates {violation}");
    }
}

#[cfg(feature = "controls")]
mod controls {
    use yewdux_socket_core::safeguards::Safeguard;

    use super::*;

    /// Jitter is missed by a storm and by nothing else.
    const SAFEGUARDS: [Safeguard; 5] = [
        Safeguard::Deduplication,
        Safeguard::Resume,
        Safeguard::Order,
        Safeguard::Purge,
        Safeguard::Expiry,
    ];

    #[test]
    fn a_missing_safeguard_is_noticed() {
        for safeguard in SAFEGUARDS {
            let control = Control { without: Some(safeguard), ..Control::default() };
            let totals = run_all(0..COVERING, control, |_| ());
            let Some((seed, violation)) = totals.failure else {
                panic!("{COVERING} schedules did not notice that {safeguard:?} is missing");
            };
            println!("without {safeguard:?}, schedule {seed} violates {violation}");
        }
    }
}
