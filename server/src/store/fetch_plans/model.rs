//! What is kept of a plan.

use muse_wire::id::CommitId;

use crate::store::built_mpacks::BuildId;

/// Most plans that are kept for the same wanted commits.
pub(in crate::store) const MAX_PLANS_OF_WANT: i64 = 64;

/// How long a plan is kept that comes with a push: a week, in milliseconds.
pub(in crate::store) const LIFETIME_OF_PUSHED_MS: i64 = 7 * 24 * 60 * 60 * 1000;

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
}

/// A plan that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptPlan {
    /// The commit that the reader must have, with everything below it.
    pub base: Option<CommitId>,
    /// The mpacks, in the encoding of whoever plans fetches.
    pub plan: Vec<u8>,
}
