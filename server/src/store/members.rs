//! Who works on a repository, beside its owner, and in which role.

pub(in crate::store) mod model;

pub use model::{Member, Role, UnknownRole};

use super::accounts::{User, UserId};
use super::audit::Actor;
use super::columns::now_ms;
use super::database::{Store, query, transaction};
use super::error::Result;
use super::repos::{Repo, RepoId};

impl Store {
    /// Makes a user a member of a repository, or changes their role.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn set_member(
        &self,
        repo: &Repo,
        user: &User,
        role: Role,
        by: Actor<'_>,
    ) -> Result<()> {
        transaction!(self, members::set(repo, user, role, by, now_ms()))
    }

    /// Takes a member's role away; `false` where the user is no member.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn remove_member(&self, repo: &Repo, user: &User, by: Actor<'_>) -> Result<bool> {
        transaction!(self, members::remove(repo, user, by, now_ms()))
    }

    /// The role of a member; `None` where the user is none.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn member_role(&self, repo: RepoId, user: UserId) -> Result<Option<Role>> {
        query!(self, members::role(repo, user))
    }

    /// All members of a repository, sorted by name.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn members(&self, repo: RepoId) -> Result<Vec<Member>> {
        query!(self, members::list(repo))
    }
}
