//! `muse log`.

use crate::context::Context;
use crate::error::CliError;

/// Arguments of `muse log`.
#[derive(Debug, clap::Args)]
pub struct LogArgs {}

/// Runs `muse log`.
///
/// # Errors
/// Whatever stops it.
pub fn run(context: &Context, args: LogArgs) -> Result<(), CliError> {
    let _ = (context, args);
    unimplemented!("muse log")
}
