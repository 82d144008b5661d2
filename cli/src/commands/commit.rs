//! `muse commit`.

use crate::context::Context;
use crate::error::CliError;

/// Arguments of `muse commit`.
#[derive(Debug, clap::Args)]
pub struct CommitArgs {}

/// Runs `muse commit`.
///
/// # Errors
/// Whatever stops it.
pub fn run(context: &Context, args: CommitArgs) -> Result<(), CliError> {
    let _ = (context, args);
    unimplemented!("muse commit")
}
