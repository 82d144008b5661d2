//! Writing a commit whose tree is known: the commit, its snapshot record and the objects that are
//! new, in one mpack.

use std::collections::{BTreeMap, HashMap};

use muse_wire::commit::{Commit, CommitEnvelope};
use muse_wire::dag::CommitSource as _;
use muse_wire::id::{CommitId, ObjectId};
use muse_wire::mpack::{NewCommit, write_order};
use muse_wire::snapshot::{SnapshotRecord, Tree, needs_keyframe};

use super::details::CommitDetails;
use super::mpack;
use super::new_objects::NewObject;
use crate::report::{Reporter, Silent};
use crate::repository::{Repository, RepositoryError};
use crate::signing::Signer;
use crate::worktree::error::Result;

/// Records a commit of this tree, without a look at the work tree; no ref moves. `contents` are
/// those of objects that the repository may not have yet.
///
/// # Errors
/// [`crate::worktree::WorktreeError`]: details that no commit can have, a key that does not sign,
/// or a repository that cannot be written.
pub fn record_commit(
    repository: &Repository,
    parents: &[CommitId],
    tree: &Tree,
    details: &CommitDetails,
    contents: BTreeMap<ObjectId, Vec<u8>>,
) -> Result<CommitId> {
    let mut new = HashMap::new();
    for (id, bytes) in contents {
        if !repository.objects.has_object(&id)? {
            new.insert(id, NewObject::in_memory(bytes));
        }
    }
    write(repository, parents, tree, details, new, &Silent)
}

/// Writes a commit of this tree with its objects in `new`.
pub(super) fn write(
    repository: &Repository,
    parents: &[CommitId],
    tree: &Tree,
    details: &CommitDetails,
    new: HashMap<ObjectId, NewObject>,
    reporter: &dyn Reporter,
) -> Result<CommitId> {
    let commit = Commit {
        parents: parents.to_vec(),
        snapshot: tree.id(),
        author: details.author.clone(),
        committed_at: details.committed_at,
        message: details.message.clone(),
        metadata: details.metadata.clone(),
        delta_digest: None,
        signers: details.signer.iter().map(Signer::public_key).collect(),
    };
    let mut envelope = CommitEnvelope::plain(commit.encode()?);
    if let Some(signer) = &details.signer {
        envelope.signatures.push(signer.sign(&envelope.id())?);
    }
    let before = repository.objects.commit_tree(parents.first())?;
    let order = write_order([&tree.record_against(Some(&before))]);
    // A record builds on the first parent's, which is wherever the commit is sent.
    let base = parents.first().map(|_| &before);
    let snapshot = snapshot_record(repository, base, tree)?;
    let new_commit = NewCommit {
        envelope: &envelope,
        commit: &commit,
        generation: generation(repository, &commit)?,
    };
    mpack::write(
        repository,
        new,
        &order,
        &new_commit,
        snapshot.as_ref(),
        reporter,
    )?;
    Ok(envelope.id())
}

/// The record to store for the new tree; none if the repository has one already.
fn snapshot_record(
    repository: &Repository,
    before: Option<&Tree>,
    after: &Tree,
) -> Result<Option<SnapshotRecord>> {
    if repository.objects.snapshot_record(&after.id())?.is_some() {
        return Ok(None);
    }
    if let Some(before) = before {
        let record = after.record_against(Some(before));
        let chain_bytes = repository.objects.chain_bytes(&before.id())?;
        let record_bytes = record.encode().len() as u64;
        if !needs_keyframe(chain_bytes, record_bytes, after.listing_bytes()) {
            return Ok(Some(record));
        }
    }
    Ok(Some(after.record_against(None)))
}

/// One more than the highest generation of the parents.
fn generation(repository: &Repository, commit: &Commit) -> Result<u32> {
    let mut highest = 0;
    for parent in &commit.parents {
        let node = repository
            .objects
            .node(parent)?
            .ok_or_else(|| RepositoryError::missing_commit(parent))?;
        highest = highest.max(node.generation);
    }
    Ok(highest.saturating_add(1))
}
