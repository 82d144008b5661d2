//! `muse fetch`.

use crate::context::Context;
use crate::error::CliError;

/// Arguments of `muse fetch`.
#[derive(Debug, clap::Args)]
pub struct FetchArgs {}

/// Runs `muse fetch`.
///
/// # Errors
/// Whatever stops it.
pub fn run(context: &Context, args: FetchArgs) -> Result<(), CliError> {
    let _ = (context, args);
    unimplemented!("muse fetch")
}
