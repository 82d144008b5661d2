//! Where an import goes: a repository that is there, or one that is made for it and goes with it if
//! it fails.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::git_args::GitArgs;
use crate::repository::{Repository, RepositoryError};
use crate::ui::context::Context;
use crate::ui::error::CliError;

/// The branch of a repository made for an import, until git's own `HEAD` is known.
const DEFAULT_BRANCH: &str = "main";

/// The repository that is imported into.
pub(super) struct Target {
    pub(super) repository: Arc<Repository>,
    origin: Origin,
}

/// What was there before the import.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// The repository.
    Repository,
    /// A directory that was none.
    Directory,
    /// Nothing.
    Nothing,
}

impl Target {
    /// Opens the repository that `args` name, or makes it.
    pub(super) fn open(context: &Context, args: &GitArgs) -> Result<Self, CliError> {
        let Some(directory) = &args.directory else {
            return Ok(Self {
                repository: context.repository()?,
                origin: Origin::Repository,
            });
        };
        let directory = context.resolve(directory);
        let (repository, origin) = open_or_create(&directory)?;
        Ok(Self {
            repository: Arc::new(context.equip(repository)),
            origin,
        })
    }

    /// Removes what was made for an import that failed before it moved a ref or wrote a file;
    /// returns its error.
    pub(super) fn clean_up(&self, error: impl Into<CliError>) -> CliError {
        let error = error.into();
        let refs = self.repository.refs.read();
        let is_empty = refs.is_ok_and(|refs| {
            refs.checkout().is_none()
                && refs.head_commit().is_none()
                && refs.iter().next().is_none()
        });
        let layout = &self.repository.layout;
        let made = match self.origin {
            Origin::Nothing if is_empty => layout.root(),
            Origin::Directory if is_empty => layout.muse_dir(),
            _ => return error,
        };
        match fs::remove_dir_all(made) {
            Ok(()) => error,
            Err(_) => error.with_hint(format!("{} is left over", made.display())),
        }
    }
}

fn open_or_create(directory: &Path) -> Result<(Repository, Origin), RepositoryError> {
    match Repository::open(directory) {
        Err(RepositoryError::NotARepository(_)) => {
            let origin = match directory.symlink_metadata() {
                Ok(_) => Origin::Directory,
                Err(_) => Origin::Nothing,
            };
            Ok((Repository::init(directory, DEFAULT_BRANCH)?, origin))
        }
        opened => Ok((opened?, Origin::Repository)),
    }
}
