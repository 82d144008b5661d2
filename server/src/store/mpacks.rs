//! The mpacks that were published to a repository.

pub(in crate::store) mod model;

use std::collections::HashMap;

use muse_wire::id::MpackKey;

pub use model::{ContentLocation, MpackFile, MpackId, StoredFrame, StoredMpack};

use super::database::{Store, query};
use super::error::Result;
use super::repos::RepoId;

impl Store {
    /// The repository's mpacks, in the order in which they were published.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn mpacks(&self, repo: RepoId) -> Result<Vec<StoredMpack>> {
        query!(self, mpacks::list(repo))
    }

    /// How many mpacks the repository has.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn mpack_count(&self, repo: RepoId) -> Result<u64> {
        query!(self, mpacks::count(repo))
    }

    /// The frames of objects and chunks of these mpacks, in the order of their numbers. Mpacks that
    /// were published before frames were kept are left out.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn mpack_frames(
        &self,
        mpacks: &[MpackId],
    ) -> Result<HashMap<MpackId, Vec<StoredFrame>>> {
        query!(self, mpacks::frames(mpacks))
    }

    /// The repository's mpack of this key, or whose thin form was pushed under it.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn mpack(&self, repo: RepoId, key: &MpackKey) -> Result<Option<StoredMpack>> {
        query!(self, mpacks::by_key(repo, key))
    }
}
