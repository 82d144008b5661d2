//! Importing a git repository: all branches and tags with their whole history.
//!
//! 1. `source` opens the git repository and reads its refs.
//! 2. `plan` walks the commits that are not here yet, parents first, and notes what each changed.
//! 3. `objects` reads the blobs in the order in which they are kept, and writes them as one mpack.
//! 4. `records` turns commits and trees into records, in a second mpack: their number is known only
//!    once the objects' ids are.
//! 5. `branches` moves refs.
//!
//! Until the refs move, nothing of it is visible; an import that dies may simply be run again. Every
//! imported commit notes the git commit it came from, so the next import takes only what is new.

mod branches;
mod objects;
mod pipeline;
mod plan;
mod records;
mod source;
mod text;

use std::error::Error;
use std::path::{Path, PathBuf};

use muse_wire::commit::CommitError;
use muse_wire::name::RefName;
use muse_wire::path::PathError;
use muse_wire::snapshot::TreeError;

use crate::report::Reporter;
use crate::repository::{Head, Repository, RepositoryError};

/// Metadata key of an imported commit: the id of the git commit.
pub const GIT_COMMIT: &str = "git.commit";

/// Metadata key: the committer, where it is not the author: `Name <e-mail> SECONDS OFFSET`.
pub const GIT_COMMITTER: &str = "git.committer";

/// Metadata key: submodules that the commit changed, a line `PATH COMMIT` each, `-` where it is gone.
pub const GIT_SUBMODULES: &str = "git.submodules";

/// What to do where there is a choice.
#[derive(Debug, Clone, Copy, Default)]
pub struct ImportOptions {
    /// Move refs even where that loses commits made here.
    pub force: bool,
    /// Leave out files whose paths no snapshot may hold, instead of refusing the whole history.
    pub skip_forbidden_paths: bool,
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportSummary {
    /// Commits that were not here before.
    pub commits: u64,
    /// Objects that were not here before.
    pub objects: u64,
    /// Their bytes.
    pub object_bytes: u64,
    /// Branches and tags that moved or were created.
    pub moved: Vec<RefName>,
    /// Branches and tags that were left where they are, because they have moved here too.
    pub refused: Vec<RefName>,
    /// Where git's `HEAD` points, if that was imported.
    pub head: Option<Head>,
    /// What git holds and this repository cannot, one sentence each.
    pub warnings: Vec<String>,
}

/// Why an import failed; no ref has moved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// No git repository there, or none that can be read.
    #[error("cannot open the git repository {}", .path.display())]
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
    #[error("git commit {commit} cannot be imported: the path {path:?} is not UTF-8")]
    PathEncoding {
        /// The commit, in hexadecimal.
        commit: String,
        /// The path, as far as it can be shown.
        path: String,
    },
    /// Two paths that some file systems take for one.
    #[error("git commit {commit} cannot be imported")]
    Tree {
        /// The commit, in hexadecimal.
        commit: String,
        /// The paths.
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
    /// The local repository failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

impl ImportError {
    /// For `map_err`: git's data cannot be read.
    fn git<E: Into<Box<dyn Error + Send + Sync>>>(
        what: impl Into<String>,
    ) -> impl FnOnce(E) -> Self {
        let what = what.into();
        move |source| Self::Git {
            what,
            source: source.into(),
        }
    }
}

/// Imports what the git repository at `git` holds and `repository` does not.
///
/// # Errors
/// [`ImportError`]; no ref has moved.
pub fn import_git(
    repository: &Repository,
    git: &Path,
    options: ImportOptions,
    progress: &dyn Reporter,
) -> Result<ImportSummary, ImportError> {
    let source = source::Source::open(git)?;
    let mut losses = text::Losses::default();
    losses.may_skip_paths = options.skip_forbidden_paths;
    let tips = source.tips(&mut losses)?;
    let known = records::known_commits(repository)?;
    let plan = plan::Plan::make(&source, &tips, known, progress, &mut losses)?;
    let mut summary = ImportSummary {
        commits: plan.commits.len() as u64,
        ..ImportSummary::default()
    };
    let objects = objects::write(repository, &source, &plan, progress, &mut summary)?;
    let imported = records::write(repository, &source, plan, &objects, progress, &mut losses)?;
    branches::update(repository, &tips, &imported, options, &mut summary)?;
    if summary.commits > 0 || !summary.moved.is_empty() {
        summary.warnings = losses.sentences();
    }
    Ok(summary)
}
