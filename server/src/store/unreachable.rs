//! Commits that no ref reaches, such as those of a deleted branch. Readers may not see them.
//!
//! The transaction that moves refs keeps the table up to date, so that everybody else need not walk
//! the history to find out. Its cost follows what is lost or found again; a push that only adds
//! commits looks up whether it builds on one of them.

pub(in crate::store) mod model;

use std::collections::{HashMap, HashSet};

use muse_wire::id::CommitId;

use super::database::{Store, query};
use super::error::Result;
use super::mpacks::MpackId;
use super::repos::RepoId;

impl Store {
    /// The commits that no ref reaches, each with the lost mpack that holds it, if one does.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn unreachable_commits(
        &self,
        repo: RepoId,
    ) -> Result<HashMap<CommitId, Option<MpackId>>> {
        query!(self, unreachable::all(repo))
    }

    /// Those of `ids` that are commits of the repository and that no ref reaches.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn unreachable_among(
        &self,
        repo: RepoId,
        ids: &[CommitId],
    ) -> Result<HashSet<CommitId>> {
        query!(self, unreachable::among(repo, ids))
    }

    /// Those of `ids` that are commits of the repository and that a ref reaches. What none reaches
    /// may be collected at any time, piece by piece; so nothing is built on it, and whoever pushes
    /// it again sends all of it.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn reachable_among(
        &self,
        repo: RepoId,
        ids: &[CommitId],
    ) -> Result<HashSet<CommitId>> {
        let mut known = self.known_commits(repo, ids).await?;
        let unreachable = self.unreachable_among(repo, ids).await?;
        known.retain(|id| !unreachable.contains(id));
        Ok(known)
    }
}
