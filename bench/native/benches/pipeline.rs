//! What an event costs: refused for its organization, and accepted into a small and a large state.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use native_bench::{Chart, OWN, SignedIn, chart_updated, patient_updated};
use yewdux_socket::event::Patient;
use yewdux_socket::{Entity, EntitySlice, RealtimeSlice};

/// Events of a frame, as a server coalesces them.
const FRAME_EVENTS: usize = 64;

/// The JSON of an event of an organization, about a patient, at an offset.
type Event = fn(usize, usize, u64) -> String;

/// A client, what it folds its events into, and what it hears.
struct Subject<T> {
    client: SignedIn,
    state: EntitySlice<T>,
    event: Event,
    patients: usize,
    sent: usize,
    dice: u64,
}

impl<T: Entity> Subject<T> {
    /// One whose state has so many entities.
    fn new(event: Event, patients: usize) -> Self {
        let (client, state) = (SignedIn::new(), EntitySlice::default());
        let mut this = Self { client, state, event, patients, sent: 0, dice: 7 };
        while this.sent < patients {
            let frame = this.frame();
            this.apply(frame);
        }
        this
    }

    /// A frame of events: first one for each patient, then for patients at random, since what is visited in the order in
    /// which it was made is in the cache before it is asked for.
    fn frame(&mut self) -> String {
        let events = (0..FRAME_EVENTS).map(|_| {
            let patient = if self.sent < self.patients { self.sent } else { self.at_random() };
            self.sent += 1;
            (self.event)(0, patient, self.sent as u64)
        });
        format!("[{}]", events.collect::<Vec<_>>().join(","))
    }

    /// One of the patients: by the bits of a linear congruential generator that repeat last.
    fn at_random(&mut self) -> usize {
        self.dice = self
            .dice
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.dice >> 33) as usize % self.patients
    }

    fn apply(&mut self, frame: String) {
        self.state.apply(self.client.hear(frame.into_bytes()));
    }
}

fn accepted<T: Entity>(criterion: &mut Criterion, name: &str, event: Event) {
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(FRAME_EVENTS as u64));
    for patients in [1_000, 10_000, 100_000] {
        let mut subject = Subject::<T>::new(event, patients);
        group.bench_function(format!("accepted, {patients} entities"), |bencher| {
            bencher.iter_custom(|frames| {
                let mut time = Duration::ZERO;
                for _ in 0..frames {
                    // The state before is kept as by a component that shows it.
                    let (frame, before) = (subject.frame(), subject.state.clone());
                    let start = Instant::now();
                    subject.apply(frame);
                    drop(before);
                    time += start.elapsed();
                }
                time
            });
        });
    }
    let mut client = SignedIn::new();
    let foreign = [event(OWN, 1, 1).as_str(); FRAME_EVENTS].join(",");
    let foreign = format!("[{foreign}]");
    group.bench_function("foreign", |bencher| {
        bencher.iter_custom(|frames| {
            let mut time = Duration::ZERO;
            for _ in 0..frames {
                let frame = foreign.clone().into_bytes();
                let start = Instant::now();
                black_box(client.hear(frame).len());
                time += start.elapsed();
            }
            time
        });
    });
    group.finish();
}

fn pipeline(criterion: &mut Criterion) {
    accepted::<Patient>(criterion, "64 events of 230 bytes", patient_updated);
    accepted::<Chart>(criterion, "64 events of 1 kB", chart_updated);
}

criterion_group!(benches, pipeline);
criterion_main!(benches);
