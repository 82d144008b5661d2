//! Mpacks that the server built for fetches, found again by a digest of what went into them, until
//! they expire. The table is called `fetch_plans`, after what it was first made for.

use std::time::Duration;

use super::columns::{duration_ms, now_ms};
use super::database::{Store, query, transaction};
use super::error::Result;
use super::mpacks::MpackFile;
use super::repos::RepoId;

impl Store {
    /// The mpack that was built for this digest, unless it has expired.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn built_mpack(&self, repo: RepoId, digest: &[u8; 32]) -> Result<Option<MpackFile>> {
        query!(self, built_mpacks::find(repo, digest, now_ms()))
    }

    /// Remembers a built mpack for `lifetime`, in place of an earlier one of the same digest, and
    /// forgets expired ones.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn save_built_mpack(
        &self,
        repo: RepoId,
        digest: &[u8; 32],
        file: &MpackFile,
        lifetime: Duration,
    ) -> Result<()> {
        let now_ms = now_ms();
        let expires_at_ms = now_ms.saturating_add(duration_ms(lifetime));
        transaction!(
            self,
            built_mpacks::save(repo, digest, file, expires_at_ms, now_ms)
        )
    }
}
