//! What an event costs: refused for its organization, and accepted into a small and a large state.

use std::cell::RefCell;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use native_bench::{OWN, SignedIn, patient_updated};
use yewdux_socket::event::Patient;
use yewdux_socket::{EntitySlice, RealtimeSlice};

/// Bytes of text that make an event one of about 1 kB.
const MORE: usize = 780;
const FRAME_EVENTS: usize = 64;

/// The patient of the n-th event: spread, and each as often as another.
fn spread(number: usize, patients: usize) -> usize {
    number.wrapping_mul(2_654_435_761) % patients
}

/// Events of 1 kB one by one: what is not the user's against what is decoded, validated and applied.
fn foreign_and_accepted(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("event of 1 kB");
    let mut offset = 0;
    let mut client = SignedIn::new();
    group.bench_function("foreign", |bencher| {
        let frame = patient_updated(OWN, 1, 1, MORE);
        bencher.iter(|| black_box(client.hear(frame.as_bytes()).len()));
    });
    for patients in [1_000, 100_000] {
        let mut slice = filled(patients);
        let mut client = SignedIn::new();
        group.bench_function(format!("accepted, {patients} entities"), |bencher| {
            bencher.iter_batched(
                || {
                    offset += 1;
                    patient_updated(0, spread(offset, patients), offset as u64, MORE)
                },
                |frame| slice.apply(client.hear(frame.as_bytes())),
                criterion::BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

/// Frames of 64 events of about 230 bytes, committed together.
fn coalesced(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("64 events of 230 bytes");
    group.throughput(Throughput::Elements(FRAME_EVENTS as u64));
    for patients in [1_000, 100_000] {
        let mut client = SignedIn::new();
        let state = RefCell::new(filled(patients));
        let mut sent = 0;
        group.bench_function(format!("{patients} entities"), |bencher| {
            bencher.iter_batched(
                || {
                    let events = (0..FRAME_EVENTS).map(|_| {
                        sent += 1;
                        patient_updated(0, spread(sent, patients), sent as u64, 0)
                    });
                    let frame = format!("[{}]", events.collect::<Vec<_>>().join(","));
                    // As a component does that shows the state before.
                    (frame, state.borrow().clone())
                },
                |(frame, before)| {
                    state.borrow_mut().apply(client.hear(frame.as_bytes()));
                    before
                },
                criterion::BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

fn filled(patients: usize) -> EntitySlice<Patient> {
    let mut slice = EntitySlice::default();
    let mut client = SignedIn::new();
    for patient in 0..patients {
        let frame = patient_updated(0, spread(patient, patients), patient as u64 + 1, 0);
        slice.apply(client.hear(frame.as_bytes()));
    }
    slice
}

criterion_group!(pipeline, foreign_and_accepted, coalesced);
criterion_main!(pipeline);
