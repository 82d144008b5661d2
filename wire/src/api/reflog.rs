//! `GET /{owner}/{slug}/reflog`.

use serde::{Deserialize, Serialize};

use crate::id::CommitId;
use crate::name::RefName;

/// Moves of branches and tags, the latest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReflogResponse {
    /// At most as many as asked for, and [`crate::limits::MAX_REFLOG_ENTRIES`].
    pub entries: Vec<ReflogEntry>,
    /// What to send as `before` to get earlier moves; null where there are none.
    #[serde(default)]
    pub next: Option<i64>,
}

/// One move of a ref.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReflogEntry {
    /// The ref.
    #[serde(rename = "ref")]
    pub name: RefName,
    /// Where it was; null where the move created it.
    pub old: Option<CommitId>,
    /// Where it went; null where the move deleted it.
    pub new: Option<CommitId>,
    /// Whether the pusher allowed commits to be lost.
    pub forced: bool,
    /// Who moved it; null where that user is gone.
    pub user: Option<String>,
    /// When, in seconds since 1970.
    pub at: i64,
}
