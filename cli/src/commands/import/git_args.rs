//! Arguments of `muse import git`.

use std::path::PathBuf;

/// Arguments of `muse import git`.
#[derive(Debug, clap::Args)]
pub(super) struct GitArgs {
    /// The git repository: its work tree or its `.git` directory.
    pub(super) path: PathBuf,
    /// Directory to import into; it becomes a repository if it is not one [default: the current
    /// repository].
    pub(super) directory: Option<PathBuf>,
    /// Move branches and tags even if that drops commits made here.
    #[arg(long)]
    pub(super) force: bool,
    /// Leave out files whose paths cannot be recorded, such as names that are not UTF-8.
    #[arg(long)]
    pub(super) skip_forbidden_paths: bool,
    /// Do not change the files of the work tree.
    #[arg(long)]
    pub(super) no_checkout: bool,
}
