//! What is kept of a plan.

use std::time::Duration;

use muse_wire::id::CommitId;

use crate::store::built_mpacks::BuildId;

/// Most plans that are kept for the same wanted commits.
pub(in crate::store) const MAX_PLANS_OF_WANT: i64 = 64;

/// A plan to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFetchPlan {
    /// Digest of the wanted commits.
    pub want: [u8; 32],
    /// The commit that the reader has, with everything below it.
    pub base: Option<CommitId>,
    /// The mpacks, in the encoding of whoever plans fetches.
    pub plan: Vec<u8>,
    /// Those among them that were built: the plan lasts no longer than they do.
    pub builds: Vec<BuildId>,
    /// How long it is kept at most.
    pub lifetime: Duration,
}

/// A plan that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptPlan {
    /// The commit that the reader must have, with everything below it.
    pub base: Option<CommitId>,
    /// The mpacks, in the encoding of whoever plans fetches.
    pub plan: Vec<u8>,
}
