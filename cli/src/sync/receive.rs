//! Downloading mpacks, verifying them, and making them part of the repository. Refs stay as they
//! are.

mod arrival;
mod boundary;
mod closure;
mod download;
mod downloaded;
mod history_ends;
mod install;
mod large_objects;
mod local_receiver;
mod plan;
mod thicken;
mod transfer;
mod verify;
mod withheld;

use muse_wire::dag::CommitSource as _;
use muse_wire::id::CommitId;
use muse_wire::limits::MAX_NEGOTIATE_IDS;

use super::{Depth, FetchError, Remote};
use crate::report::Reporter;
use crate::repository::Repository;
use crate::worktree::PreparedFiles;

pub(super) use download::download;
pub(super) use downloaded::{Download, Downloaded};
pub use install::Received;
pub(super) use install::{check, install};
pub use local_receiver::LocalReceiver;

/// Downloads and installs everything that `want` reaches and `have`, which is here with all its
/// history, does not, as far down as `depth` says, and what was withheld before and is given by
/// now. Large files are `prepared` for the checkout that may follow.
pub(super) fn receive(
    repository: &Repository,
    source: &Remote<'_>,
    want: &[CommitId],
    have: &[CommitId],
    depth: Depth,
    prepared: &mut PreparedFiles,
) -> Result<Received, FetchError> {
    if want.is_empty() && !depth.goes_below() && repository.objects.withheld()?.is_empty() {
        return Ok(Received::default());
    }
    let told = newest(repository, have)?;
    let mut attempt = |thin| {
        let reporter = source.reporter();
        source.download(repository, want, &told, depth, thin, |download| {
            install(repository, reporter, want, have, download, None, prepared)
        })
    };
    match attempt(true) {
        Err(FetchError::MissingBase(reason)) => {
            let reporter = source.reporter();
            reporter.step(format_args!("{reason}; asking for whole mpacks"));
            attempt(false)
        }
        received => received,
    }
}

/// As many of these commits as a request can name: those of the highest generations, which have
/// most of the others in their history.
fn newest(repository: &Repository, commits: &[CommitId]) -> Result<Vec<CommitId>, FetchError> {
    if commits.len() <= MAX_NEGOTIATE_IDS {
        return Ok(commits.to_vec());
    }
    let mut ranked = Vec::with_capacity(commits.len());
    for commit in commits {
        let node = repository.objects.node(commit)?;
        ranked.push((node.map(|node| node.generation), *commit));
    }
    ranked.sort_unstable_by(|one, two| two.cmp(one));
    ranked.truncate(MAX_NEGOTIATE_IDS);
    Ok(ranked.into_iter().map(|(_, commit)| commit).collect())
}

/// Merges small mpacks, once refs name what was received. Nothing is lost where that fails.
pub(super) fn merge_small_mpacks(repository: &Repository, reporter: &dyn Reporter) {
    let merged = repository.try_lock().and_then(|locked| match locked {
        Some(mut locked) => locked.consolidate(),
        // The process that holds the lock may do it, or the next command does.
        None => Ok(()),
    });
    if let Err(error) = merged {
        reporter.warn(format_args!("small mpacks were not merged: {error}"));
    }
}
