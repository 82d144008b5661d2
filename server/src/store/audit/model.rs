//! What an act and its log entry are, and the row that an entry is read from.

use diesel::prelude::*;
use muse_wire::name::RepoName;

use crate::store::schema::audit_log;

/// Who does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor<'a> {
    /// Whoever runs the server, at its command line.
    Operator,
    /// The user of this name.
    User(&'a str),
}

impl<'a> Actor<'a> {
    /// The user; `None` for the operator.
    pub(in crate::store) const fn user(self) -> Option<&'a str> {
        match self {
            Self::Operator => None,
            Self::User(name) => Some(name),
        }
    }
}

/// Something that is done, to be logged.
#[derive(Debug, Clone, Default)]
pub(in crate::store) struct Act<'a> {
    /// What is done, as `kind.verb`.
    pub(in crate::store) act: &'static str,
    /// The repository that it is about, under the name that it has afterwards.
    pub(in crate::store) repo: Option<&'a RepoName>,
    /// The user that it is about, under the name that they have afterwards.
    pub(in crate::store) user: Option<&'a str>,
    /// What else there is to say; may be empty.
    pub(in crate::store) detail: String,
}

/// Something that was done.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = audit_log)]
pub struct AuditEntry {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// The user who did it; `None` for the operator.
    pub actor: Option<String>,
    /// What was done, as `kind.verb`.
    pub act: String,
    /// The repository that it was about, under the name that it had then.
    pub repo: Option<String>,
    /// The user that it was about, under the name that they had then.
    #[diesel(column_name = user_name)]
    pub user: Option<String>,
    /// What else there is to say; may be empty.
    pub detail: String,
}

/// Which acts are asked for; by default all.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Only those that were about this repository.
    pub repo: Option<RepoName>,
    /// Only those that this user did, or that were about them.
    pub user: Option<String>,
}
