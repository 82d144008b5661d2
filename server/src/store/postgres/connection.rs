//! How PostgreSQL is connected to and migrated.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel_async::AsyncPgConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_async::pooled_connection::deadpool::{Object, Pool};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};
use futures::FutureExt as _;
use tokio::task::spawn_blocking;
use tokio_util::task::AbortOnDropHandle;

use super::Conn;
use super::connector::Connector;
use super::listener::listen;
use super::writer::Writer;
use crate::store::error::{Result, StoreError};
use crate::store::migrations::pending_names;
use crate::store::pool::{PoolStatus, StoreOptions, pool_status, pooled};
use crate::store::signals::Signals;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Key of the advisory lock that migrations are applied under: `musehub` in ASCII.
const MIGRATION_LOCK: i64 = 0x006d_7573_6568_7562;

/// A connected database.
#[derive(Clone)]
pub(in crate::store) struct Database {
    connector: Connector,
    pool: Pool<Conn>,
    wait: Duration,
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
        options: &StoreOptions,
        signals: Signals,
    ) -> Result<Self> {
        let connector = Connector::of_url(url)?;
        let mut config = ManagerConfig::default();
        let of_pool = connector.clone();
        config.custom_setup = Box::new(move |_| {
            let connector = of_pool.clone();
            async move { connector.connect().await }.boxed()
        });
        let pool = Pool::builder(AsyncDieselConnectionManager::new_with_config(url, config))
            .max_size(options.max_connections)
            .build()
            .map_err(unavailable)?;
        let wait = options.connection_wait;
        drop(pooled!(pool, wait)?);
        Ok(Self {
            _listener: Arc::new(listen(connector.clone(), signals)),
            connector,
            pool,
            wait,
        })
    }

    /// A connection.
    pub(in crate::store) async fn reader(&self) -> Result<Object<Conn>> {
        pooled!(self.pool, self.wait)
    }

    /// A connection to write on.
    pub(in crate::store) async fn writer(&self) -> Result<Writer> {
        Ok(Writer::new(pooled!(self.pool, self.wait)?))
    }

    /// The migrations that are not applied yet.
    pub(in crate::store) async fn pending_migrations(&self) -> Result<Vec<String>> {
        let mut connection = self.own_connection().await?;
        spawn_blocking(move || pending_names(&mut connection, MIGRATIONS))
            .await
            .map_err(|error| StoreError::Migration(Box::new(error)))?
            .map_err(StoreError::Migration)
    }

    /// How the connections are used.
    pub(in crate::store) fn pool_status(&self) -> PoolStatus {
        pool_status!(self.pool)
    }

    /// A connection outside of the pool, to be used on a thread that may block.
    async fn own_connection(&self) -> Result<AsyncConnectionWrapper<AsyncPgConnection>> {
        let connected = self.connector.connect().await;
        Ok(connected.map_err(unavailable)?.into())
    }

    /// Applies migrations under a lock: one of several processes applies them, and the others find
    /// nothing to do.
    pub(in crate::store) async fn migrate(&self) -> Result<()> {
        let mut connection = self.own_connection().await?;
        spawn_blocking(move || {
            // The lock ends with the connection.
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
