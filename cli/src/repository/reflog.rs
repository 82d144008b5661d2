//! The reflog: where refs have been, one line for each move, to find a lost commit again.
//!
//! `SECONDS OLD NEW REF REASON`, with `-` for nothing. One file for all refs: what moved together
//! is kept together, and ref names need not be file names.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use muse_wire::id::CommitId;
use muse_wire::name::RefName;

use super::error::{RepositoryError, Result};

/// A ref's value before and after an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RefMove {
    pub(super) name: RefName,
    pub(super) old: Option<CommitId>,
    pub(super) new: Option<CommitId>,
}

/// Appends a line for each move.
pub(super) fn append(path: &Path, moves: &[RefMove], reason: &str) -> Result<()> {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let id = |commit: Option<CommitId>| commit.map_or("-".to_owned(), |commit| commit.to_string());
    let reason = reason.replace(char::is_control, " ");
    let mut lines = String::new();
    for RefMove { name, old, new } in moves {
        let (old, new) = (id(*old), id(*new));
        writeln!(lines, "{seconds} {old} {new} {name} {reason}")
            .expect("writing to a string cannot fail");
    }
    File::options()
        .create(true)
        .append(true)
        .open(path)
        .and_then(|mut file| file.write_all(lines.as_bytes()))
        .map_err(RepositoryError::writing(path))
}
