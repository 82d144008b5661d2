//! Why an import failed.

use std::error::Error;
use std::path::PathBuf;

use muse_wire::commit::CommitError;
use muse_wire::dag::WalkError;
use muse_wire::limits::MAX_LINK_TARGET_BYTES;
use muse_wire::name::RefName;
use muse_wire::path::{PathError, RepoPath};
use muse_wire::quote::quote_path;
use muse_wire::snapshot::TreeError;

use crate::repository::RepositoryError;
use crate::tags::TagError;
use crate::worktree::WorktreeError;

/// Why an import failed; no ref has moved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// No git repository there, or none that can be read.
    #[error("cannot open the git repository {}", quote_path(.path))]
    Open {
        /// Where it was looked for.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// Part of the history is missing.
    #[error("the git repository is a shallow clone, so part of its history is missing")]
    Shallow,
    /// Git's data cannot be read.
    #[error("cannot read {what} of the git repository")]
    Git {
        /// What was to be read.
        what: String,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// A path that no snapshot may hold.
    #[error("git commit {commit} cannot be imported")]
    Path {
        /// The commit, in hexadecimal.
        commit: String,
        /// The path and the rule.
        #[source]
        source: PathError,
    },
    /// A path that is not UTF-8.
    #[error("git commit {commit} cannot be imported: the path {path} is not UTF-8")]
    PathEncoding {
        /// The commit, in hexadecimal.
        commit: String,
        /// The path, quoted.
        path: String,
    },
    /// A symbolic link to nowhere that any link can lead to.
    #[error(
        "git commit {commit} cannot be imported: the target of the symbolic link {path} (git blob \
         {blob}) is empty, longer than {MAX_LINK_TARGET_BYTES} bytes, or holds a NUL"
    )]
    LinkTarget {
        /// The commit, in hexadecimal.
        commit: String,
        /// The link.
        path: RepoPath,
        /// The blob that holds its target, in hexadecimal.
        blob: String,
    },
    /// A git tree with two entries of one name.
    #[error(
        "git commit {commit} cannot be imported: the git repository is malformed, its tree {tree} \
         has two entries named {name}"
    )]
    RepeatedName {
        /// The commit, in hexadecimal.
        commit: String,
        /// The tree, which may be any of the commit's directories, in hexadecimal.
        tree: String,
        /// The name, quoted.
        name: String,
    },
    /// A tree that no snapshot can be.
    #[error("git commit {commit} cannot be imported")]
    Tree {
        /// The commit, in hexadecimal.
        commit: String,
        /// What is wrong with it.
        #[source]
        source: TreeError,
    },
    /// A commit that breaks a limit.
    #[error("git commit {commit} cannot be imported")]
    Commit {
        /// The commit, in hexadecimal.
        commit: String,
        /// The limit.
        #[source]
        source: CommitError,
    },
    /// An annotated tag that breaks a limit.
    #[error("git tag {} cannot be imported", name.short())]
    Tag {
        /// The tag.
        name: RefName,
        /// The limit.
        #[source]
        source: TagError,
    },
    /// The commit graph cannot be walked.
    #[error("the history cannot be walked")]
    Walk(#[from] WalkError<RepositoryError>),
    /// The files of the work tree could not be written.
    #[error(transparent)]
    Worktree(#[from] WorktreeError),
    /// The local repository failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

impl ImportError {
    /// For `map_err`: git's data cannot be read.
    pub(super) fn git<E: Into<Box<dyn Error + Send + Sync>>>(
        what: impl Into<String>,
    ) -> impl FnOnce(E) -> Self {
        let what = what.into();
        move |source| Self::Git {
            what,
            source: source.into(),
        }
    }
}
