//! The objects of a repository, and where those lie that are stored whole.

pub(in crate::store) mod model;

use std::collections::{HashMap, HashSet};

use muse_wire::id::ObjectId;

use super::database::{Store, query};
use super::error::Result;
use super::mpacks::{ContentLocation, MpackId};
use super::repos::RepoId;

impl Store {
    /// Those of `ids` that the repository has, whole or as lists of chunks.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn known_objects(&self, repo: RepoId, ids: &[ObjectId]) -> Result<HashSet<ObjectId>> {
        query!(self, objects::known(repo, ids))
    }

    /// The mpacks in which the objects among `ids` lie that the repository has, whole or as lists
    /// of chunks.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn object_holders(
        &self,
        repo: RepoId,
        ids: &[ObjectId],
    ) -> Result<Vec<(ObjectId, MpackId)>> {
        query!(self, objects::holders(repo, ids))
    }

    /// Where the objects among `ids` lie that the repository has and that are stored whole.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn object_locations(
        &self,
        repo: RepoId,
        ids: &[ObjectId],
    ) -> Result<HashMap<ObjectId, ContentLocation>> {
        query!(self, objects::locations(repo, ids))
    }
}
