//! What it costs to leave fields out of JSON: of an event as they are, and of one that is as large and as deep as may be.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use native_bench::patient_updated;
use yewdux_socket_core::redact;

/// An event of about 1 MiB, nested as deep as one may be, in which a path may mean each level: what is looked for is in none.
fn deep() -> String {
    let entries = vec![r#"{"id":"p1","heartRate":72}"#; 340].join(",");
    let level =
        |inner: String| format!(r#"{{"before":[{entries}],"inner":{inner},"after":[{entries}]}}"#);
    (0..58).fold("{}".to_owned(), |inner, _| level(inner))
}

fn redaction(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("leaving out");
    for (name, json, path) in [
        ("a field of an event of 230 bytes", patient_updated(0, 1, 1), "patient.diagnosis"),
        ("nothing of 1 MiB in 60 levels", deep(), "diagnosis"),
    ] {
        group.throughput(Throughput::Bytes(json.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| redact(black_box(&json), [path]).map(|text| text.len()));
        });
    }
    group.finish();
}

criterion_group!(benches, redaction);
criterion_main!(benches);
