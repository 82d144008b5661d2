//! Asks people for a secret on the terminal.

use std::io::{self, IsTerminal as _};

/// Asks for a line that is not shown while it is typed; `None` if there is no terminal.
///
/// # Errors
/// If the terminal cannot be read or written.
pub fn ask_secret(prompt: &str) -> io::Result<Option<String>> {
    let terminal = console::Term::stderr();
    if !io::stdin().is_terminal() || !terminal.is_term() {
        return Ok(None);
    }
    terminal.write_str(prompt)?;
    terminal.read_secure_line().map(Some)
}
