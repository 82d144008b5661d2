//! How much was pushed today, by users and to repositories. A day begins at midnight UTC, by the
//! database's clock.

use super::accounts::UserId;
use super::database::{Store, query, transaction};
use super::error::Result;
use super::repos::RepoId;

/// Bytes of mpacks that were pushed today.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PushedToday {
    /// By the user, to all repositories.
    pub by_user: u64,
    /// To the repository, by all users.
    pub to_repo: u64,
}

impl Store {
    /// How much a user and the pushers of a repository have pushed today.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn pushed_today(&self, user: UserId, repo: RepoId) -> Result<PushedToday> {
        query!(self, pushed_bytes::today(user, repo))
    }

    /// Counts bytes that came and were not published.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn count_pushed(&self, user: UserId, repo: RepoId, bytes: u64) -> Result<()> {
        transaction!(self, pushed_bytes::add(user, repo, bytes))
    }

    /// Forgets what was pushed before today.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn forget_pushed_bytes(&self) -> Result<()> {
        // Most calls find nothing, and those must not make a writer wait.
        if !query!(self, pushed_bytes::any_old())? {
            return Ok(());
        }
        transaction!(self, pushed_bytes::delete_old())
    }
}
