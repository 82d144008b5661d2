//! Why a checkout leaves a path out.

use std::fmt;

use muse_wire::quote::quote;

use crate::worktree::absolute_path::too_long_here;

/// Why a checkout leaves a path out of the work tree.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LeftOutReason {
    /// A file system could take part of it for `.git`, and programs obey what is in there.
    TakenForGit,
    /// Here it is the same name as this one.
    TwinOf(String),
    /// With the path of the work tree before it, it has this many bytes, which are too many.
    TooLong(usize),
    /// The file system refuses it, for this reason.
    Refused(String),
    /// The server did not give its contents, and they are here by now.
    Released,
    /// Another reason, which only the checkout knew.
    Unwritten,
    /// The server does not give its contents, for this reason.
    Withheld(String),
}

impl LeftOutReason {
    /// The stable name for programs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::TakenForGit => "taken_for_git",
            Self::TwinOf(_) => "twin",
            Self::TooLong(_) => "too_long",
            Self::Refused(_) => "refused",
            Self::Released => "released",
            Self::Unwritten => "unwritten",
            Self::Withheld(_) => "withheld",
        }
    }
}

impl fmt::Display for LeftOutReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TakenForGit => f.write_str("other programs could take it for `.git` and obey it"),
            Self::TwinOf(other) => write!(f, "the same name as {} here", quote(other)),
            Self::TooLong(bytes) => f.write_str(&too_long_here(*bytes)),
            Self::Refused(error) => write!(f, "the file system refuses it: {error}"),
            Self::Released => f.write_str("it was withheld by the server, and is here by now"),
            Self::Unwritten => f.write_str("the last checkout could not write it"),
            Self::Withheld(reason) => write!(f, "withheld by the server: {reason}"),
        }
    }
}
