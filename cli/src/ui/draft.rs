//! A message that people write in their editor. It lies in `.muse` until it is used, so that it is
//! not lost where the command fails.

use std::fs;
use std::path::{Path, PathBuf};

use super::context::Context;
use super::editor::edit;
use super::error::CliError;
use crate::message;
use crate::repository::Repository;

/// What a draft is for.
#[derive(Debug, Clone, Copy)]
pub struct Draft {
    /// The file in `.muse` that holds it.
    file_name: &'static str,
    /// What stands below the message and is no part of it.
    remarks: &'static str,
    /// What does not happen without a message.
    without: &'static str,
    /// The command that takes one without an editor.
    pub instead: &'static str,
}

impl Draft {
    /// The message of a commit.
    pub const COMMIT: Self = Self {
        file_name: "COMMIT_DRAFT",
        remarks: "
# Say why these changes are made: one line, then, after an empty line, as much as it takes.
# Lines that start with `#` are left out, and an empty message ends the commit.
",
        without: "nothing was committed",
        instead: "muse commit -m MESSAGE",
    };
    /// The message of an annotated tag.
    pub const TAG: Self = Self {
        file_name: "TAG_DRAFT",
        remarks: "
# Say what this tag marks. Lines that start with `#` are left out, and an empty message makes no
# tag.
",
        without: "no tag was made",
        instead: "muse tag NAME -m MESSAGE",
    };

    /// Lets people write it, starting with `text`, or with what an earlier try left. Returns the
    /// message and the file that holds it.
    ///
    /// # Errors
    /// If the message is empty, or is what an earlier try left: nobody has said that it is meant.
    pub fn write(
        self,
        context: &Context,
        repository: &Repository,
        text: Option<&str>,
    ) -> Result<(String, PathBuf), CliError> {
        let path = repository.layout.muse_dir().join(self.file_name);
        let earlier = match text {
            Some(_) => None,
            None => left_by_an_earlier_try(&path),
        };
        if earlier.is_none() {
            let start = format!("{}{}", text.unwrap_or_default(), self.remarks);
            fs::write(&path, start)
                .map_err(|error| CliError::io(format!("cannot write {}", path.display()), error))?;
        }
        edit(context, &path, self.without)?;
        let edited = fs::read_to_string(&path)
            .map_err(|error| CliError::io(format!("cannot read {}", path.display()), error))?;
        if earlier.is_some_and(|earlier| earlier == edited) {
            let message = "the message is still what an earlier try left";
            return Err(CliError::failed(format!("{message}: {}", self.without))
                .with_hint("any change, if only an empty line, says that it is meant"));
        }
        let message = message::checked(&message::from_draft(&edited))
            .ok_or_else(|| CliError::failed(format!("the message is empty: {}", self.without)))?;
        Ok((message, path))
    }
}

/// The draft in which a message is left.
fn left_by_an_earlier_try(path: &Path) -> Option<String> {
    let draft = fs::read_to_string(path).ok()?;
    message::checked(&message::from_draft(&draft))?;
    Some(draft)
}
