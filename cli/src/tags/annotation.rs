//! Recording what annotated tags say.

use std::collections::BTreeMap;

use muse_wire::commit::{Author, Commit, CommitEnvelope, TAG, Timestamp};
use muse_wire::dag::CommitSource as _;
use muse_wire::id::CommitId;
use muse_wire::mpack::{Counts, NewCommit};
use muse_wire::name::RefName;

use super::error::TagError;
use crate::repository::{Repository, RepositoryError};

/// What an annotated tag says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// Who makes it.
    pub tagger: Author,
    /// When.
    pub tagged_at: Timestamp,
    /// What it marks, and why.
    pub message: String,
    /// Further facts about it.
    pub metadata: BTreeMap<String, String>,
}

/// An annotated tag that is to be recorded.
pub(crate) struct NewAnnotation {
    envelope: CommitEnvelope,
    commit: Commit,
    generation: u32,
}

impl NewAnnotation {
    /// The tag `name` of the commit `tagged`.
    ///
    /// # Errors
    /// [`TagError::Annotation`] if a part is more than a commit can hold, and if the tagged commit
    /// is not here.
    pub(crate) fn new(
        repository: &Repository,
        name: &RefName,
        tagged: CommitId,
        annotation: Annotation,
    ) -> Result<Self, TagError> {
        let mut metadata = annotation.metadata;
        metadata.insert(TAG.to_owned(), name.short().to_owned());
        let commit = Commit {
            parents: vec![tagged],
            snapshot: repository.objects.commit(&tagged)?.snapshot,
            author: annotation.tagger,
            committed_at: annotation.tagged_at,
            message: annotation.message,
            metadata,
            delta_digest: None,
            signers: Vec::new(),
        };
        let node = repository.objects.node(&tagged)?;
        let node = node.ok_or_else(|| RepositoryError::missing_commit(&tagged))?;
        Ok(Self {
            envelope: CommitEnvelope::plain(commit.encode()?),
            commit,
            generation: node.generation.saturating_add(1),
        })
    }

    /// The commit that the tag's ref has to name.
    pub(crate) fn id(&self) -> CommitId {
        self.envelope.id()
    }
}

/// Writes those that are not here yet as one mpack.
///
/// # Errors
/// If the mpack cannot be written.
pub(crate) fn record_annotations(
    repository: &Repository,
    annotations: &[NewAnnotation],
) -> Result<(), RepositoryError> {
    let mut new = BTreeMap::new();
    for annotation in annotations {
        if !repository.objects.has_commit(&annotation.id())? {
            new.insert(annotation.id(), annotation);
        }
    }
    if new.is_empty() {
        return Ok(());
    }
    // Their snapshots are those of the tagged commits, and here.
    let mut pending = repository.objects.new_mpack(Counts {
        commits: new.len() as u64,
        ..Counts::default()
    })?;
    for annotation in new.values() {
        pending.writer().add_commit(&NewCommit {
            envelope: &annotation.envelope,
            commit: &annotation.commit,
            generation: annotation.generation,
        })?;
    }
    pending.install()?;
    Ok(())
}
