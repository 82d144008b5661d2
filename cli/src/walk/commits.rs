//! Which commits are new to a receiver.

use std::collections::HashSet;

use muse_wire::dag::{CommitSource as _, Revwalk, Sorting, Walked};
use muse_wire::id::CommitId;

use super::CollectError;
use crate::repository::{ObjectStore, RepositoryError};

/// The commits that `tips` reach and `have` does not, parents first.
///
/// # Errors
/// [`CollectError`] if the repository lacks something that its own commits name.
pub fn new_commits(
    objects: &ObjectStore,
    tips: &[CommitId],
    have: &[CommitId],
) -> Result<Walked, CollectError> {
    let mut walk = Revwalk::new(objects);
    for &tip in tips {
        walk.push(tip)?;
    }
    for &id in have {
        walk.hide(id)?;
    }
    walk.sorting(Sorting::ParentsFirst);
    Ok(walk.run()?)
}

/// Those of `commits` that are no parent of another one, each once. Whoever has them with all their
/// history has the others, too.
///
/// # Errors
/// If an mpack is damaged.
pub fn heads(
    objects: &ObjectStore,
    commits: &[CommitId],
) -> Result<Vec<CommitId>, RepositoryError> {
    let mut others = HashSet::new();
    for id in commits {
        if let Some(node) = objects.node(id)? {
            others.extend(node.parents);
        }
    }
    let heads = commits.iter().copied().filter(|id| others.insert(*id));
    Ok(heads.collect())
}
