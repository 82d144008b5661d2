//! What a commit says.

use std::collections::BTreeMap;

use muse_wire::commit::{Author, Commit, Timestamp};

use crate::git::GIT_SUBMODULES;
use crate::signing::Signer;

/// Metadata of this kind says where a commit was imported from, which is not true of a copy; that
/// it changes submodules is.
const IMPORT_METADATA: &str = "git.";

/// What a commit says, beside its files.
#[derive(Debug, Clone)]
pub struct CommitDetails {
    /// Who makes it.
    pub author: Author,
    /// When.
    pub committed_at: Timestamp,
    /// Why.
    pub message: String,
    /// Free-form facts.
    pub metadata: BTreeMap<String, String>,
    /// What signs it.
    pub signer: Option<Signer>,
}

impl CommitDetails {
    /// What a commit says that is made again of this one. It is signed by nobody.
    pub fn of_copy(commit: Commit) -> Self {
        let mut metadata = commit.metadata;
        metadata.retain(|key, _| !key.starts_with(IMPORT_METADATA) || key == GIT_SUBMODULES);
        Self {
            author: commit.author,
            committed_at: commit.committed_at,
            message: commit.message,
            metadata,
            signer: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_does_not_say_that_it_was_imported() {
        let facts = [
            ("git.commit", "1"),
            ("git.committer", "2"),
            ("git.submodules", "3"),
            ("gitter", "4"),
        ];
        let facts = facts.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let details = crate::testing::details("Why");
        let commit = Commit {
            parents: Vec::new(),
            snapshot: muse_wire::snapshot::Tree::empty().id(),
            author: details.author.clone(),
            committed_at: details.committed_at,
            message: details.message.clone(),
            metadata: facts.clone().into(),
            delta_digest: None,
            signers: Vec::new(),
        };
        let copy = CommitDetails::of_copy(commit);
        assert_eq!(
            copy.metadata,
            BTreeMap::from([facts[2].clone(), facts[3].clone()])
        );
        assert_eq!(
            (copy.author, copy.message),
            (details.author, details.message)
        );
    }
}
