//! The mpacks that were published to a repository.

pub(in crate::store) mod model;

use std::collections::HashMap;

use muse_wire::id::MpackKey;

pub use model::{ContentLocation, Lane, MpackFile, MpackId, StoredFrame, StoredMpack};

use super::database::{Store, query};
use super::error::Result;
use super::repos::RepoId;

impl Store {
    /// The repository's mpacks, without those whose place others have taken, in an order in which
    /// each fits onto those before it: merged ones of the trunk, of side branches, those that were
    /// pushed since, and at the end those that are lost.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn mpacks(&self, repo: RepoId) -> Result<Vec<StoredMpack>> {
        query!(self, mpacks::list(repo))
    }

    /// The same without those that are lost: all that readers are given.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn given_mpacks(&self, repo: RepoId) -> Result<Vec<StoredMpack>> {
        let mut mpacks = self.mpacks(repo).await?;
        mpacks.retain(|mpack| mpack.lane != Some(Lane::Lost));
        Ok(mpacks)
    }

    /// The keys of the repository's mpacks whose blobs are needed, lost and former ones included,
    /// each with whether it has a thin form.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn stored_mpack_keys(&self, repo: RepoId) -> Result<Vec<(MpackKey, bool)>> {
        query!(self, mpacks::stored_keys(repo))
    }

    /// The latest of the repository's mpacks; another one whenever an mpack comes or takes the
    /// place of others.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn latest_mpack(&self, repo: RepoId) -> Result<Option<MpackId>> {
        query!(self, mpacks::latest(repo))
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
