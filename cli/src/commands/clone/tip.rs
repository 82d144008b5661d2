//! The tree that a clone will write, read from downloads that have not been verified yet.
//!
//! Applying records proves that they give the tree that the commit names; whether commit and objects
//! are what they say comes out while the files are written.

use muse_wire::commit::Commit;
use muse_wire::id::CommitId;
use muse_wire::mpack::{Mpack, MpackError};
use muse_wire::snapshot::Tree;

use super::super::fetch::receive::Downloaded;
use crate::ui::error::{CliError, ErrorKind};

/// The tree of `tip`.
pub(super) fn tree(downloaded: &[Downloaded], tip: &CommitId) -> Result<Tree, CliError> {
    let mpacks = downloaded
        .iter()
        .map(|mpack| Mpack::open(&mpack.path))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| invalid(&error))?;
    let envelope = find(&mpacks, |mpack| mpack.read_commit(tip))?
        .ok_or_else(|| invalid(&format_args!("commit {tip} is missing")))?;
    let commit = Commit::decode(&envelope.record).map_err(|error| invalid(&error))?;
    if commit.snapshot == Tree::empty().id() {
        return Ok(Tree::empty());
    }
    let longest: usize = mpacks
        .iter()
        .map(|mpack| mpack.tables().snapshot_count())
        .sum();
    let mut chain = Vec::new();
    let mut next = Some(commit.snapshot);
    while let Some(snapshot) = next {
        let record = find(&mpacks, |mpack| mpack.read_snapshot(&snapshot))?
            .filter(|_| chain.len() < longest)
            .ok_or_else(|| invalid(&format_args!("snapshot {snapshot} is missing")))?;
        next = record.base;
        chain.push(record);
    }
    Tree::empty()
        .apply_chain(chain.iter().rev())
        .map_err(|error| invalid(&error))
}

fn find<T>(
    mpacks: &[Mpack],
    read: impl Fn(&Mpack) -> Result<Option<T>, MpackError>,
) -> Result<Option<T>, CliError> {
    for mpack in mpacks {
        if let Some(found) = read(mpack).map_err(|error| invalid(&error))? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn invalid(reason: &dyn std::fmt::Display) -> CliError {
    CliError::new(ErrorKind::Failed, "what the server sent is not valid")
        .with_source(reason.to_string())
        .with_hint("run the command again; if it stays so, the server's operator must look")
}
