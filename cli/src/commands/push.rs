//! `muse push`.

use crate::context::Context;
use crate::error::CliError;

/// Arguments of `muse push`.
#[derive(Debug, clap::Args)]
pub struct PushArgs {}

/// Runs `muse push`.
///
/// # Errors
/// Whatever stops it.
pub fn run(context: &Context, args: PushArgs) -> Result<(), CliError> {
    let _ = (context, args);
    unimplemented!("muse push")
}
