//! `muse debug`: looks inside.

mod mpack;

use crate::ui::context::Context;
use crate::ui::error::CliError;

/// Arguments of `muse debug`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse debug mpack --verify some.mpack
    Check all of a file.")]
pub struct DebugArgs {
    #[command(subcommand)]
    subject: DebugSubject,
}

#[derive(Debug, clap::Subcommand)]
enum DebugSubject {
    /// List what an mpack is made of: header, frames, tables, with sizes.
    ///
    /// The file is hashed. Where that gives another key than the file is named by, every frame is
    /// checked, the first damaged one is named, and the exit code is 9.
    ///
    /// A frame that is checked is `sound`, `damaged` or `unknown`: it shows no damage, but builds
    /// on what neither the mpack nor the repository that the command works in has, or no sound
    /// record confirms what it holds. Frames of a thin mpack can be checked in a repository that
    /// has its bases.
    #[command(after_help = "Examples:
  muse debug mpack 3f9a21c0
    List what an mpack of this repository holds.
  muse debug mpack --verify some.mpack
    Check all of a file.")]
    Mpack(mpack::MpackArgs),
}

/// Runs `muse debug`.
///
/// # Errors
/// If what is named cannot be read.
pub fn run(context: &Context, args: DebugArgs) -> Result<(), CliError> {
    match args.subject {
        DebugSubject::Mpack(args) => mpack::run(context, &args),
    }
}
