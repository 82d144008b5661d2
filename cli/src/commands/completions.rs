//! `muse completions`.

use crate::context::Context;
use crate::error::CliError;

/// Arguments of `muse completions`.
#[derive(Debug, clap::Args)]
pub struct CompletionsArgs {}

/// Runs `muse completions`.
///
/// # Errors
/// Whatever stops it.
pub fn run(context: &Context, args: CompletionsArgs) -> Result<(), CliError> {
    let _ = (context, args);
    unimplemented!("muse completions")
}
