//! `muse clone`.

use crate::context::Context;
use crate::error::CliError;

/// Arguments of `muse clone`.
#[derive(Debug, clap::Args)]
pub struct CloneArgs {}

/// Runs `muse clone`.
///
/// # Errors
/// Whatever stops it.
pub fn run(context: &Context, args: CloneArgs) -> Result<(), CliError> {
    let _ = (context, args);
    unimplemented!("muse clone")
}
