//! `muse import`.

use crate::context::Context;
use crate::error::CliError;

/// Arguments of `muse import`.
#[derive(Debug, clap::Args)]
pub struct ImportArgs {}

/// Runs `muse import`.
///
/// # Errors
/// Whatever stops it.
pub fn run(context: &Context, args: ImportArgs) -> Result<(), CliError> {
    let _ = (context, args);
    unimplemented!("muse import")
}
