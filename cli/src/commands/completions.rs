//! `muse completions`.

use clap_complete::Shell;

use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::printer::stdout_error;

/// Arguments of `muse completions`.
#[derive(Debug, clap::Args)]
pub struct CompletionsArgs {
    /// The shell.
    shell: Shell,
}

/// Prints the completion script for `command_line`, the whole tree of commands.
///
/// # Errors
/// If stdout cannot be written.
pub fn run(
    context: &Context,
    args: CompletionsArgs,
    mut command_line: clap::Command,
) -> Result<(), CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command_line, "muse", &mut script);
    context
        .printer
        .stdout()
        .write_all(&script)
        .map_err(stdout_error)
}
