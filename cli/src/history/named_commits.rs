//! The commits that people name one by one, or by a range.

use muse_wire::dag::{Revwalk, Sorting, WalkError};
use muse_wire::id::CommitId;

use crate::repository::{Repository, RepositoryError, split_range};

/// In which order the commits of a range are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RangeOrder {
    /// Parents before children.
    OldestFirst,
    /// Children before parents.
    NewestFirst,
}

/// The commits that `revisions` name, in their order. `A..B` names those that B has and A lacks.
///
/// # Errors
/// If a revision is unknown, or history cannot be read.
pub fn commits_named(
    repository: &Repository,
    revisions: &[String],
    order: RangeOrder,
) -> Result<Vec<CommitId>, WalkError<RepositoryError>> {
    let resolve = |revision: &str| repository.resolve(revision).map_err(WalkError::Source);
    let mut commits = Vec::new();
    for revision in revisions {
        let Some((from, to)) = split_range(revision) else {
            commits.push(resolve(revision)?);
            continue;
        };
        let mut walk = Revwalk::new(&repository.objects);
        walk.push(resolve(to)?)?;
        walk.hide(resolve(from)?)?;
        walk.sorting(match order {
            RangeOrder::OldestFirst => Sorting::ParentsFirst,
            RangeOrder::NewestFirst => Sorting::Topological,
        });
        commits.extend(walk.run()?.commits);
    }
    Ok(commits)
}
