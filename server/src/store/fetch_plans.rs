//! Answers to fetches that are kept for whoever asks the same next.
//!
//! A row says which mpacks give everything below some commits to a reader who has everything below
//! another one, or nothing. That stays true whatever is pushed later. So a row is good until it
//! expires, as long as a ref reaches the wanted commits; whoever asks checks that.

pub(in crate::store) mod model;

pub use model::{KeptPlan, NewFetchPlan};

use super::database::{Store, query, transaction};
use super::error::Result;
use super::repos::RepoId;

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
