//! Brings the work tree from one snapshot to another.

use std::path::Path;

use muse_wire::id::ObjectId;
use muse_wire::path::RepoPath;
use muse_wire::snapshot::Tree;

use crate::progress::Progress;
use crate::repository::{Repository, RepositoryError, RepositoryLock, StatCacheBuilder};

/// What a checkout did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CheckoutStats {
    /// Files and links written.
    pub written: u64,
    /// Their bytes.
    pub written_bytes: u64,
    /// Files and links removed.
    pub removed: u64,
}

/// What happens to files that differ from the tree that the checkout starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocalChanges {
    /// The checkout refuses, before it touches anything, where it would overwrite one.
    Keep,
    /// They are overwritten where they are in the way.
    Discard,
}

/// Why a checkout failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckoutError {
    /// Local changes are in the way; nothing was touched.
    #[error("{} local change(s) would be overwritten", .0.len())]
    WouldOverwrite(Vec<RepoPath>),
    /// The repository failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

/// Brings the files of the work tree from `from` to `to` and brings the stat cache up to date. Files in which the two
/// trees agree are left alone, whatever they hold. May be run again after it was interrupted: a file that already is as
/// in `to`, or is gone, is no local change.
///
/// # Errors
/// [`CheckoutError`]; before anything was touched where it is [`CheckoutError::WouldOverwrite`].
pub fn switch_tree(
    repository: &Repository,
    lock: &RepositoryLock,
    from: &Tree,
    to: &Tree,
    local_changes: LocalChanges,
    progress: &dyn Progress,
) -> Result<CheckoutStats, CheckoutError> {
    let _ = (
        repository,
        lock,
        from,
        to,
        local_changes,
        progress.phase("", None, crate::progress::Unit::Files),
    );
    unimplemented!()
}

/// Writes the files of one tree into an empty work tree, while their objects come in any order and from any thread.
///
/// The objects need not be trusted yet: if one turns out to be wrong, the caller removes the whole directory.
pub struct Writer {}

impl Writer {
    /// Prepares to write `tree` below `root`, which holds nothing but `.muse`.
    ///
    /// # Errors
    /// Where directories cannot be created.
    pub fn new(root: &Path, tree: &Tree) -> Result<Self, CheckoutError> {
        let _ = (root, tree);
        unimplemented!()
    }

    /// Whether some file needs this object, and it has not come yet.
    pub fn wants(&self, id: &ObjectId) -> bool {
        unimplemented!("{id}")
    }

    /// The next piece of an object of `length` bytes, at `offset`. The pieces of one object come in order and from
    /// one thread at a time; different objects may come from different threads. Objects that no file needs are ignored.
    ///
    /// # Errors
    /// Where a file cannot be written.
    pub fn object(
        &self,
        id: &ObjectId,
        length: u64,
        offset: u64,
        piece: &[u8],
    ) -> Result<(), CheckoutError> {
        unimplemented!("{id} {length} {offset} {piece:?}")
    }

    /// Ends the checkout: links are made last, so that nothing is ever written through one. The stat cache is for
    /// [`Repository::write_stat_cache`].
    ///
    /// # Errors
    /// Where an object has not come, or a link cannot be made.
    pub fn finish(self) -> Result<(CheckoutStats, StatCacheBuilder), CheckoutError> {
        unimplemented!()
    }
}
