//! The tree that a clone will write, read from downloads that have not been verified yet.
//!
//! Applying records proves that they give the tree that the commit names; whether commit and
//! objects are what their ids say is checked while the files are written.

use muse_wire::commit::Commit;
use muse_wire::id::{CommitId, ObjectId};
use muse_wire::mpack::{Mpack, MpackError};
use muse_wire::snapshot::Tree;

use crate::sync::FetchError;
use crate::sync::receive::Downloaded;

/// The tree of a clone's branch, and the mpacks that say what is in it.
pub(super) struct Tip {
    mpacks: Vec<Mpack>,
    pub(super) tree: Tree,
}

impl Tip {
    /// Reads the tree of `tip`.
    pub(super) fn read(downloaded: &[Downloaded], tip: &CommitId) -> Result<Self, FetchError> {
        let mpacks = downloaded
            .iter()
            .map(Downloaded::open)
            .collect::<Result<Vec<_>, _>>()?;
        let tree = tree(&mpacks, tip)?;
        Ok(Self { mpacks, tree })
    }

    /// The length of an object, as the first mpack says that has it. What is written of it is no
    /// longer.
    pub(super) fn object_length(&self, id: &ObjectId) -> Option<u64> {
        self.mpacks
            .iter()
            .find_map(|mpack| mpack.tables().object_length(id))
    }
}

fn tree(mpacks: &[Mpack], tip: &CommitId) -> Result<Tree, FetchError> {
    let envelope = find(mpacks, |mpack| mpack.read_commit(tip))?
        .ok_or_else(|| FetchError::invalid(format!("commit {tip} is missing")))?;
    let commit = Commit::decode(&envelope.record).map_err(FetchError::invalid)?;
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
        let record = find(mpacks, |mpack| mpack.read_snapshot(&snapshot))?
            .filter(|_| chain.len() < longest)
            .ok_or_else(|| FetchError::invalid(format!("snapshot {snapshot} is missing")))?;
        next = record.base;
        chain.push(record);
    }
    Tree::empty()
        .apply_chain(chain.iter().rev())
        .map_err(FetchError::invalid)
}

fn find<T>(
    mpacks: &[Mpack],
    read: impl Fn(&Mpack) -> Result<Option<T>, MpackError>,
) -> Result<Option<T>, FetchError> {
    for mpack in mpacks {
        if let Some(found) = read(mpack).map_err(FetchError::invalid)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}
