//! Every committed input, through the code that fuzzing runs.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use yewdux_socket_fuzz::Target;

/// Bytes of one file at most.
const MAX_FILE: usize = 4 * 1024;
/// Bytes of all files together at most.
const MAX_ALL: usize = 300 * 1024;
/// Files of a target at least: fewer would mean that they were lost.
const MIN_FILES: usize = 20;

#[test]
fn no_committed_input_is_a_finding() {
    let mut bytes = 0;
    for target in Target::ALL {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus").join(target.name());
        let files: Vec<_> =
            fs::read_dir(directory).unwrap().map(|file| file.unwrap().path()).collect();
        assert!(
            files.len() >= MIN_FILES,
            "the corpus of {} has {} files",
            target.name(),
            files.len()
        );
        for file in files {
            let input = fs::read(&file).unwrap();
            assert!(input.len() < MAX_FILE, "{} is too large", file.display());
            bytes += input.len();
            let ran = catch_unwind(AssertUnwindSafe(|| target.run(&input)));
            assert!(ran.is_ok(), "{} is a finding, see above", file.display());
        }
    }
    assert!(bytes < MAX_ALL, "the corpora have {bytes} bytes");
}
