//! Long output through a pager, as git does it: only on a terminal, and `less -FRX` unless told
//! otherwise.

use std::io::{BufWriter, Write as _};
use std::process::{Child, Command, Stdio};

use super::context::Context;
use super::error::CliError;
use super::output::Output;
use super::printer::stdout_error;

/// Runs `body` with an output that goes through the pager where a person is reading, and to stdout
/// otherwise.
/// `body` must not print by other means.
///
/// # Errors
/// Whatever `body` gives. A reader who quits early ends it quietly.
pub fn paged(
    context: &Context,
    body: impl FnOnce(&mut Output<'_>) -> Result<(), CliError>,
) -> Result<(), CliError> {
    let Some((mut pager, input)) = start(context) else {
        let is_terminal = context.printer.options().stdout_is_terminal;
        let mut stdout = context.printer.stdout();
        return body(&mut Output::new(&mut **stdout, is_terminal));
    };
    let mut output = BufWriter::new(input);
    let result = body(&mut Output::new(&mut output, true))
        .and_then(|()| output.flush().map_err(stdout_error));
    // The pager learns that nothing more comes, and the shell must not get its terminal back before
    // the pager ends.
    drop(output);
    let _ = pager.wait();
    result
}

fn start(context: &Context) -> Option<(Child, std::process::ChildStdin)> {
    if context.json() || !context.printer.options().stdout_is_terminal {
        return None;
    }
    let mut command = match context.environment.pager.as_deref().map(str::trim) {
        Some("" | "cat") => return None,
        Some(pager) => {
            // Through the shell, since the variable may hold arguments.
            let mut command = Command::new("sh");
            command.arg("-c").arg(pager);
            command
        }
        None => {
            let mut command = Command::new("less");
            command.arg("-FRX");
            command
        }
    };
    // Without a pager there is still the terminal.
    let mut pager = command.stdin(Stdio::piped()).spawn().ok()?;
    let input = pager.stdin.take()?;
    Some((pager, input))
}
