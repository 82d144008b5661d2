//! `muse auth`.

use crate::context::Context;
use crate::error::CliError;

/// Arguments of `muse auth`.
#[derive(Debug, clap::Args)]
pub struct AuthArgs {}

/// Runs `muse auth`.
///
/// # Errors
/// Whatever stops it.
pub fn run(context: &Context, args: AuthArgs) -> Result<(), CliError> {
    let _ = (context, args);
    unimplemented!("muse auth")
}
