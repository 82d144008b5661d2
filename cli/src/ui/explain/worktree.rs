//! Errors of the work tree.

use crate::ui::error::{CliError, ErrorKind, io_error_kind};
use crate::ui::quantity::bytes;
use crate::worktree::{Unrecordable, WorktreeError};

impl From<WorktreeError> for CliError {
    fn from(error: WorktreeError) -> Self {
        use WorktreeError as W;
        match error {
            W::Repository(error) => error.into(),
            W::Signing(error) => error.into(),
            W::WouldOverwrite(ref paths) => {
                let list = name_some(paths.iter());
                Self::wrap(ErrorKind::Failed, error)
                    .with_hint(format!("in the way: {list}"))
                    .with_hint(
                        "commit them, put them aside with `muse stash`, or move them away first",
                    )
            }
            W::Forbidden(ref errors) => {
                let list = name_some(errors.iter());
                let way_out = rename_or_ignore(errors);
                Self::wrap(ErrorKind::Failed, error)
                    .with_hint(list)
                    .with_hint(way_out)
            }
            W::NothingToCommit => {
                Self::wrap(ErrorKind::Failed, error).with_hint("`--allow-empty` commits anyway")
            }
            W::ChangedMeanwhile(_) => {
                Self::wrap(ErrorKind::Failed, error).with_hint("run the command again")
            }
            W::StoodIn(_) => Self::wrap(ErrorKind::Failed, error)
                .with_hint("nothing was changed; run the command again from another directory"),
            W::NoRoom {
                needed_bytes,
                room_bytes,
            } => {
                let (needed, room) = (bytes(needed_bytes), bytes(room_bytes));
                let message = format!("the files take {needed}, and there is room for {room}");
                Self::new(ErrorKind::CannotWrite, message)
                    .with_hint("no file was written; free some space, or use another disk")
            }
            W::Write { ref source, .. } => {
                let kind = io_error_kind(source);
                Self::wrap(kind, error).with_hint(
                    "run the command again once the cause is fixed; `muse status` says whether \
                     something is to be finished first",
                )
            }
            error => Self::wrap(ErrorKind::Failed, error),
        }
    }
}

/// What to do about files that no snapshot can hold.
pub fn rename_or_ignore(files: &[Unrecordable]) -> String {
    let is_not_utf8 = |file: &Unrecordable| matches!(file, Unrecordable::NotUtf8(_));
    let bytes = match files.iter().any(is_not_utf8) {
        true => ", with `?` for each byte that is not UTF-8",
        false => "",
    };
    format!("rename them, or name them in .museignore{bytes}")
}

/// The first few of many things, with how many more there are.
pub(super) fn name_some<T: std::fmt::Display>(things: impl ExactSizeIterator<Item = T>) -> String {
    const SHOWN: usize = 10;
    let more = things.len().saturating_sub(SHOWN);
    let mut list: Vec<String> = things.take(SHOWN).map(|thing| thing.to_string()).collect();
    if more > 0 {
        list.push(format!("and {more} more"));
    }
    list.join(", ")
}
