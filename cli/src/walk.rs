//! Which commits, snapshots and objects a push must send, and the mpack that holds them.
//!
//! The stop set, `branch_have`, is *every* head that the remote has, always, and what was last seen
//! of it. Ids in it that are unknown here stop nothing. From the commits that are left, their
//! snapshots' records are taken as they are stored, and the objects to send are what those records
//! add: no tree is walked, but for the one that is subtracted.
//!
//! * [`collect`] decides what is sent; its cost follows the number of new commits.
//! * [`stages()`] cuts what is too much for one push.
//! * [`write_mpack`] writes it, copying stored frames where it can.

mod gather;
mod objects;
mod pack;
mod snapshots;
mod stages;

use muse_wire::dag::{Revwalk, Sorting, WalkError, Walked};
use muse_wire::id::CommitId;
use muse_wire::mpack::{MpackError, OrderedObject, WriteError};
use muse_wire::snapshot::SnapshotRecord;

pub use pack::{NewMpack, write_mpack};
pub use stages::stages;

use crate::repository::{Repository, RepositoryError};

/// Everything that a receiver needs and does not have.
#[derive(Debug, Default)]
pub struct PushSet {
    /// Commits, parents first.
    pub commits: Vec<CommitId>,
    /// Commits that the receiver must have: parents of the ones above.
    pub boundary: Vec<CommitId>,
    /// Snapshot records, each after its base.
    pub snapshots: Vec<SnapshotRecord>,
    /// Objects, in the order in which they are to be written.
    pub objects: Vec<OrderedObject>,
}

/// Why a push cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// The commit graph cannot be walked.
    #[error("the history cannot be walked")]
    Walk(#[from] WalkError<RepositoryError>),
    /// The repository cannot be read.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// A stored mpack is damaged.
    #[error("an mpack of the repository cannot be read")]
    Damaged(#[from] MpackError),
    /// The mpack cannot be written.
    #[error("the mpack for the push cannot be written")]
    Write(#[from] WriteError),
    /// The file for it cannot be used.
    #[error("the file for the push cannot be written")]
    Io(#[from] std::io::Error),
}

/// Finds what has to be sent so that a receiver that has all of `have` gets all of `tips`.
///
/// # Errors
/// [`CollectError`] where the repository lacks something that its own commits name.
pub fn collect(
    repository: &Repository,
    tips: &[CommitId],
    have: &[CommitId],
) -> Result<PushSet, CollectError> {
    let walked = new_commits(repository, tips, have)?;
    let selected = snapshots::select(repository, &walked)?;
    let objects = objects::select(repository, &walked.boundary, have, &selected)?;
    Ok(PushSet {
        commits: walked.commits,
        boundary: walked.boundary,
        snapshots: selected.records,
        objects,
    })
}

/// The commits that `tips` reach and `have` does not, parents first.
fn new_commits(
    repository: &Repository,
    tips: &[CommitId],
    have: &[CommitId],
) -> Result<Walked, CollectError> {
    let mut walk = Revwalk::new(&repository.objects);
    for &tip in tips {
        walk.push(tip)?;
    }
    for &id in have {
        walk.hide(id)?;
    }
    walk.sorting(Sorting::ParentsFirst);
    Ok(walk.run()?)
}

#[cfg(test)]
mod tests;
