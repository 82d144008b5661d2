//! Answers to want/have that were built once and may be given again until they expire.

use super::Store;
use super::error::Result;
use super::repos::RepoId;

impl Store {
    /// The plan saved for this request, unless it has expired.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn fetch_plan(
        &self,
        repo: RepoId,
        request_digest: &[u8; 32],
    ) -> Result<Option<Vec<u8>>> {
        unimplemented!("{repo:?} {request_digest:?}")
    }

    /// Saves a plan, replacing an earlier one for the same request, and forgets expired ones.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn save_fetch_plan(
        &self,
        repo: RepoId,
        request_digest: &[u8; 32],
        plan: &[u8],
        expires_at_ms: i64,
    ) -> Result<()> {
        unimplemented!("{repo:?} {request_digest:?} {plan:?} {expires_at_ms}")
    }
}
