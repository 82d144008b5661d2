//! Putting local changes aside, and bringing them back.
//!
//! A stash is a commit on no branch, made of the whole work tree on top of the current commit. So
//! it is kept, shown and merged as any other commit; `.muse/stash` lists it.

mod error;
mod pop;
mod push;
#[cfg(test)]
mod tests;

pub use error::StashError;
pub use pop::{Popped, finish_pop, pop};
pub use push::{Pushed, push};

use muse_wire::id::CommitId;

use crate::repository::{LockedRepository, Repository};

/// Drops the stash number `number`, 0 being the newest, and returns its commit.
///
/// # Errors
/// [`StashError::NoStash`] and [`StashError::NoSuchStash`].
pub fn drop_stash(repository: &Repository, number: usize) -> Result<CommitId, StashError> {
    let mut locked = repository.lock()?;
    let id = find(&locked, number)?;
    forget(&mut locked, id)?;
    Ok(id)
}

/// The commit of the stash number `number`, 0 being the newest.
///
/// # Errors
/// [`StashError::NoStash`] and [`StashError::NoSuchStash`].
pub fn find(repository: &Repository, number: usize) -> Result<CommitId, StashError> {
    let stashes = repository.stash.read()?;
    if stashes.is_empty() {
        return Err(StashError::NoStash);
    }
    let stash = stashes.get(number).copied();
    stash.ok_or(StashError::NoSuchStash {
        number,
        count: stashes.len(),
    })
}

fn forget(locked: &mut LockedRepository<'_>, id: CommitId) -> Result<(), StashError> {
    let mut stashes = locked.stash.read()?;
    stashes.retain(|stash| *stash != id);
    locked.write_stash(stashes)?;
    Ok(())
}
