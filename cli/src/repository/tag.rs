//! Annotated tags. A tag that says something names a commit of its own: its first parent is the
//! tagged commit, its snapshot is that one's, author and message are the tagger's, and its metadata
//! names the tag. So it travels as any commit does, and whoever asks for the tag's commit gets the
//! tagged one.

use muse_wire::commit::Commit;
use muse_wire::id::CommitId;
use muse_wire::name::RefName;

use super::{Repository, Result};

impl Repository {
    /// What an annotated tag says: the commit that it is stored as. `None` for every other ref,
    /// `target` being what the ref names.
    ///
    /// # Errors
    /// [`super::RepositoryError::Missing`] if the commit is not here.
    pub fn annotation(&self, name: &RefName, target: &CommitId) -> Result<Option<Commit>> {
        if name.as_tag().is_none() {
            return Ok(None);
        }
        let commit = self.objects.commit(target)?;
        Ok(commit.tagged().map(|_| commit))
    }

    /// The commit that a ref comes down to, `target` being what it names: for an annotated tag the
    /// tagged commit.
    ///
    /// # Errors
    /// As [`Repository::annotation`].
    pub fn peel(&self, name: &RefName, target: CommitId) -> Result<CommitId> {
        let annotation = self.annotation(name, &target)?;
        let tagged = annotation.and_then(|annotation| annotation.tagged());
        Ok(tagged.unwrap_or(target))
    }
}
