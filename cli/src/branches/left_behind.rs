//! Commits that only a detached `HEAD` kept.

use muse_wire::dag::{Revwalk, Sorting, WalkError};
use muse_wire::id::CommitId;

use crate::repository::{Head, Repository, RepositoryError};

/// The commits that no ref, and not the commit `next`, reaches once `HEAD` leaves where it is;
/// newest first. None unless `HEAD` is detached.
///
/// # Errors
/// If refs cannot be read.
pub fn left_behind(
    repository: &Repository,
    next: Option<CommitId>,
) -> Result<Vec<CommitId>, RepositoryError> {
    let refs = repository.refs.read()?;
    let Head::Detached(current) = *refs.head() else {
        return Ok(Vec::new());
    };
    let kept = refs.iter().map(|(_, commit)| commit).chain(next);
    // A history with a gap is no reason to stay: then at least the commit itself is named.
    Ok(unreached(repository, current, kept).unwrap_or_else(|_| vec![current]))
}

fn unreached(
    repository: &Repository,
    commit: CommitId,
    kept: impl Iterator<Item = CommitId>,
) -> Result<Vec<CommitId>, WalkError<RepositoryError>> {
    let mut walk = Revwalk::new(&repository.objects);
    walk.push(commit)?;
    for commit in kept {
        walk.hide(commit)?;
    }
    walk.sorting(Sorting::Topological);
    Ok(walk.run()?.commits)
}
