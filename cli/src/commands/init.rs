//! `muse init`.

use crate::context::Context;
use crate::error::CliError;

/// Arguments of `muse init`.
#[derive(Debug, clap::Args)]
pub struct InitArgs {}

/// Runs `muse init`.
///
/// # Errors
/// Whatever stops it.
pub fn run(context: &Context, args: InitArgs) -> Result<(), CliError> {
    let _ = (context, args);
    unimplemented!("muse init")
}
