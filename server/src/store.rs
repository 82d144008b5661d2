//! The database: everything the server knows except the mpacks' bytes.
//!
//! One [`Store`] over two engines, SQLite and PostgreSQL, chosen by URL. The queries are written
//! once (`queries/`) and compiled once for each engine; what must differ stands in `sqlite.rs` and
//! `postgres.rs`. Every method is one transaction.
//!
//! Content is keyed by repository, always: knowing an id of another repository's object gives nothing.
//! The store knows nothing of HTTP, and nobody else writes SQL.

pub mod accounts;
pub mod error;
pub mod fetch_plans;
pub mod history;
pub mod jobs;
pub mod mpacks;
pub mod publish;
pub mod repos;

pub use accounts::Identity;
pub use error::{Result, StoreError};
pub use repos::Repo;

/// A handle to the database; clones share its connections.
#[derive(Debug, Clone)]
pub struct Store {}

/// How a store uses its database.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// Most connections at a time. SQLite has one more, for writing.
    pub max_connections: usize,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self { max_connections: 8 }
    }
}

impl Store {
    /// Opens `sqlite:PATH` (made where it is missing) or `postgres://…`.
    ///
    /// # Errors
    /// [`StoreError::UnsupportedUrl`], or [`StoreError::Unavailable`] where it cannot be opened.
    pub async fn connect(url: &str, options: &StoreOptions) -> Result<Self> {
        unimplemented!("{url} {options:?}")
    }

    /// Brings the schema up to date. Safe when several processes start at once.
    ///
    /// # Errors
    /// [`StoreError::Migration`].
    pub async fn migrate(&self) -> Result<()> {
        unimplemented!()
    }

    /// Asks the database for an answer, for the readiness check.
    ///
    /// # Errors
    /// Where it gives none.
    pub async fn ping(&self) -> Result<()> {
        unimplemented!()
    }
}
