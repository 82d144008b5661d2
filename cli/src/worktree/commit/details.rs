//! What a commit says.

use std::collections::BTreeMap;

use muse_wire::commit::{Author, Timestamp};

/// What a commit says, beside its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitDetails {
    /// Who makes it.
    pub author: Author,
    /// When.
    pub committed_at: Timestamp,
    /// Why.
    pub message: String,
    /// Free-form facts.
    pub metadata: BTreeMap<String, String>,
}
