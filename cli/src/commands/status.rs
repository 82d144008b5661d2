//! `muse status`.

use crate::context::Context;
use crate::error::CliError;

/// Arguments of `muse status`.
#[derive(Debug, clap::Args)]
pub struct StatusArgs {}

/// Runs `muse status`.
///
/// # Errors
/// Whatever stops it.
pub fn run(context: &Context, args: StatusArgs) -> Result<(), CliError> {
    let _ = (context, args);
    unimplemented!("muse status")
}
