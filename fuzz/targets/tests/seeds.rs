//! The committed seeds are those that the code makes. `FUZZ_SEEDS=write` writes them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use yewdux_socket_fuzz::{Target, seeds};

fn corpus(target: Target) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus").join(target.name())
}

/// The seeds in a corpus. Other files are what fuzzing found.
fn committed(target: Target) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(corpus(target)).unwrap().map(Result::unwrap);
    let seeds = files.filter(|file| file.file_name().to_string_lossy().starts_with("seed-"));
    seeds
        .map(|file| (file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap()))
        .collect()
}

#[test]
fn the_committed_seeds_are_those_that_the_code_makes() {
    let write = std::env::var("FUZZ_SEEDS").is_ok_and(|value| value == "write");
    for target in Target::ALL {
        let made = seeds::of(target);
        let count = made.len();
        let made: BTreeMap<_, _> = made.into_iter().collect();
        assert_eq!(made.len(), count, "two seeds have one name");
        if write {
            for name in committed(target).into_keys() {
                fs::remove_file(corpus(target).join(name)).unwrap();
            }
            for (name, content) in &made {
                fs::write(corpus(target).join(name), content).unwrap();
            }
        }
        let committed = committed(target);
        let names = committed.keys().chain(made.keys());
        let other: Vec<_> = names.filter(|name| committed.get(*name) != made.get(*name)).collect();
        assert!(other.is_empty(), "FUZZ_SEEDS=write makes them anew: {other:?}");
    }
}
