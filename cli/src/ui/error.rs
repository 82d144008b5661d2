//! The one error that commands return: what kind it is, what happened, why, and what to type next.
//!
//! The kind fixes the exit code; see [`ErrorKind::exit_code`], the only place that defines them.

use std::error::Error;
use std::fmt::Write as _;

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
    /// The server cannot be reached or fails, or something in between answers.
    Network,
    /// The wait for a job ended before the job did; the job goes on.
    JobUnfinished,
    /// The server refused the push: a limit, an invalid mpack, blocked content.
    PushFailed,
    /// The local repository is damaged.
    Damaged,
    /// Another process holds the repository's lock.
    Locked,
    /// No space, or no permission to write locally.
    CannotWrite,
    /// Stopped at a conflict, to be settled and continued.
    Conflict,
    /// The reader of the output has gone: end quietly.
    ClosedPipe,
}

impl ErrorKind {
    /// All kinds, ascending by exit code.
    pub const ALL: [Self; 13] = [
        Self::ClosedPipe,
        Self::Failed,
        Self::Usage,
        Self::Denied,
        Self::NotFound,
        Self::Rejected,
        Self::Network,
        Self::JobUnfinished,
        Self::PushFailed,
        Self::Damaged,
        Self::Locked,
        Self::CannotWrite,
        Self::Conflict,
    ];

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
            Self::Conflict => 12,
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
            Self::Conflict => "conflict",
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

    /// An outcome that only the exit code tells, such as a search that finds nothing.
    pub fn quiet(kind: ErrorKind) -> Self {
        Self::new(kind, String::new())
    }

    /// Whether nothing is printed: there is nothing to say, or nobody reads it.
    pub fn is_quiet(&self) -> bool {
        self.message.is_empty() || self.kind == ErrorKind::ClosedPipe
    }

    /// A wrong command line.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, message)
    }

    /// Something named on the command line is not there.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::NotFound, message)
    }

    /// A local file could not be read or written. A full disk and missing permissions get their own
    /// kind.
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
pub(super) fn io_error_kind(error: &std::io::Error) -> ErrorKind {
    use std::io::ErrorKind as Io;
    match error.kind() {
        Io::StorageFull
        | Io::QuotaExceeded
        | Io::FileTooLarge
        | Io::ReadOnlyFilesystem
        | Io::PermissionDenied => ErrorKind::CannotWrite,
        Io::BrokenPipe => ErrorKind::ClosedPipe,
        _ => ErrorKind::Failed,
    }
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
    fn programs_get_the_same_facts() {
        let json = CliError::usage("two names, one branch").to_json();
        assert_eq!(json["kind"], "usage");
        assert_eq!(json["exit_code"], 2);
        assert_eq!(json["message"], "two names, one branch");
    }
}
