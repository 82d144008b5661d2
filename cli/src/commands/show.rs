//! `muse show`.

use crate::context::Context;
use crate::error::CliError;

/// Arguments of `muse show`.
#[derive(Debug, clap::Args)]
pub struct ShowArgs {}

/// Runs `muse show`.
///
/// # Errors
/// Whatever stops it.
pub fn run(context: &Context, args: ShowArgs) -> Result<(), CliError> {
    let _ = (context, args);
    unimplemented!("muse show")
}
