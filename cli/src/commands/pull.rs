//! `muse pull`.

use crate::context::Context;
use crate::error::CliError;

/// Arguments of `muse pull`.
#[derive(Debug, clap::Args)]
pub struct PullArgs {}

/// Runs `muse pull`.
///
/// # Errors
/// Whatever stops it.
pub fn run(context: &Context, args: PullArgs) -> Result<(), CliError> {
    let _ = (context, args);
    unimplemented!("muse pull")
}
