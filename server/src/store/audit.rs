//! The log of administrative acts: who did what, and when. Every act is logged by the transaction
//! that does it.
//!
//! Moves of refs are not among them: they have a log of their own.

pub(in crate::store) mod model;

pub use model::{Actor, AuditEntry, AuditFilter};

use self::model::Act;
use super::columns::now_ms;
use super::database::{Store, query, transaction};
use super::error::Result;
use muse_wire::name::RepoName;

impl Store {
    /// The latest acts that pass the filter, the latest first, at most `limit`.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn audit_log(&self, filter: &AuditFilter, limit: u32) -> Result<Vec<AuditEntry>> {
        query!(self, audit::list(filter, limit))
    }

    /// Logs an act, as `kind.verb`, that changed nothing in the database.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn log_act(
        &self,
        act: &'static str,
        repo: &RepoName,
        detail: String,
        by: Actor<'_>,
    ) -> Result<()> {
        let act = Act {
            act,
            repo: Some(repo),
            detail,
            ..Act::default()
        };
        transaction!(self, audit::record(by, act, now_ms()))
    }
}
