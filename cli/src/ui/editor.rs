//! Lets people write a text in their editor.

use std::path::Path;
use std::process::Command;

use super::context::Context;
use super::error::CliError;

/// The editor where none is set.
const DEFAULT_EDITOR: &str = "vi";

/// Opens `file` in the editor, and waits until it has ended.
///
/// # Errors
/// If the editor cannot be started, or fails; then `without` says what did not happen.
pub fn edit(context: &Context, file: &Path, without: &str) -> Result<(), CliError> {
    let editor = context.environment.editor.as_deref();
    let editor = editor.unwrap_or(DEFAULT_EDITOR);
    // Through the shell, since the variable may hold arguments.
    let status = Command::new("sh")
        .arg("-c")
        .arg(format!("{editor} \"$1\""))
        .arg(editor)
        .arg(file)
        .status()
        .map_err(|error| CliError::io(format!("cannot start the editor {editor}"), error))?;
    match status.success() {
        true => Ok(()),
        false => Err(CliError::failed(format!(
            "the editor {editor} failed ({status}): {without}"
        ))),
    }
}
