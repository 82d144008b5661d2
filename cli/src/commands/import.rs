//! `muse import`.

mod git;
mod git_args;
mod target;

use self::git::run_git;
use self::git_args::GitArgs;
use crate::ui::context::Context;
use crate::ui::error::CliError;

/// Arguments of `muse import`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse import git ../linux linux
    Make a repository of one of git's.")]
pub struct ImportArgs {
    #[command(subcommand)]
    from: ImportFrom,
}

/// What to import from.
#[derive(Debug, clap::Subcommand)]
enum ImportFrom {
    /// Import all branches and tags of a git repository, with their whole history.
    ///
    /// Run it again to import what has been added since. Branches that have moved on both sides
    /// are left alone.
    ///
    /// Files that git has as LFS pointers become what the pointers stand for, where git's local
    /// store has it: `git lfs fetch --all` brings it there. Git's notes become the branches
    /// `git-notes/…`.
    #[command(after_help = "Examples:
  muse import git ../linux linux
    Make the repository `linux` of one of git's.
  muse import git ../linux
    Bring what is new there into the current repository.")]
    Git(GitArgs),
}

/// Imports a history and checks out its current branch.
///
/// # Errors
/// If git's data cannot be read or represented, or the repository cannot be written.
pub fn run(context: &Context, args: ImportArgs) -> Result<(), CliError> {
    match args.from {
        ImportFrom::Git(args) => run_git(context, &args),
    }
}
