//! Whether a command ended as it must, and whether what it left behind is whole.

use std::path::Path;

use muse::fsck;
use muse::report::Silent;
use muse::repository::Repository;
use muse_e2e::harness::Outcome;

use super::state::State;

/// How the line that says what is wrong begins.
const ERROR: &str = "error: ";

/// How the lines behind it begin.
const BEHIND_ERROR: [&str; 2] = ["caused by: ", "hint: "];

/// What no user should have to read.
const INTERNALS: [&str; 6] = [
    "panicked",
    "RUST_BACKTRACE",
    "Os {",
    "Some(",
    "Err(",
    "kind: ",
];

/// What is wrong, or nothing.
pub(super) type Verdict = Result<(), String>;

/// The exit code is one of these, and a failure is one clear line with its reasons and hints.
pub(super) fn ended(outcome: &Outcome, codes: &[i32]) -> Verdict {
    let Some(code) = outcome.code.filter(|code| codes.contains(code)) else {
        return Err(format!("expected {codes:?}, got {outcome}"));
    };
    let mut lines = outcome.stderr.lines();
    let has_error = lines.any(|line| line.starts_with(ERROR));
    if has_error != (code != 0) {
        return Err(format!(
            "the error is not said, or none is to be: {outcome}"
        ));
    }
    if !lines.all(|line| BEHIND_ERROR.iter().any(|label| line.starts_with(label))) {
        return Err(format!("more than the error is said: {outcome}"));
    }
    let mut internals = INTERNALS.iter();
    match internals.find(|internal| outcome.stderr.contains(**internal)) {
        Some(internal) => Err(format!("{internal:?} is said: {outcome}")),
        None => Ok(()),
    }
}

/// Each ref, each file and each setting is as in one of these states.
pub(super) fn is_one_of(state: &State, known: &[&State]) -> Verdict {
    let strays = state.strays(known);
    match strays.is_empty() {
        true => Ok(()),
        false => Err(format!("{strays:?} is not as it should be")),
    }
}

/// The repository has all that its refs reach.
pub(super) fn is_whole(work: &Path) -> Verdict {
    let repository = Repository::open(work).map_err(|error| error.to_string())?;
    let findings = fsck::check(&repository, &Silent).map_err(|error| error.to_string())?;
    match findings.is_sound() {
        true => Ok(()),
        false => Err(format!("damage is left: {findings:?}")),
    }
}
