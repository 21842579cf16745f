//! Running schedules: one, many at once, and a failing one in ever shorter forms.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, Once};
use std::thread;
use std::time::Duration;

use crate::action::{Schedule, Step};
use crate::control::Control;
use crate::watch::{Check, Trace, Violation, Watch, rule};
use crate::world::World;

thread_local! {
    /// The message of the last panic, where panics are part of the business.
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}
static HOOK: Once = Once::new();
const SIMULATION: &str = "simulation";

/// Panics of simulating threads are kept instead of printed.
fn keep_panics() {
    HOOK.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if thread::current().name() == Some(SIMULATION) {
                PANIC.set(Some(info.to_string()));
            } else {
                print(info);
            }
        }));
    });
}

/// Runs a schedule. Call it on a thread of [`simulating`].
pub(crate) fn run(schedule: &Schedule, control: Control, trace: Trace) -> (Check, Watch) {
    let mut world = World::new(schedule.seed, &schedule.setup, control, trace);
    let result = panic::catch_unwind(AssertUnwindSafe(|| {
        for Step { after_ms, action } in &schedule.steps {
            world.pass(Duration::from_millis(*after_ms))?;
            world.happen(action)?;
        }
        world.finish()
    }));
    let result = result.unwrap_or_else(|_| {
        let what = PANIC.take().unwrap_or_default();
        Err(Violation { rule: rule::PANIC, what })
    });
    (result, world.watch)
}

/// Runs something on a thread whose panics are not printed.
pub(crate) fn simulating<T: Send>(body: impl FnOnce() -> T + Send) -> T {
    keep_panics();
    thread::scope(|scope| {
        let builder = thread::Builder::new().name(SIMULATION.to_owned());
        let thread = builder.spawn_scoped(scope, body).expect("a thread can be made");
        thread.join().expect("panics are caught")
    })
}

/// What many schedules came to.
#[derive(Default)]
pub(crate) struct Totals {
    pub(crate) schedules: u64,
    pub(crate) counts: BTreeMap<&'static str, u64>,
    /// The lowest seed that failed, and why.
    pub(crate) failure: Option<(u64, Violation)>,
}

/// Runs the schedules of many seeds on all cores, up to the first that fails.
pub(crate) fn run_all(
    seeds: Range<u64>,
    control: Control,
    progress: impl Fn(u64) + Sync,
) -> Totals {
    keep_panics();
    let (next, stop) = (AtomicU64::new(seeds.start), AtomicBool::new(false));
    let totals = Mutex::new(Totals::default());
    let work = || {
        while !stop.load(Ordering::Relaxed) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                break;
            }
            let (result, watch) = run(&Schedule::of(seed), control, Trace::Off);
            let mut totals = totals.lock().expect("nobody panics with it");
            totals.schedules += 1;
            for (name, count) in watch.counts {
                *totals.counts.entry(name).or_default() += count;
            }
            if let Err(violation) = result {
                stop.store(true, Ordering::Relaxed);
                if totals.failure.as_ref().is_none_or(|(first, _)| seed < *first) {
                    totals.failure = Some((seed, violation));
                }
            }
            progress(totals.schedules);
        }
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..cores {
            let builder = thread::Builder::new().name(SIMULATION.to_owned());
            builder.spawn_scoped(scope, work).expect("a thread can be made");
        }
    });
    totals.into_inner().expect("nobody panics with it")
}

/// The shortest form of a failing schedule that still violates the same guarantee: steps are left out in chunks
/// that become smaller (Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002).
/// Returns the indices of the steps that are left, and the violation.
pub(crate) fn shrink(
    schedule: &Schedule,
    control: Control,
    violation: Violation,
) -> (Vec<usize>, Violation) {
    let mut kept: Vec<usize> = (0..schedule.steps.len()).collect();
    let mut violation = violation;
    let mut chunk = kept.len();
    while chunk > 0 {
        let mut start = 0;
        let mut is_shorter = false;
        while start < kept.len() {
            let mut fewer = kept.clone();
            fewer.drain(start..(start + chunk).min(fewer.len()));
            match run(&keeping(schedule, &fewer), control, Trace::Off).0 {
                Err(found) if found.rule == violation.rule => {
                    (kept, violation, is_shorter) = (fewer, found, true);
                }
                _ => start += chunk,
            }
        }
        if !is_shorter || chunk > 1 {
            chunk /= 2;
        }
    }
    (kept, violation)
}

/// The schedule with only some of its steps. The time before the others passes all the same.
pub(crate) fn keeping(schedule: &Schedule, kept: &[usize]) -> Schedule {
    let mut steps = Vec::new();
    let mut after_ms = 0;
    for (index, step) in schedule.steps.iter().enumerate() {
        after_ms += step.after_ms;
        if kept.contains(&index) {
            steps.push(Step { after_ms: std::mem::take(&mut after_ms), ..step.clone() });
        }
    }
    Schedule { steps, ..schedule.clone() }
}

/// What to print of a failure: the shortest schedule, and how to run it again.
pub(crate) fn explain(seed: u64, control: Control, violation: &Violation) -> String {
    let schedule = Schedule::of(seed);
    let (kept, found) = shrink(&schedule, control, violation.clone());
    let mut text = format!("schedule {seed} violates {violation}\n");
    let _ = writeln!(text, "shrunk from {} to {} steps:", schedule.steps.len(), kept.len());
    let _ = writeln!(text, "{:?}", schedule.setup);
    for (step, index) in keeping(&schedule, &kept).steps.iter().zip(&kept) {
        let _ = writeln!(text, "  {index:3}: after {} ms {:?}", step.after_ms, step.action);
    }
    let _ = writeln!(text, "which violates {found}");
    let kept: Vec<_> = kept.iter().map(usize::to_string).collect();
    let command =
        "cargo test -p yewdux-socket-core --test simulation replay -- --ignored --nocapture";
    let _ = writeln!(text, "whole: SIMULATION_SEED={seed} {command}");
    let kept = kept.join(",");
    let _ = writeln!(text, "shrunk: SIMULATION_SEED={seed} SIMULATION_STEPS={kept} {command}");
    text
}
