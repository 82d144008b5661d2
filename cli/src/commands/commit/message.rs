//! Where a commit's message comes from: `-m`, `-F`, or an editor.

use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use muse_wire::limits::MAX_COMMIT_RECORD_BYTES;

use crate::repository::Repository;
use crate::ui::context::Context;
use crate::ui::error::CliError;

/// The editor of last resort.
const DEFAULT_EDITOR: &str = "vi";

/// What an empty draft holds.
const TEMPLATE: &str = "
# Say why these changes are made: one line, then, after an empty one, as much as it takes.
# Lines that start with `#` are left out, and an empty message ends the commit.
";

/// A message, and the draft that holds it until it is committed.
pub(super) struct Message {
    pub(super) text: String,
    pub(super) draft: Option<PathBuf>,
}

/// The message: of `-m`, of `-F`, or from an editor on a terminal.
pub(super) fn message(
    context: &Context,
    repository: &Repository,
    paragraphs: &[String],
    file: Option<&Path>,
) -> Result<Message, CliError> {
    let (text, draft) = match file {
        Some(file) => (read(context, file)?, None),
        None if !paragraphs.is_empty() => (join(paragraphs), None),
        None if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() => {
            let draft = repository.layout.muse_dir().join("COMMIT_DRAFT");
            (edit(context, &draft)?, Some(draft))
        }
        None => {
            return Err(CliError::usage("there is no message").with_hint("muse commit -m MESSAGE"));
        }
    };
    let text = text.trim().to_owned();
    if text.is_empty() {
        return Err(CliError::failed(
            "the message is empty: nothing was committed",
        ));
    }
    Ok(Message { text, draft })
}

/// One paragraph each.
fn join(paragraphs: &[String]) -> String {
    let paragraphs: Vec<&str> = paragraphs.iter().map(|text| text.trim_end()).collect();
    paragraphs.join("\n\n")
}

fn read(context: &Context, file: &Path) -> Result<String, CliError> {
    let mut text = String::new();
    // A longer one is refused when the record is made; here the limit only bounds memory.
    let limit = MAX_COMMIT_RECORD_BYTES as u64 + 1;
    let read = if file == Path::new("-") {
        std::io::stdin().take(limit).read_to_string(&mut text)
    } else {
        std::fs::File::open(context.resolve(file))
            .and_then(|file| file.take(limit).read_to_string(&mut text))
    };
    read.map_err(|error| {
        CliError::io(
            format!("cannot read the message from {}", file.display()),
            error,
        )
    })?;
    Ok(text)
}

/// Lets the user write the message into `draft`. A draft that an earlier try left is offered again.
fn edit(context: &Context, draft: &Path) -> Result<String, CliError> {
    if !draft.exists() {
        std::fs::write(draft, TEMPLATE)
            .map_err(|error| CliError::io(format!("cannot write {}", draft.display()), error))?;
    }
    let editor = context
        .environment
        .editor
        .as_deref()
        .unwrap_or(DEFAULT_EDITOR);
    // Through the shell, since the variable may hold arguments.
    let status = Command::new("sh")
        .arg("-c")
        .arg(format!("{editor} \"$1\""))
        .arg(editor)
        .arg(draft)
        .status()
        .map_err(|error| CliError::io(format!("cannot start the editor {editor}"), error))?;
    if !status.success() {
        return Err(CliError::failed(format!(
            "the editor {editor} failed ({status}): nothing was committed"
        )));
    }
    let text = std::fs::read_to_string(draft)
        .map_err(|error| CliError::io(format!("cannot read {}", draft.display()), error))?;
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    Ok(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_message_is_a_paragraph() {
        assert_eq!(join(&["One\n".to_owned(), "Two".to_owned()]), "One\n\nTwo");
    }
}
