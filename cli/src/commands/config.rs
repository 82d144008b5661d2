//! `muse config`.

use crate::context::Context;
use crate::error::CliError;

/// Arguments of `muse config`.
#[derive(Debug, clap::Args)]
pub struct ConfigArgs {}

/// Runs `muse config`.
///
/// # Errors
/// Whatever stops it.
pub fn run(context: &Context, args: ConfigArgs) -> Result<(), CliError> {
    let _ = (context, args);
    unimplemented!("muse config")
}
