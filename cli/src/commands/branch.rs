//! `muse branch`.

use crate::context::Context;
use crate::error::CliError;

/// Arguments of `muse branch`.
#[derive(Debug, clap::Args)]
pub struct BranchArgs {}

/// Runs `muse branch`.
///
/// # Errors
/// Whatever stops it.
pub fn run(context: &Context, args: BranchArgs) -> Result<(), CliError> {
    let _ = (context, args);
    unimplemented!("muse branch")
}
