//! `muse diff`.

use crate::context::Context;
use crate::error::CliError;

/// Arguments of `muse diff`.
#[derive(Debug, clap::Args)]
pub struct DiffArgs {}

/// Runs `muse diff`.
///
/// # Errors
/// Whatever stops it.
pub fn run(context: &Context, args: DiffArgs) -> Result<(), CliError> {
    let _ = (context, args);
    unimplemented!("muse diff")
}
