//! What the database keeps of refs, and the rows that it is read from.

use diesel::dsl::Nullable;
use diesel::prelude::*;
use muse_wire::api::refs::RefEntry;
use muse_wire::id::CommitId;
use muse_wire::name::{FoldedName, RefName};

use crate::store::commits::model::commit_id;
use crate::store::error::{Result, StoreError};
use crate::store::schema::{ref_log, refs, users};

/// Which moves of refs are asked for.
#[derive(Debug, Clone)]
pub struct RefLogPage {
    /// Only those of this ref.
    pub name: Option<RefName>,
    /// Only those before the one of this key.
    pub before: Option<i64>,
    /// How many at most.
    pub limit: u32,
}

/// One move of a ref, as a push makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefMove {
    /// The ref.
    pub name: RefName,
    /// Where it was; `None` where the move creates it.
    pub old: Option<CommitId>,
    /// Where it goes; `None` where the move deletes it.
    pub new: Option<CommitId>,
    /// Whether the pusher allows commits to be lost.
    pub forced: bool,
}

/// One move of a ref, as the log keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefLogEntry {
    /// Its key; later moves have higher ones.
    pub id: i64,
    /// The ref.
    pub name: RefName,
    /// Where it was; `None` where the move created it.
    pub old: Option<CommitId>,
    /// Where it went; `None` where the move deleted it.
    pub new: Option<CommitId>,
    /// Whether the pusher allowed commits to be lost.
    pub forced: bool,
    /// Who moved it; `None` where that user is gone.
    pub user: Option<String>,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
}

/// A page of a repository's refs, all of one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefsPage {
    /// The version of the refs.
    pub version: u64,
    /// The refs, sorted by name.
    pub refs: Vec<RefEntry>,
    /// Whether there are more that the query asks for.
    pub has_more: bool,
}

/// A ref to write.
pub(in crate::store) struct WrittenRef {
    pub(in crate::store) name: RefName,
    pub(in crate::store) folded: FoldedName,
    pub(in crate::store) target: CommitId,
}

impl WrittenRef {
    pub(in crate::store) fn new(name: RefName, target: CommitId) -> Self {
        Self {
            folded: FoldedName::of(&name),
            name,
            target,
        }
    }
}

/// A ref.
#[derive(Queryable, Selectable)]
#[diesel(table_name = refs)]
pub(in crate::store) struct RefRow {
    name: String,
    target: Vec<u8>,
}

impl TryFrom<RefRow> for RefEntry {
    type Error = StoreError;

    fn try_from(row: RefRow) -> Result<Self> {
        Ok(Self {
            name: ref_name(row.name)?,
            target: commit_id(&row.target)?,
        })
    }
}

/// One move of a ref, joined with the user who made it, as far as there is one.
#[derive(Queryable, Selectable)]
#[diesel(table_name = ref_log)]
pub(in crate::store) struct RefLogRow {
    id: i64,
    name: String,
    old_target: Option<Vec<u8>>,
    new_target: Option<Vec<u8>>,
    forced: bool,
    #[diesel(
        select_expression = users::name.nullable(),
        select_expression_type = Nullable<users::name>
    )]
    user: Option<String>,
    at_ms: i64,
}

impl TryFrom<RefLogRow> for RefLogEntry {
    type Error = StoreError;

    fn try_from(row: RefLogRow) -> Result<Self> {
        Ok(Self {
            id: row.id,
            name: ref_name(row.name)?,
            old: row.old_target.as_deref().map(commit_id).transpose()?,
            new: row.new_target.as_deref().map(commit_id).transpose()?,
            forced: row.forced,
            user: row.user,
            at_ms: row.at_ms,
        })
    }
}

pub(in crate::store) fn ref_name(name: String) -> Result<RefName> {
    RefName::new(name).map_err(|_| StoreError::Corrupt("ref name"))
}
