//! Asks people on the terminal: for a secret, or for a yes.

use std::io::{self, IsTerminal as _};

use crate::secret::Secret;

/// Asks for a line that is not shown while it is typed; `None` if there is no terminal.
///
/// # Errors
/// If the terminal cannot be read or written.
pub fn ask_secret(prompt: &str) -> io::Result<Option<Secret>> {
    let terminal = console::Term::stderr();
    if !io::stdin().is_terminal() || !terminal.is_term() {
        return Ok(None);
    }
    terminal.write_str(prompt)?;
    let line = terminal.read_secure_line()?;
    Ok(Some(Secret::new(line)))
}

/// Asks a question that only `y` or `yes` affirms; `None` if there is no terminal.
///
/// # Errors
/// If the terminal cannot be read or written.
pub fn ask_yes(question: &str) -> io::Result<Option<bool>> {
    let terminal = console::Term::stderr();
    if !io::stdin().is_terminal() || !terminal.is_term() {
        return Ok(None);
    }
    terminal.write_str(&format!("{question} [y/N] "))?;
    // The end of the input is no yes.
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    let answer = answer.trim().to_ascii_lowercase();
    Ok(Some(matches!(answer.as_str(), "y" | "yes")))
}
