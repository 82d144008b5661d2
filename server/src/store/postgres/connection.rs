//! How PostgreSQL is connected to and migrated.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_async::AsyncPgConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use diesel_async::pooled_connection::deadpool::{Object, Pool};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};
use tokio::task::spawn_blocking;
use tokio_util::task::AbortOnDropHandle;

use super::Conn;
use super::listener::listen;
use super::writer::Writer;
use crate::store::database::{PoolStatus, pool_status};
use crate::store::error::{Result, StoreError};
use crate::store::migrations::pending_names;
use crate::store::signals::Signals;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Key of the advisory lock that migrations are applied under: `musehub` in ASCII.
const MIGRATION_LOCK: i64 = 0x006d_7573_6568_7562;

/// A connected database.
#[derive(Clone)]
pub(in crate::store) struct Database {
    url: Arc<str>,
    pool: Pool<Conn>,
    /// Stops with the last clone.
    _listener: Arc<AbortOnDropHandle<()>>,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the URL: it may hold a password.
        f.write_str("postgres::Database")
    }
}

impl Database {
    /// Connects, and starts to listen for other processes' signals.
    pub(in crate::store) async fn open(
        url: &str,
        max_connections: usize,
        signals: Signals,
    ) -> Result<Self> {
        let pool = Pool::builder(AsyncDieselConnectionManager::new(url))
            .max_size(max_connections)
            .build()
            .map_err(unavailable)?;
        drop(pool.get().await.map_err(unavailable)?);
        Ok(Self {
            url: url.into(),
            pool,
            _listener: Arc::new(listen(url.to_owned(), signals)),
        })
    }

    /// A connection.
    pub(in crate::store) async fn reader(&self) -> Result<Object<Conn>> {
        self.pool.get().await.map_err(unavailable)
    }

    /// A connection to write on.
    pub(in crate::store) async fn writer(&self) -> Result<Writer> {
        Ok(Writer::new(self.pool.get().await.map_err(unavailable)?))
    }

    /// The migrations that are not applied yet.
    pub(in crate::store) async fn pending_migrations(&self) -> Result<Vec<String>> {
        let url = self.url.clone();
        spawn_blocking(move || {
            let mut connection: AsyncConnectionWrapper<AsyncPgConnection> =
                Connection::establish(&url)?;
            pending_names(&mut connection, MIGRATIONS)
        })
        .await
        .map_err(|error| StoreError::Migration(Box::new(error)))?
        .map_err(StoreError::Migration)
    }

    /// How the connections are used.
    pub(in crate::store) fn pool_status(&self) -> PoolStatus {
        pool_status!(self.pool)
    }

    /// Applies migrations under a lock: one of several processes applies them, and the others find
    /// nothing to do.
    pub(in crate::store) async fn migrate(&self) -> Result<()> {
        let url = self.url.clone();
        spawn_blocking(move || {
            // The lock ends with the connection.
            let mut connection: AsyncConnectionWrapper<AsyncPgConnection> =
                Connection::establish(&url)?;
            SimpleConnection::batch_execute(
                &mut connection,
                &format!("SELECT pg_advisory_lock({MIGRATION_LOCK})"),
            )?;
            connection.run_pending_migrations(MIGRATIONS)?;
            Ok(())
        })
        .await
        .map_err(|error| StoreError::Migration(Box::new(error)))?
        .map_err(StoreError::Migration)
    }
}

fn unavailable(error: impl Error + Send + Sync + 'static) -> StoreError {
    StoreError::Unavailable(Box::new(error))
}
