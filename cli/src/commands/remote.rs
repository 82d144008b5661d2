//! `muse remote`.

use crate::context::Context;
use crate::error::CliError;

/// Arguments of `muse remote`.
#[derive(Debug, clap::Args)]
pub struct RemoteArgs {}

/// Runs `muse remote`.
///
/// # Errors
/// Whatever stops it.
pub fn run(context: &Context, args: RemoteArgs) -> Result<(), CliError> {
    let _ = (context, args);
    unimplemented!("muse remote")
}
