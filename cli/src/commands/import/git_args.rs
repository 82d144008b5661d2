//! Arguments of `muse import git`.

use std::path::PathBuf;

/// Arguments of `muse import git`.
#[derive(Debug, clap::Args)]
pub(super) struct GitArgs {
    /// The git repository: its work tree or its `.git` directory, as a path or a `file` URL.
    #[arg(value_name = "REPOSITORY")]
    pub(super) path: PathBuf,
    /// Directory to import into, which becomes a repository if it is not one; the current
    /// repository unless given.
    pub(super) directory: Option<PathBuf>,
    /// Move branches and tags even if that drops commits made here.
    #[arg(long)]
    pub(super) force: bool,
    /// Leave out files that cannot be recorded: names that are not UTF-8 or could pass for `.muse`,
    /// and symbolic links whose targets are empty, too long or hold a NUL.
    #[arg(long)]
    pub(super) skip_unrecordable: bool,
    /// Do not change the files of the work tree.
    #[arg(long)]
    pub(super) no_checkout: bool,
}
