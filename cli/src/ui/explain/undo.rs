//! Errors of going back.

use crate::ui::error::{CliError, ErrorKind};
use crate::undo::UndoError;

impl From<UndoError> for CliError {
    fn from(error: UndoError) -> Self {
        match error {
            UndoError::Worktree(error) => error.into(),
            UndoError::Repository(error) => error.into(),
            UndoError::NothingToUndo => Self::not_found(error.to_string()),
            UndoError::NoSuchPath(_) => Self::not_found(error.to_string())
                .with_hint("`muse restore --source REV PATH` takes it from another commit"),
            UndoError::InConflict(ref path) => {
                let hints =
                    ["ours", "theirs"].map(|side| format!("`muse restore --{side} {path}`"));
                Self::failed(error.to_string())
                    .with_hint(format!("{} takes one side", hints.join(" or ")))
                    .with_hint(format!(
                        "`muse restore --merge {path}` brings the conflict back"
                    ))
            }
            UndoError::MovedSince { .. } => Self::wrap(ErrorKind::Rejected, error)
                .with_hint("`muse reflog` shows where it has been, `muse reset` moves it"),
        }
    }
}
