//! Importing a git repository: all branches and tags with their whole history.

use std::path::Path;

use crate::progress::Progress;
use crate::repository::{Repository, RepositoryError};

/// What to do where there is a choice.
#[derive(Debug, Clone, Copy, Default)]
pub struct ImportOptions {
    /// Move refs even where that loses commits made here.
    pub force: bool,
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportSummary {
    /// Commits that were not here before.
    pub commits: u64,
    /// Objects that were not here before.
    pub objects: u64,
    /// Branches and tags that moved or were created.
    pub refs: u64,
    /// What git holds and this repository cannot, one sentence each.
    pub warnings: Vec<String>,
}

/// Why an import failed; the repository is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The local repository failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

/// Imports what the git repository at `git` holds and `repository` does not.
///
/// # Errors
/// [`ImportError`]; the repository is as it was.
pub fn import_git(
    repository: &Repository,
    git: &Path,
    options: ImportOptions,
    progress: &dyn Progress,
) -> Result<ImportSummary, ImportError> {
    let _ = (repository, git, options, progress);
    unimplemented!()
}
