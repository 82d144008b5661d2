//! Protected branches: which moves of a branch nobody makes, whatever their role.
//!
//! The rules are checked by the transaction that publishes a push. That the commits which a branch
//! gains are signed takes a walk of the history, so it is found out before, and handed to the
//! transaction with the place from which the branch was seen to move, and with the registered keys
//! that the verdict relies on ([`SignedMove`]).

pub(in crate::store) mod model;

use muse_wire::name::RefName;

pub use model::{BranchRule, Protection, SignatureRule, SignedMove};

use super::audit::Actor;
use super::columns::now_ms;
use super::database::{Store, query, transaction};
use super::error::Result;
use super::repos::{Repo, RepoId};

impl Store {
    /// Protects a branch, or changes how it is protected.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn protect(&self, repo: &Repo, protection: &Protection, by: Actor<'_>) -> Result<()> {
        transaction!(self, protections::set(repo, protection, by, now_ms()))
    }

    /// Lifts the protection of a branch; `false` where there is none.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn unprotect(&self, repo: &Repo, branch: &RefName, by: Actor<'_>) -> Result<bool> {
        transaction!(self, protections::remove(repo, branch, by, now_ms()))
    }

    /// How the repository's branches are protected, sorted by name.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn protections(&self, repo: RepoId) -> Result<Vec<Protection>> {
        query!(self, protections::list(repo))
    }
}
