//! Answers to fetches that are kept for whoever asks the same next.
//!
//! A row says which mpacks give everything below some commits to a reader who has everything below
//! another one, or nothing. That stays true whatever is pushed later. So a row is good until it
//! expires, as long as a ref reaches the wanted commits; whoever asks checks that.

pub(in crate::store) mod model;

use std::time::Duration;

pub use model::{KeptPlan, NewFetchPlan};

use super::database::{Store, query, transaction};
use super::error::Result;
use super::repos::RepoId;

/// How long plans are kept, and former mpacks given out.
pub const PLAN_LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How long plans are kept that name former mpacks.
pub const FORMER_PLAN_LIFETIME: Duration = Duration::from_secs(12 * 60 * 60);

impl Store {
    /// The plans that are kept for these wanted commits, one for each state of a reader.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn fetch_plans(&self, repo: RepoId, want: &[u8; 32]) -> Result<Vec<KeptPlan>> {
        query!(self, fetch_plans::find(repo, want))
    }

    /// Keeps a plan for its lifetime, or until the first mpack expires that was built for it. Of
    /// each set of wanted commits only so many are kept.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn keep_fetch_plan(&self, repo: RepoId, new: &NewFetchPlan) -> Result<()> {
        transaction!(self, fetch_plans::insert(repo, new))
    }

    /// Lets all plans of a repository expire.
    ///
    /// # Errors
    /// Only where the database fails.
    #[cfg(test)]
    pub(crate) async fn expire_fetch_plans(&self, repo: RepoId) -> Result<()> {
        transaction!(self, fetch_plans::expire_all(repo))
    }

    /// Deletes at most `limit` plans that have expired; returns how many.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn delete_expired_fetch_plans(&self, limit: u16) -> Result<usize> {
        // Most calls find nothing, and those must not make a writer wait.
        if !query!(self, fetch_plans::any_expired())? {
            return Ok(0);
        }
        transaction!(self, fetch_plans::delete_expired(limit.into()))
    }
}
