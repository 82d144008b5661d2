//! The mark of a checkout that is under way: while it stands, the work tree may hold files of two
//! commits.
//!
//! It is a line of the refs file, so that it goes in the same step in which `HEAD` moves.

use std::fmt;

use muse_wire::id::CommitId;

use super::head::Head;

/// What stands for no commit.
const NONE: &str = "-";

/// A checkout: where the files come from and go to, and what `HEAD` is once they are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    /// The commit that the files were as before; `None` if there was none.
    pub from: Option<CommitId>,
    /// The commit that they will be as.
    pub to: Option<CommitId>,
    /// Where `HEAD` will point. A branch moves to `to`.
    pub head: Head,
    /// Where that branch was; a finished checkout moves it from nowhere else.
    pub branch_was: Option<CommitId>,
}

impl Checkout {
    /// Reads what [`fmt::Display`] writes.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let commit = |text: &str| match text {
            NONE => Some(None),
            id => id.parse().ok().map(Some),
        };
        let mut fields = text.split(' ');
        let checkout = Self {
            from: commit(fields.next()?)?,
            to: commit(fields.next()?)?,
            branch_was: commit(fields.next()?)?,
            head: Head::parse(fields.next()?)?,
        };
        fields.next().is_none().then_some(checkout)
    }
}

/// As the refs file holds it.
impl fmt::Display for Checkout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for commit in [self.from, self.to, self.branch_was] {
            match commit {
                Some(commit) => write!(f, "{commit} ")?,
                None => write!(f, "{NONE} ")?,
            }
        }
        self.head.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use muse_wire::name::RefName;

    use super::*;

    #[test]
    fn every_form_is_read_as_it_is_written() {
        let id = |byte| CommitId::from_bytes([byte; 32]);
        let branch = Head::Branch(RefName::branch("main").expect("valid"));
        for (from, branch_was, head) in [
            (None, None, branch.clone()),
            (Some(id(1)), Some(id(2)), branch),
            (Some(id(1)), None, Head::Detached(id(3))),
        ] {
            let checkout = Checkout {
                from,
                to: Some(id(3)),
                head,
                branch_was,
            };
            assert_eq!(Checkout::parse(&checkout.to_string()), Some(checkout));
        }
        for text in [
            "",
            "- - - main",
            "- - refs/heads/main",
            "- - - refs/heads/a b",
        ] {
            assert_eq!(Checkout::parse(text), None, "{text:?}");
        }
    }
}
