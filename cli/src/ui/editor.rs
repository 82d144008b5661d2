//! Lets people write a text in their editor.

use std::path::Path;
use std::process::Command;

use super::context::Context;
use super::error::CliError;

/// The editor where none is set.
const DEFAULT_EDITOR: &str = "vi";

/// Opens `file` in the editor, and reads it once the editor has ended. A file that is missing is
/// created with `template` in it.
///
/// # Errors
/// If the editor cannot be started or fails, or the file cannot be read or written.
pub fn edit(context: &Context, file: &Path, template: &str) -> Result<String, CliError> {
    if !file.exists() {
        std::fs::write(file, template)
            .map_err(|error| CliError::io(format!("cannot write {}", file.display()), error))?;
    }
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
    if !status.success() {
        return Err(CliError::failed(format!(
            "the editor {editor} failed ({status}): nothing was committed"
        )));
    }
    std::fs::read_to_string(file)
        .map_err(|error| CliError::io(format!("cannot read {}", file.display()), error))
}
