//! The database: everything the server knows except the mpacks' bytes.
//!
//! One [`Store`] over two engines, SQLite and PostgreSQL, chosen by URL. The queries are written
//! once (`queries/`) and compiled once for each engine; what must differ stands in `sqlite.rs` and
//! `postgres.rs`. Every method is one transaction.
//!
//! Content is keyed by repository, always: knowing an id of another repository's object gives nothing.
//! The store knows nothing of HTTP, and nobody else writes SQL.

pub mod accounts;
#[cfg(any(test, feature = "testing"))]
pub mod conformance;
mod convert;
pub mod error;
mod events;
pub mod fetch_plans;
pub mod history;
pub mod jobs;
pub mod mpacks;
mod postgres;
pub mod publish;
pub mod repos;
mod rows;
mod schema;
mod sqlite;

pub use accounts::Identity;
pub use error::{Result, StoreError};
pub use repos::Repo;

use events::Events;

/// A handle to the database; clones share its connections.
#[derive(Debug, Clone)]
pub struct Store {
    engine: Engine,
    events: Events,
}

#[derive(Debug, Clone)]
enum Engine {
    Sqlite(sqlite::Database),
    Postgres(postgres::Database),
}

/// Runs one function of `queries/` on a connection of whichever engine the store has.
macro_rules! query {
    ($store:expr, $module:ident::$function:ident($($argument:expr),* $(,)?)) => {
        match &$store.engine {
            Engine::Sqlite(database) => {
                let mut connection = database.reader().await?;
                sqlite::queries::$module::$function(&mut connection $(, $argument)*).await
            }
            Engine::Postgres(database) => {
                let mut connection = database.reader().await?;
                postgres::queries::$module::$function(&mut connection $(, $argument)*).await
            }
        }
    };
}

/// Runs one function of `queries/` in a write transaction; an error rolls all of it back.
macro_rules! transaction {
    ($store:expr, $module:ident::$function:ident($($argument:expr),* $(,)?)) => {
        match &$store.engine {
            Engine::Sqlite(database) => {
                let mut writer = database.writer().await?;
                let outcome = writer
                    .connection()
                    .immediate_transaction(async |connection| {
                        sqlite::queries::$module::$function(connection $(, $argument)*).await
                    })
                    .await;
                writer.done();
                outcome
            }
            Engine::Postgres(database) => {
                use diesel_async::AsyncConnection as _;

                let mut writer = database.writer().await?;
                let outcome = writer
                    .connection()
                    .transaction(async |connection| {
                        postgres::queries::$module::$function(connection $(, $argument)*).await
                    })
                    .await;
                writer.done();
                outcome
            }
        }
    };
}

use {query, transaction};

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
        let events = Events::new();
        let engine = if let Some(path) = url.strip_prefix("sqlite:") {
            Engine::Sqlite(sqlite::Database::open(path, options).await?)
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Engine::Postgres(postgres::Database::open(url, options, events.clone()).await?)
        } else {
            return Err(StoreError::UnsupportedUrl);
        };
        Ok(Self { engine, events })
    }

    /// Brings the schema up to date. Safe when several processes start at once.
    ///
    /// # Errors
    /// [`StoreError::Migration`].
    pub async fn migrate(&self) -> Result<()> {
        match &self.engine {
            Engine::Sqlite(database) => database.migrate().await,
            Engine::Postgres(database) => database.migrate().await,
        }
    }

    /// Asks the database for an answer, for the readiness check.
    ///
    /// # Errors
    /// Where it gives none.
    pub async fn ping(&self) -> Result<()> {
        query!(self, repos::any()).map(|_exists| ())
    }
}
