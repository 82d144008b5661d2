//! Where the message of a commit or a tag comes from: the command line, a file, or an editor.

use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};

use muse_wire::limits::MAX_COMMIT_RECORD_BYTES;

use super::context::Context;
use super::draft::Draft;
use super::error::CliError;
use crate::message;
use crate::repository::Repository;

/// How a message is given on the command line.
#[derive(Debug, Default, clap::Args)]
pub struct MessageArgs {
    /// Message; each further one becomes a paragraph of its own.
    #[arg(short, long = "message", value_name = "MESSAGE")]
    messages: Vec<String>,
    /// Read the message from FILE, or from standard input if it is `-`.
    #[arg(short = 'F', long, value_name = "FILE", conflicts_with = "messages")]
    file: Option<PathBuf>,
}

/// A message, and the draft that holds it until it is committed.
pub struct Message {
    /// The text, which is not empty.
    pub text: String,
    draft: Option<PathBuf>,
}

impl MessageArgs {
    /// Whether a message was given.
    pub fn is_given(&self) -> bool {
        self.file.is_some() || !self.messages.is_empty()
    }

    /// Whether an editor will ask for the message.
    pub fn opens_editor(&self) -> bool {
        !self.is_given() && can_edit()
    }

    /// The message that was given; `None` where none was.
    ///
    /// # Errors
    /// If it is empty, or the file cannot be read.
    pub fn given(&self, context: &Context) -> Result<Option<String>, CliError> {
        let text = match &self.file {
            Some(file) => read_message(context, file)?,
            None if self.messages.is_empty() => return Ok(None),
            None => message::from_paragraphs(&self.messages),
        };
        let message = message::checked(&text);
        message
            .map(Some)
            .ok_or_else(|| CliError::failed("the message is empty"))
    }

    /// The message that was given, else one from an editor on a terminal. `text` is what that
    /// starts with; without it, what an earlier try left is offered again.
    ///
    /// # Errors
    /// If there is none, or it is empty.
    pub fn get(
        &self,
        context: &Context,
        repository: &Repository,
        draft: Draft,
        text: Option<&str>,
    ) -> Result<Message, CliError> {
        if let Some(text) = self.given(context)? {
            return Ok(Message { text, draft: None });
        }
        if !can_edit() {
            return Err(CliError::usage("there is no message").with_hint(draft.instead));
        }
        let (text, draft) = draft.write(context, repository, text)?;
        let draft = Some(draft);
        Ok(Message { text, draft })
    }

    /// The message that was given, else `default`, which people may edit on a terminal if
    /// `is_asked`.
    ///
    /// # Errors
    /// If it is empty.
    pub fn get_or(
        &self,
        context: &Context,
        repository: &Repository,
        default: &str,
        is_asked: bool,
    ) -> Result<Message, CliError> {
        match self.given(context)? {
            None if is_asked && can_edit() => {
                self.get(context, repository, Draft::COMMIT, Some(default))
            }
            given => Ok(Message {
                text: given.unwrap_or_else(|| default.to_owned()),
                draft: None,
            }),
        }
    }
}

impl Message {
    /// Removes the draft, since a commit or a tag has the message now.
    pub fn forget_draft(&self) {
        if let Some(draft) = &self.draft {
            let _ = std::fs::remove_file(draft);
        }
    }
}

fn can_edit() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

fn read_message(context: &Context, file: &Path) -> Result<String, CliError> {
    let mut text = String::new();
    // A longer one is refused when the record is made; here the limit only bounds memory.
    let limit = MAX_COMMIT_RECORD_BYTES as u64 + 1;
    let read = if file == Path::new("-") {
        std::io::stdin().take(limit).read_to_string(&mut text)
    } else {
        std::fs::File::open(context.resolve(file))
            .and_then(|file| file.take(limit).read_to_string(&mut text))
    };
    let what = || format!("cannot read the message from {}", file.display());
    read.map_err(|error| CliError::io(what(), error))?;
    Ok(text)
}
