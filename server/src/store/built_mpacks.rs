//! Mpacks that the server builds for fetches, found again by a digest of what goes into them, until
//! they expire.
//!
//! A row is there before its blob, so that no blob is ever without one: first the row says that
//! somebody builds, then which mpack it will be, and that it is ready once the blob is stored. Each
//! row's blob has a name of its own, so it can be deleted after its row without a look at others.

pub(in crate::store) mod model;

use std::time::Duration;

pub use model::{BuildClaim, BuildId, BuiltMpack, ExpiredBuild, NewBuild};

use super::columns::duration_ms;
use super::database::{Store, query, transaction};
use super::error::Result;
use super::mpacks::MpackFile;
use super::repos::RepoId;

impl Store {
    /// The mpack that was built for this digest, unless it has expired.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn built_mpack(&self, repo: RepoId, digest: &[u8; 32]) -> Result<Option<BuiltMpack>> {
        query!(self, built_mpacks::find(repo, digest))
    }

    /// Lets the caller build, unless the mpack is there, somebody else builds it, or what readers
    /// had built for the repository takes more than `max_bytes` and more than the repository's own
    /// mpacks. Whoever builds keeps the build by extending its lease.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn claim_build(
        &self,
        new: &NewBuild,
        lease: Duration,
        max_bytes: u64,
    ) -> Result<BuildClaim> {
        transaction!(
            self,
            built_mpacks::claim(new, duration_ms(lease), max_bytes)
        )
    }

    /// Extends the lease of a build; `false` where it is lost.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn extend_build(&self, id: BuildId, lease: Duration) -> Result<bool> {
        transaction!(self, built_mpacks::extend(id, duration_ms(lease)))
    }

    /// Records which mpack a build gives, before its blob is stored; `false` where the build is
    /// lost.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn record_build(&self, id: BuildId, file: &MpackFile) -> Result<bool> {
        transaction!(self, built_mpacks::record(id, file))
    }

    /// Makes a build whose blob is stored known, for `lifetime`; `false` where it is lost. Where
    /// the repository's readers had too much built, the mpacks that expire first are given out no
    /// more.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn finish_build(
        &self,
        id: BuildId,
        lifetime: Duration,
        max_bytes: u64,
    ) -> Result<bool> {
        transaction!(
            self,
            built_mpacks::finish(id, duration_ms(lifetime), max_bytes)
        )
    }

    /// Gives an mpack out no more, or a build up.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn expire_build(&self, id: BuildId) -> Result<()> {
        transaction!(self, built_mpacks::expire(id))
    }

    /// Deletes the rows of at most `limit` mpacks that expired at least `grace` ago, and returns
    /// them: their blobs are the caller's to delete.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn take_expired_builds(
        &self,
        grace: Duration,
        limit: u16,
    ) -> Result<Vec<ExpiredBuild>> {
        // Most calls find nothing, and those must not make a writer wait.
        let grace_ms = duration_ms(grace);
        if query!(self, built_mpacks::expired(grace_ms, 1))?.is_empty() {
            return Ok(Vec::new());
        }
        transaction!(self, built_mpacks::take_expired(grace_ms, limit))
    }
}
