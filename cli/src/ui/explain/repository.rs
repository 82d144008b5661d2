//! Errors of the local repository.

use std::path::Path;

use muse_wire::dag::WalkError;
use muse_wire::mpack::WriteError;

use crate::repository::RepositoryError;
use crate::ui::error::{CliError, ErrorKind};
use crate::ui::escape::one_line;

impl From<RepositoryError> for CliError {
    fn from(error: RepositoryError) -> Self {
        use RepositoryError as R;
        let (kind, hint) = match &error {
            R::NotARepository(_) => (
                ErrorKind::NotFound,
                Some("`muse init` makes one, `muse clone URL` copies one"),
            ),
            R::Bare(_) => (
                ErrorKind::Usage,
                Some("`muse clone` it to get its files, and push your commits back"),
            ),
            R::UnknownRevision { .. } => (
                ErrorKind::NotFound,
                Some("`muse branch -a` and `muse tag` list the names, `muse log` the commits"),
            ),
            R::Forgotten(_) => (
                ErrorKind::NotFound,
                Some("nothing reached it for a while, and `muse gc` dropped it"),
            ),
            R::Shallow(_) => (
                ErrorKind::NotFound,
                Some(
                    "`muse fetch --deepen N` brings N commits more, `muse fetch --unshallow` all \
                     of them",
                ),
            ),
            R::NotInReflog { .. } => (
                ErrorKind::NotFound,
                Some("`muse reflog` shows where HEAD has been, `muse reflog REF` a branch"),
            ),
            R::NoCommits => (
                ErrorKind::NotFound,
                Some("`muse commit -m MESSAGE` makes the first one"),
            ),
            R::Ambiguous { .. } => (ErrorKind::NotFound, None),
            R::UnsupportedFormat { .. } => (
                ErrorKind::Failed,
                Some("use the version of muse that wrote it, or clone it again"),
            ),
            R::Locked { .. } => (
                ErrorKind::Locked,
                Some("wait until the other command has finished, then run this one again"),
            ),
            R::Damaged { .. } | R::DamagedMpack { .. } | R::Missing { .. } => (
                ErrorKind::Damaged,
                Some(
                    "`muse fsck` says what is damaged, `muse fsck --repair` gets what the remotes \
                     have of it",
                ),
            ),
            R::Withheld { .. } => (
                ErrorKind::NotFound,
                Some("`muse fetch` gets it once the server gives it again"),
            ),
            R::Write(WriteError::TooLarge { .. }) => (
                ErrorKind::Failed,
                Some("commit in parts: name some of the files in .museignore for the first one"),
            ),
            R::RefChanged { .. } => (ErrorKind::Rejected, Some("run the command again")),
            R::CannotWrite { .. } => (ErrorKind::CannotWrite, None),
            _ => (ErrorKind::Failed, None),
        };
        if let R::Ambiguous { candidates, .. } = &error {
            let candidates: Vec<String> = candidates
                .iter()
                .map(|(id, subject)| format!("{} {}", id.short(), one_line(subject)))
                .collect();
            let mut wrapped = Self::wrap(kind, error).with_hint("type more digits of one of these");
            wrapped.hints.extend(candidates);
            return wrapped;
        }
        if let R::LostFormat { path, usual } = &error {
            let hint = format!(
                "if this version of muse has made it: echo {usual} > {}",
                path.display()
            );
            return Self::wrap(ErrorKind::Damaged, error).with_hint(hint);
        }
        if matches!(error, R::UnfinishedCheckout(_)) {
            return Self::wrap(ErrorKind::Failed, error)
                .with_hint("`muse switch --continue` finishes it")
                .with_hint("`muse switch --abort` goes back");
        }
        if let R::Unfinished(action) = &error {
            let hints = [
                format!("`muse {action} --continue` goes on once the conflicts are settled"),
                format!("`muse {action} --abort` goes back"),
            ];
            let mut wrapped = Self::wrap(ErrorKind::Failed, error);
            wrapped.hints.extend(hints);
            return wrapped;
        }
        if let R::UnfinishedClone { url, root } = &error {
            let hint = finish_clone(url, root);
            return Self::wrap(ErrorKind::Failed, error).with_hint(hint);
        }
        let mut wrapped = Self::wrap(kind, error);
        wrapped.hints.extend(hint.map(str::to_owned));
        wrapped
    }
}

/// How the unfinished clone of `url` in the directory `root` is finished.
pub fn finish_clone(url: &str, root: &Path) -> String {
    format!("`muse clone {url} {}` finishes it", root.display())
}

impl From<WalkError<RepositoryError>> for CliError {
    fn from(error: WalkError<RepositoryError>) -> Self {
        match error {
            WalkError::Source(error) => error.into(),
            WalkError::Missing(id) => RepositoryError::missing_commit(&id).into(),
            error => Self::wrap(ErrorKind::Damaged, error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_error_keeps_its_kind_and_is_said_once() {
        let error = CliError::from(RepositoryError::NoCommits);
        assert_eq!(error.kind, ErrorKind::NotFound);
        insta::assert_snapshot!(error.render(), @r"
        error: there are no commits yet
        hint: `muse commit -m MESSAGE` makes the first one
        ");
    }
}
