//! Branches and tags, and the log of their moves. Only a publication moves them.

pub(in crate::store) mod model;

use std::collections::BTreeMap;

use muse_wire::api::refs::{RefEntry, RefsQuery};
use muse_wire::id::CommitId;
use muse_wire::name::RefName;

pub use model::{RefLogEntry, RefLogPage, RefMove, RefsPage};

use super::database::{Store, query};
use super::error::Result;
use super::repos::RepoId;

impl Store {
    /// All branches and tags, sorted by name.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn refs(&self, repo: RepoId) -> Result<Vec<RefEntry>> {
        query!(self, refs::list(repo))
    }

    /// A page of branches and tags; `None` where the repository is gone.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn refs_page(&self, repo: RepoId, asked: &RefsQuery) -> Result<Option<RefsPage>> {
        query!(self, refs::page(repo, asked))
    }

    /// Where those of these refs are that there are.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn named_refs(
        &self,
        repo: RepoId,
        names: &[&RefName],
    ) -> Result<BTreeMap<RefName, CommitId>> {
        query!(self, refs::named(repo, names))
    }

    /// Where a ref is; `None` where there is none of this name.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn ref_target(&self, repo: RepoId, name: &RefName) -> Result<Option<CommitId>> {
        query!(self, refs::target(repo, name))
    }

    /// Moves of refs, the latest first.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn ref_log(&self, repo: RepoId, page: &RefLogPage) -> Result<Vec<RefLogEntry>> {
        query!(self, refs::log(repo, page))
    }
}
