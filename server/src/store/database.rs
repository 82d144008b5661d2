//! The handle to the database, and how its methods reach the queries of the engine behind it.

use std::path::Path;

use super::error::{Result, StoreError};
use super::migrations::FIRST_MIGRATION;
use super::pool::{PoolStatus, StoreOptions};
use super::signals::Signals;
use super::tokens::last_uses::LastUses;
use super::{postgres, sqlite};

/// A handle to the database; clones share its connections.
#[derive(Debug, Clone)]
pub struct Store {
    pub(super) engine: Engine,
    pub(super) signals: Signals,
    pub(super) last_uses: LastUses,
}

#[derive(Debug, Clone)]
pub(super) enum Engine {
    Sqlite(sqlite::Database),
    Postgres(postgres::Database),
}

/// Runs one query function on a connection of the store's engine.
macro_rules! query {
    ($store:expr, $module:ident::$function:ident($($argument:expr),* $(,)?)) => {
        match &$store.engine {
            $crate::store::database::Engine::Sqlite(database) => {
                let mut connection = database.reader().await?;
                $crate::store::sqlite::queries::$module::$function(
                    &mut connection $(, $argument)*
                )
                .await
            }
            $crate::store::database::Engine::Postgres(database) => {
                let mut connection = database.reader().await?;
                $crate::store::postgres::queries::$module::$function(
                    &mut connection $(, $argument)*
                )
                .await
            }
        }
    };
}

/// Runs one query function in a write transaction; an error rolls all of it back.
macro_rules! transaction {
    ($store:expr, $module:ident::$function:ident($($argument:expr),* $(,)?)) => {
        match &$store.engine {
            $crate::store::database::Engine::Sqlite(database) => {
                let mut writer = database.writer().await?;
                let outcome = writer
                    .connection()
                    .immediate_transaction(async |connection| {
                        $crate::store::sqlite::queries::$module::$function(
                            connection $(, $argument)*
                        )
                        .await
                    })
                    .await;
                writer.done();
                outcome
            }
            $crate::store::database::Engine::Postgres(database) => {
                use diesel_async::AsyncConnection as _;

                let mut writer = database.writer().await?;
                let outcome = writer
                    .connection()
                    .transaction(async |connection| {
                        $crate::store::postgres::queries::$module::$function(
                            connection $(, $argument)*
                        )
                        .await
                    })
                    .await;
                writer.done();
                outcome
            }
        }
    };
}

pub(super) use {query, transaction};

impl Store {
    /// Opens `sqlite:PATH` (created where it is missing) or `postgres://…`.
    ///
    /// # Errors
    /// [`StoreError::UnsupportedUrl`], or [`StoreError::Unavailable`] where it cannot be opened.
    pub async fn connect(url: &str, options: &StoreOptions) -> Result<Self> {
        let signals = Signals::new();
        let engine = if let Some(path) = url.strip_prefix("sqlite:") {
            Engine::Sqlite(sqlite::Database::open(path, options).await?)
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let signals = signals.clone();
            Engine::Postgres(postgres::Database::open(url, options, signals).await?)
        } else {
            return Err(StoreError::UnsupportedUrl);
        };
        Ok(Self {
            engine,
            signals,
            last_uses: LastUses::default(),
        })
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

    /// Whether there is any schema.
    ///
    /// # Errors
    /// [`StoreError::Migration`].
    pub async fn has_schema(&self) -> Result<bool> {
        let pending = self.pending_migrations().await?;
        Ok(pending.first().is_none_or(|name| name != FIRST_MIGRATION))
    }

    /// The names of the migrations that the schema lacks, in order.
    ///
    /// # Errors
    /// [`StoreError::Migration`].
    pub async fn pending_migrations(&self) -> Result<Vec<String>> {
        match &self.engine {
            Engine::Sqlite(database) => database.pending_migrations().await,
            Engine::Postgres(database) => database.pending_migrations().await,
        }
    }

    /// Writes a copy of the database, as it is at one moment, to an empty file; `false` where the
    /// database is no file.
    ///
    /// # Errors
    /// [`StoreError::Database`], also where the file cannot be written.
    pub async fn copy_to(&self, path: &Path) -> Result<bool> {
        match &self.engine {
            Engine::Sqlite(database) => database.copy_to(path).await.map(|()| true),
            Engine::Postgres(_) => Ok(false),
        }
    }

    /// How its connections are used now.
    pub fn pool_status(&self) -> PoolStatus {
        match &self.engine {
            Engine::Sqlite(database) => database.pool_status(),
            Engine::Postgres(database) => database.pool_status(),
        }
    }

    /// Checks that the database answers, for the readiness check.
    ///
    /// # Errors
    /// Where it does not answer.
    pub async fn ping(&self) -> Result<()> {
        query!(self, repos::any_exists()).map(drop)
    }
}
