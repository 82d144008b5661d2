//! Which commits are new to a receiver.

use muse_wire::dag::{Revwalk, Sorting, Walked};
use muse_wire::id::CommitId;

use super::CollectError;
use crate::repository::ObjectStore;

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
