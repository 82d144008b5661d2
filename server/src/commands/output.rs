//! The one place that prints.

use std::io::{self, Write as _};

use super::CommandError;

/// What stands in a column that does not apply.
pub(super) const NONE: &str = "-";

/// Prints one line of a command's result.
pub(crate) fn print_line(line: &str) -> Result<(), CommandError> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .map_err(CommandError::Print)
}

/// Prints on stderr why a command failed, or what it asks.
pub(crate) fn print_error(message: &str) {
    // Where stderr is closed, the exit code still tells.
    let _ = writeln!(io::stderr(), "musehub: {message}");
}
