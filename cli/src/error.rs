//! The one error that commands return: what kind it is, what happened, why, and what to type next.
//!
//! The kind fixes the exit code; see [`ErrorKind::exit_code`], the only place that defines them.

use std::error::Error;
use std::fmt::Write as _;

use muse_wire::dag::WalkError;

use crate::repository::RepositoryError;
use crate::worktree::WorktreeError;

/// What kind of failure it was, as far as a script can act on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// Any reason that has no kind of its own.
    Failed,
    /// The command line is wrong.
    Usage,
    /// Not authenticated, or not allowed.
    Denied,
    /// An unknown repository, revision or path.
    NotFound,
    /// The ref moved or has diverged: fetch first.
    Rejected,
    /// The server cannot be reached, or something in between answers.
    Network,
    /// The wait for a job ended before the job did; the job goes on.
    JobUnfinished,
    /// The server refused or failed the push: a limit, an invalid mpack, blocked content.
    PushFailed,
    /// The local repository is damaged.
    Damaged,
    /// Another process holds the repository's lock.
    Locked,
    /// No space, or no permission to write locally.
    CannotWrite,
    /// Whoever read the output has gone: end quietly.
    ClosedPipe,
}

impl ErrorKind {
    /// The process's exit code.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::ClosedPipe => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Denied => 3,
            Self::NotFound => 4,
            Self::Rejected => 5,
            Self::Network => 6,
            Self::JobUnfinished => 7,
            Self::PushFailed => 8,
            Self::Damaged => 9,
            Self::Locked => 10,
            Self::CannotWrite => 11,
        }
    }

    /// The stable name that `--json` reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClosedPipe => "closed_pipe",
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::Denied => "denied",
            Self::NotFound => "not_found",
            Self::Rejected => "rejected",
            Self::Network => "network",
            Self::JobUnfinished => "job_unfinished",
            Self::PushFailed => "push_failed",
            Self::Damaged => "damaged",
            Self::Locked => "locked",
            Self::CannotWrite => "cannot_write",
        }
    }
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct CliError {
    /// What kind of failure.
    pub kind: ErrorKind,
    /// What failed, in one line.
    pub message: String,
    /// Why.
    #[source]
    pub source: Option<Box<dyn Error + Send + Sync>>,
    /// What to do or type next.
    pub hints: Vec<String>,
}

impl CliError {
    /// An error of this kind.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
            hints: Vec::new(),
        }
    }

    /// An error without a kind of its own.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Failed, message)
    }

    /// A wrong command line.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, message)
    }

    /// Something named on the command line is not there.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::NotFound, message)
    }

    /// A local file could not be read or written. A full disk and missing permissions get their own kind.
    pub fn io(message: impl Into<String>, error: std::io::Error) -> Self {
        Self::new(io_error_kind(&error), message).with_source(error)
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Adds something to do or type next.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// An error that says what `error` says, with the same causes.
    pub fn wrap(kind: ErrorKind, error: impl Error + Send + Sync + 'static) -> Self {
        Self::new(kind, error.to_string()).with_source(error)
    }

    /// The causes, outermost first.
    pub fn causes(&self) -> Vec<String> {
        let mut causes: Vec<String> = Vec::new();
        let mut source = self.source();
        while let Some(cause) = source {
            let text = cause.to_string();
            // A wrapper that only passes its cause on has nothing to add.
            if causes.last().unwrap_or(&self.message) != &text {
                causes.push(text);
            }
            source = cause.source();
        }
        causes
    }

    /// What people read: `error:`, the causes, the hints; every line ends with a line feed.
    pub fn render(&self) -> String {
        let mut text = format!("error: {}\n", self.message);
        for cause in self.causes() {
            let _ = writeln!(text, "caused by: {cause}");
        }
        for hint in &self.hints {
            let _ = writeln!(text, "hint: {hint}");
        }
        text
    }

    /// What programs read.
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "event": "error",
            "kind": self.kind.name(),
            "exit_code": self.kind.exit_code(),
            "message": self.message,
            "causes": self.causes(),
            "hints": self.hints,
        })
    }
}

/// The kind of a local input/output failure.
fn io_error_kind(error: &std::io::Error) -> ErrorKind {
    use std::io::ErrorKind as Io;
    match error.kind() {
        Io::StorageFull | Io::QuotaExceeded | Io::ReadOnlyFilesystem | Io::PermissionDenied => {
            ErrorKind::CannotWrite
        }
        Io::BrokenPipe => ErrorKind::ClosedPipe,
        _ => ErrorKind::Failed,
    }
}

impl From<RepositoryError> for CliError {
    fn from(error: RepositoryError) -> Self {
        use RepositoryError as R;
        let (kind, hint) = match &error {
            R::NotARepository(_) => (
                ErrorKind::NotFound,
                Some("`muse init` makes one, `muse clone URL` copies one"),
            ),
            R::UnknownRevision { .. } => (
                ErrorKind::NotFound,
                Some("`muse branch -a` lists the branches, `muse log` the commits"),
            ),
            R::NoCommits => (
                ErrorKind::NotFound,
                Some("`muse commit -m MESSAGE` makes the first one"),
            ),
            R::Ambiguous { .. } => (ErrorKind::NotFound, Some("type more digits")),
            R::UnsupportedFormat { .. } => (ErrorKind::Failed, Some("use a newer version of muse")),
            R::Locked { .. } => (
                ErrorKind::Locked,
                Some("wait until the other command has finished, then run this one again"),
            ),
            R::Damaged { .. } | R::DamagedMpack { .. } | R::Missing { .. } => {
                (ErrorKind::Damaged, None)
            }
            R::RefChanged { .. } => (ErrorKind::Rejected, Some("run the command again")),
            R::CannotWrite { .. } => (ErrorKind::CannotWrite, None),
            _ => (ErrorKind::Failed, None),
        };
        let mut wrapped = Self::wrap(kind, error);
        wrapped.hints.extend(hint.map(str::to_owned));
        wrapped
    }
}

impl From<WalkError<RepositoryError>> for CliError {
    fn from(error: WalkError<RepositoryError>) -> Self {
        match error {
            WalkError::Source(error) => error.into(),
            error => Self::wrap(ErrorKind::Damaged, error),
        }
    }
}

impl From<WorktreeError> for CliError {
    fn from(error: WorktreeError) -> Self {
        use WorktreeError as W;
        match error {
            W::Repository(error) => error.into(),
            W::WouldOverwrite(ref paths) => {
                let list = name_some(paths.iter());
                Self::wrap(ErrorKind::Failed, error)
                    .with_hint(format!("in the way: {list}"))
                    .with_hint("commit them or move them away first")
            }
            W::Forbidden(ref errors) => {
                let list = name_some(errors.iter());
                Self::wrap(ErrorKind::Failed, error)
                    .with_hint(list)
                    .with_hint("rename them, or name them in .museignore")
            }
            W::NothingToCommit => {
                Self::wrap(ErrorKind::Failed, error).with_hint("`--allow-empty` commits anyway")
            }
            W::ChangedMeanwhile(_) => {
                Self::wrap(ErrorKind::Failed, error).with_hint("run the command again")
            }
            W::Write { ref source, .. } => {
                let kind = io_error_kind(source);
                Self::wrap(kind, error).with_hint("run the command again once the cause is mended")
            }
            error => Self::wrap(ErrorKind::Failed, error),
        }
    }
}

/// The first few of many things, with how many more there are.
fn name_some<T: std::fmt::Display>(things: impl ExactSizeIterator<Item = T>) -> String {
    const SHOWN: usize = 10;
    let more = things.len().saturating_sub(SHOWN);
    let mut list: Vec<String> = things.take(SHOWN).map(|thing| thing.to_string()).collect();
    if more > 0 {
        list.push(format!("and {more} more"));
    }
    list.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renders_causes_and_hints_in_order() {
        let error = CliError::io(
            "cannot write notes.txt",
            std::io::Error::from(std::io::ErrorKind::StorageFull),
        )
        .with_hint("free some space, then run the command again");
        assert_eq!(error.kind.exit_code(), 11);
        insta::assert_snapshot!(error.render(), @r"
        error: cannot write notes.txt
        caused by: no storage space
        hint: free some space, then run the command again
        ");
    }

    #[test]
    fn a_repository_error_keeps_its_kind_and_is_said_once() {
        let error = CliError::from(RepositoryError::NoCommits);
        assert_eq!(error.kind, ErrorKind::NotFound);
        insta::assert_snapshot!(error.render(), @r"
        error: there are no commits yet
        hint: `muse commit -m MESSAGE` makes the first one
        ");
    }

    #[test]
    fn programs_get_the_same_facts() {
        let json = CliError::usage("two names, one branch").to_json();
        assert_eq!(json["kind"], "usage");
        assert_eq!(json["exit_code"], 2);
        assert_eq!(json["message"], "two names, one branch");
    }
}
