//! Mpacks that take the place of others, and content that no ref reaches any more.
//!
//! A merged mpack holds what its sources held, as far as it is of one [`Lane`]. Where a commit is
//! held follows from its row: by the mpack that it names as its holder, else by the one that
//! brought it, or by what has taken the place of that.

pub(in crate::store) mod model;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use muse_wire::id::{CommitId, MpackKey};

pub use model::{Consolidation, LostContent, MergedMpack, RepoState, RetiredMpack};

use super::columns::{duration_ms, now_ms};
use super::database::{Store, query, transaction};
use super::error::Result;
#[cfg(doc)]
use super::error::StoreError;
use super::jobs::Lease;
#[cfg(doc)]
use super::mpacks::Lane;
use super::mpacks::{MpackId, StoredMpack};
use super::repos::RepoId;

/// How long the deletion of an mpack's blobs may take.
const MAX_DELETION: Duration = Duration::from_secs(60 * 60);

impl Store {
    /// Whether there is reason to merge mpacks of the repository: so many were pushed, or they are
    /// not settled.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn is_consolidation_due(&self, repo: RepoId) -> Result<bool> {
        query!(self, consolidation::is_due(repo))
    }

    /// Whether the mpacks that are not lost, one behind the other, give what refs reach and nothing
    /// else.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn is_settled(&self, repo: RepoId) -> Result<bool> {
        query!(self, consolidation::is_settled(repo))
    }

    /// What has taken the place of the repository's former mpacks.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn successors(&self, repo: RepoId) -> Result<HashMap<MpackId, MpackId>> {
        query!(self, consolidation::successors(repo))
    }

    /// The repository's lost mpacks.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn lost_mpacks(&self, repo: RepoId) -> Result<HashSet<MpackId>> {
        query!(self, consolidation::lost(repo))
    }

    /// Those of `ids` whose place others have taken for less than `age`. Their blobs are there.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn condemned_mpacks(
        &self,
        repo: RepoId,
        ids: &[MpackId],
        age: Duration,
    ) -> Result<Vec<StoredMpack>> {
        let since_ms = now_ms() - duration_ms(age);
        query!(self, consolidation::condemned(repo, ids, since_ms))
    }

    /// Changes whenever commits come, refs move or mpacks are merged; `None` where the repository
    /// is gone.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn repo_state(&self, repo: RepoId) -> Result<Option<RepoState>> {
        query!(self, consolidation::state(repo))
    }

    /// Puts merged mpacks in the place of their sources, in one transaction; returns their ids, or
    /// `None` where another worker has the job or a source is no longer there.
    ///
    /// # Errors
    /// [`StoreError::Collected`] where an mpack of the same bytes is being deleted, and where the
    /// database fails.
    pub async fn consolidate(&self, new: Consolidation) -> Result<Option<Vec<MpackId>>> {
        transaction!(self, consolidation::consolidate(new, now_ms()))
    }

    /// Makes an mpack a lost one, if the job is still held, the repository still in this state, and
    /// no ref reaches the `commits` that the mpack holds; says whether it did. The caller found
    /// that readers need nothing of it.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn set_lost(
        &self,
        repo: RepoId,
        lease: &Lease,
        state: RepoState,
        mpack: MpackId,
        commits: &[CommitId],
    ) -> Result<bool> {
        transaction!(
            self,
            consolidation::set_lost(repo, lease, state, mpack, commits, now_ms())
        )
    }

    /// Keeps the blobs of a former mpack of this key for as long as if its place had just been
    /// taken: it is pushed again.
    ///
    /// # Errors
    /// [`StoreError::Collected`] where they are being deleted, and where the database fails.
    pub async fn keep_condemned(&self, repo: RepoId, key: &MpackKey) -> Result<()> {
        if query!(self, consolidation::is_former(repo, key))? {
            transaction!(self, consolidation::keep_condemned(repo, key, now_ms()))?;
        }
        Ok(())
    }

    /// The mpacks whose places others took until `until_ms`, and those that somebody began to
    /// delete an hour ago and did not end with.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn mpacks_retired_until(&self, until_ms: i64) -> Result<Vec<RetiredMpack>> {
        let begun_until_ms = now_ms() - duration_ms(MAX_DELETION);
        query!(self, deletion::retired(until_ms, begun_until_ms))
    }

    /// Announces that the blobs of a retired mpack are deleted; `false` where it is needed again,
    /// or somebody else deletes them.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn begin_deletion(&self, mpack: &RetiredMpack) -> Result<bool> {
        transaction!(self, deletion::begin_deletion(mpack, now_ms()))
    }

    /// Notes that the blobs of a retired or collected mpack are gone.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn end_deletion(&self, id: MpackId) -> Result<()> {
        transaction!(self, deletion::end_deletion(id))
    }

    /// The mpacks that were found to be lost until `until_ms`.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn mpacks_lost_until(&self, until_ms: i64) -> Result<Vec<RetiredMpack>> {
        query!(self, deletion::lost_before(until_ms))
    }

    /// Deletes the rows of what a lost mpack holds; `false` where a push has brought it back, or
    /// somebody else deletes it. Its blobs are to be deleted next.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn collect(&self, mpack: &RetiredMpack, content: &LostContent) -> Result<bool> {
        transaction!(self, deletion::collect(mpack, content, now_ms()))
    }
}
