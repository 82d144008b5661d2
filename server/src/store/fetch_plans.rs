//! Answers to want/have that were built once and may be given again until they expire.

use super::convert::now_ms;
use super::error::Result;
use super::repos::RepoId;
use super::{Engine, Store, postgres, query, sqlite, transaction};

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
        query!(self, fetch_plans::find(repo, request_digest, now_ms()))
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
        transaction!(
            self,
            fetch_plans::save(repo, request_digest, plan, expires_at_ms, now_ms())
        )
    }
}
