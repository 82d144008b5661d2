//! The commits that people name one by one, or by a range.

use muse_wire::dag::{Revwalk, Sorting, WalkError};
use muse_wire::id::CommitId;

use super::selection::Selection;
use crate::repository::{Repository, RepositoryError, split_range};

/// In which order the commits of a range are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RangeOrder {
    /// Parents before children.
    OldestFirst,
    /// Children before parents.
    NewestFirst,
}

/// The commits that `revisions` name, in their order. A range names those in it.
///
/// # Errors
/// If a revision is unknown, or history cannot be read.
pub fn commits_named(
    repository: &Repository,
    revisions: &[String],
    order: RangeOrder,
) -> Result<Vec<CommitId>, WalkError<RepositoryError>> {
    let mut commits = Vec::new();
    for revision in revisions {
        if split_range(revision).is_none() {
            commits.push(repository.resolve(revision).map_err(WalkError::Source)?);
            continue;
        }
        let Selection { tips, hidden } = Selection::of(repository, revision)?;
        let mut walk = Revwalk::new(&repository.objects);
        for tip in tips {
            walk.push(tip)?;
        }
        for commit in hidden {
            walk.hide(commit)?;
        }
        walk.sorting(match order {
            RangeOrder::OldestFirst => Sorting::ParentsFirst,
            RangeOrder::NewestFirst => Sorting::Topological,
        });
        commits.extend(walk.run()?.commits);
    }
    Ok(commits)
}
