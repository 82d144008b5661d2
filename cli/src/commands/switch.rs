//! `muse switch`.

use crate::context::Context;
use crate::error::CliError;

/// Arguments of `muse switch`.
#[derive(Debug, clap::Args)]
pub struct SwitchArgs {}

/// Runs `muse switch`.
///
/// # Errors
/// Whatever stops it.
pub fn run(context: &Context, args: SwitchArgs) -> Result<(), CliError> {
    let _ = (context, args);
    unimplemented!("muse switch")
}
