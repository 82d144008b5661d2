//! Runs every target on what is kept of former runs, and on inputs that nobody has chosen: the same
//! ones each time.
//!
//! `FUZZ_INPUTS` says how many of these there are, `FUZZ_SEED` which ones.

use std::env;
use std::fs;
use std::panic;
use std::path::Path;

/// Fresh inputs for each target, unless the environment says how many.
const FRESH_INPUTS: u64 = 2_000;
/// Most bytes of a fresh input.
const MAX_FRESH_BYTES: u64 = 300;

#[track_caller]
fn run(name: &str, target: fn(&[u8])) {
    assert!(replay(&format!("corpus/{name}"), target) > 0, "no corpus");
    replay(&format!("reproducers/{name}"), target);
    let seed = from_environment("FUZZ_SEED").unwrap_or(0);
    for number in 0..from_environment("FUZZ_INPUTS").unwrap_or(FRESH_INPUTS) {
        // Each input has a seed of its own, so that it can be tried alone.
        let seed = seed.wrapping_add(number);
        let mut numbers = Numbers(seed);
        numbers.0 = numbers.next();
        let length = numbers.next() % MAX_FRESH_BYTES;
        let input: Vec<u8> = (0..length).map(|_| numbers.next() as u8).collect();
        run_one(target, &input, &format!("FUZZ_SEED={seed} FUZZ_INPUTS=1"));
    }
}

/// Runs a target on the files of a directory; gives how many they are.
fn replay(directory: &str, target: fn(&[u8])) -> usize {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
    let Ok(files) = fs::read_dir(&directory) else {
        return 0;
    };
    let mut paths: Vec<_> = files.map(|file| file.expect("readable").path()).collect();
    paths.sort();
    for path in &paths {
        let input = fs::read(path).expect("readable");
        run_one(target, &input, &path.display().to_string());
    }
    paths.len()
}

/// Runs a target on one input, and says which one it was where that fails.
#[track_caller]
fn run_one(target: fn(&[u8]), input: &[u8], name: &str) {
    let outcome = panic::catch_unwind(|| target(input));
    assert!(outcome.is_ok(), "failed on {name}: {input:02x?}");
}

fn from_environment(name: &str) -> Option<u64> {
    let number = env::var(name).ok()?.parse();
    Some(number.expect("the variable is a number"))
}

/// The generator SplitMix64: no one's secret depends on these numbers.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }
}

#[test]
fn reader_stands_every_input() {
    run("reader", muse_fuzz::reader);
}

#[test]
fn scan_stands_every_input() {
    run("scan", muse_fuzz::scan);
}

#[test]
fn verifier_stands_every_input() {
    run("verifier", muse_fuzz::verifier);
}

#[test]
fn thicken_stands_every_input() {
    run("thicken", muse_fuzz::thicken);
}

#[test]
fn records_stands_every_input() {
    run("records", muse_fuzz::records);
}

#[test]
fn snapshots_stands_every_input() {
    run("snapshots", muse_fuzz::snapshots);
}

#[test]
fn paths_stands_every_input() {
    run("paths", muse_fuzz::paths);
}

#[test]
fn names_stands_every_input() {
    run("names", muse_fuzz::names);
}

#[test]
fn control_stands_every_input() {
    run("control", muse_fuzz::control);
}
