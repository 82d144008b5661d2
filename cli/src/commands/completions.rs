//! `muse completions`.

use crate::ui::completion::Shell;
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::printer::stdout_error;

/// Arguments of `muse completions`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse completions bash
    Print the script: `source <(muse completions bash)` loads it.
  muse completions fish
    Print it for fish: `muse completions fish | source` loads it.")]
pub struct CompletionsArgs {
    /// The shell.
    shell: Shell,
}

/// Prints the script with which a shell completes `muse`.
///
/// # Errors
/// If stdout cannot be written.
pub fn run(context: &Context, args: CompletionsArgs) -> Result<(), CliError> {
    let script = args.shell.script().as_bytes();
    let mut stdout = context.printer.stdout();
    stdout.write_all(script).map_err(stdout_error)
}
