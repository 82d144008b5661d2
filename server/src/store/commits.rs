//! Commits, whose records the database keeps verbatim.

pub(in crate::store) mod model;

use std::collections::{HashMap, HashSet};

use muse_wire::commit::CommitEnvelope;
use muse_wire::id::CommitId;

pub use model::{NewCommit, StoredCommit};

use super::database::{Store, query};
use super::error::Result;
use super::repos::RepoId;

impl Store {
    /// The commits among `ids` that the repository has.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn commit_nodes(
        &self,
        repo: RepoId,
        ids: &[CommitId],
    ) -> Result<HashMap<CommitId, StoredCommit>> {
        query!(self, commits::nodes(repo, ids))
    }

    /// All commits of at least this generation, in one scan: a walk that stops at commits of
    /// generation g needs no other. 0 gives the whole graph.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn commit_nodes_from(
        &self,
        repo: RepoId,
        min_generation: u32,
    ) -> Result<HashMap<CommitId, StoredCommit>> {
        query!(self, commits::nodes_from(repo, min_generation))
    }

    /// How many commits the repository has.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn commit_count(&self, repo: RepoId) -> Result<u64> {
        query!(self, commits::count(repo))
    }

    /// Those of `ids` that are commits of the repository.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn known_commits(&self, repo: RepoId, ids: &[CommitId]) -> Result<HashSet<CommitId>> {
        query!(self, commits::known(repo, ids))
    }

    /// The envelopes of the commits among `ids` that the repository has.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn commit_envelopes(
        &self,
        repo: RepoId,
        ids: &[CommitId],
    ) -> Result<HashMap<CommitId, CommitEnvelope>> {
        query!(self, commits::envelopes(repo, ids))
    }
}
