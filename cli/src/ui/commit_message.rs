//! Where the message of a commit comes from: the command line, a file, or an editor.

use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};

use muse_wire::limits::MAX_COMMIT_RECORD_BYTES;

use super::context::Context;
use super::editor::edit;
use super::error::CliError;
use crate::message;
use crate::repository::Repository;

/// The file in `.muse` that holds a message until it is committed. What an earlier try left in it
/// is offered again.
const DRAFT_FILE: &str = "COMMIT_DRAFT";

/// How a message is given on the command line.
#[derive(Debug, Default, clap::Args)]
pub struct MessageArgs {
    /// Message; each further one becomes a paragraph of its own. Without any, an editor opens.
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
    /// Whether an editor will ask for the message.
    pub fn opens_editor(&self) -> bool {
        self.file.is_none() && self.messages.is_empty() && can_edit()
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
        checked(&text).map(Some)
    }

    /// The message that was given, else one from an editor on a terminal, which starts with
    /// `template`.
    ///
    /// # Errors
    /// If there is none, or it is empty.
    pub fn get(
        &self,
        context: &Context,
        repository: &Repository,
        template: &str,
    ) -> Result<Message, CliError> {
        if let Some(text) = self.given(context)? {
            return Ok(Message { text, draft: None });
        }
        if !can_edit() {
            return Err(CliError::usage("there is no message").with_hint("muse commit -m MESSAGE"));
        }
        let draft = repository.layout.muse_dir().join(DRAFT_FILE);
        let edited = edit(context, &draft, &format!("{template}{}", message::DRAFT))?;
        Ok(Message {
            text: checked(&message::from_draft(&edited))?,
            draft: Some(draft),
        })
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
            None if is_asked && can_edit() => self.get(context, repository, default),
            given => Ok(Message {
                text: given.unwrap_or_else(|| default.to_owned()),
                draft: None,
            }),
        }
    }
}

impl Message {
    /// Removes the draft, since a commit has the message now.
    pub fn forget_draft(&self) {
        if let Some(draft) = &self.draft {
            let _ = std::fs::remove_file(draft);
        }
    }
}

fn can_edit() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

fn checked(text: &str) -> Result<String, CliError> {
    message::checked(text)
        .ok_or_else(|| CliError::failed("the message is empty: nothing was committed"))
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
