//! `muse export`.

mod fast_export;
mod git;
mod other_ids;

use self::git::{GitArgs, run_git};
use crate::ui::context::Context;
use crate::ui::error::CliError;

/// Arguments of `muse export`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse export git ../engine.git
    Make a git repository of the history, or bring it up to date.")]
pub struct ExportArgs {
    #[command(subcommand)]
    to: ExportTo,
}

/// What to export to.
#[derive(Debug, clap::Subcommand)]
enum ExportTo {
    /// Export all branches and tags to a git repository, with their whole history.
    ///
    /// What was imported from git gets the ids that it had there: committers, encodings,
    /// signatures, submodules and annotated tags included. Run it again to export what has been
    /// added since. Branches that have moved on both sides are left alone, and so is the one that
    /// is checked out there.
    ///
    /// Files that were LFS pointers in git are pointers there again, and what they stand for goes
    /// to its local store. The branches `git-notes/…` are git's notes there.
    #[command(after_help = "Examples:
  muse export git ../engine.git
    Make a bare git repository of the history, or bring it up to date.
  muse export git --force ../engine.git
    Move git's branches to where they are here, whatever git has there.
  muse export git --fast-export engine.stream
    Write a stream that `git fast-import` reads, and other tools do; without a name, it goes to
    standard output, and through a pipe to them.")]
    Git(GitArgs),
}

/// Exports the history.
///
/// # Errors
/// If the repository cannot be read, or git's cannot be written.
pub fn run(context: &Context, args: ExportArgs) -> Result<(), CliError> {
    match args.to {
        ExportTo::Git(args) => run_git(context, &args),
    }
}
