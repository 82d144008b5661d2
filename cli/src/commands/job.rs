//! `muse job`.

use crate::context::Context;
use crate::error::CliError;

/// Arguments of `muse job`.
#[derive(Debug, clap::Args)]
pub struct JobArgs {}

/// Runs `muse job`.
///
/// # Errors
/// Whatever stops it.
pub fn run(context: &Context, args: JobArgs) -> Result<(), CliError> {
    let _ = (context, args);
    unimplemented!("muse job")
}
