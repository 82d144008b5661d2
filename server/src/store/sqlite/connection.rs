//! How an SQLite file is opened, migrated and shared between one writer and several readers.

use std::error::Error;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::result::Error as DieselError;
use diesel::sql_query;
use diesel::sql_types::Text;
use diesel::sqlite::SqliteConnection;
use diesel_async::pooled_connection::deadpool::{Object, Pool};
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};
use futures::FutureExt as _;
use tokio::task::spawn_blocking;

use super::Conn;
use super::writer::Writer;
use crate::blocking::run_blocking;
use crate::store::error::{Result, StoreError};
use crate::store::migrations::pending_names;
use crate::store::pool::{PoolStatus, StoreOptions, pool_status, pooled};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// How long a statement waits for another process's write.
const BUSY_TIMEOUT_MS: u32 = 30_000;

/// An open database file.
#[derive(Clone)]
pub(in crate::store) struct Database {
    path: String,
    readers: Pool<Conn>,
    writer: Pool<Conn>,
    wait: Duration,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sqlite::Database")
    }
}

impl Database {
    /// Opens the file, and creates it where it is missing.
    pub(in crate::store) async fn open(path: &str, options: &StoreOptions) -> Result<Self> {
        create_private(path);
        let database = Self {
            path: path.to_owned(),
            readers: pool(path, options.max_connections, true)?,
            writer: pool(path, 1, false)?,
            wait: options.connection_wait,
        };
        // The writer comes first: it creates the file and switches it to write-ahead logging.
        drop(database.writer.get().await.map_err(unavailable)?);
        Ok(database)
    }

    /// A connection that cannot write.
    pub(in crate::store) async fn reader(&self) -> Result<Object<Conn>> {
        pooled!(self.readers, self.wait)
    }

    /// The connection that writes.
    pub(in crate::store) async fn writer(&self) -> Result<Writer> {
        Ok(Writer::new(pooled!(self.writer, self.wait)?))
    }

    /// How the connections are used: those that read, and the one that writes.
    pub(in crate::store) fn pool_status(&self) -> PoolStatus {
        let (readers, writer) = (pool_status!(self.readers), pool_status!(self.writer));
        PoolStatus {
            in_use: readers.in_use + writer.in_use,
            idle: readers.idle + writer.idle,
            limit: readers.limit + writer.limit,
            waiting: readers.waiting + writer.waiting,
        }
    }

    /// Writes a copy of the database to an empty file, on a connection of its own: writers go on,
    /// and the other readers are no fewer.
    pub(in crate::store) async fn copy_to(&self, path: &Path) -> Result<()> {
        let (from, to) = (self.path.clone(), path.to_string_lossy().into_owned());
        run_blocking(move || {
            let mut connection = SqliteConnection::establish(&from).map_err(unavailable)?;
            connection.batch_execute(&format!("PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}"))?;
            sql_query("VACUUM INTO ?")
                .bind::<Text, _>(&to)
                .execute(&mut connection)?;
            // What readers had built is no part of a copy: it is built again on demand.
            let mut copy = SqliteConnection::establish(&to).map_err(unavailable)?;
            copy.batch_execute(
                "PRAGMA journal_mode = DELETE;
                 DELETE FROM fetch_plans;
                 DELETE FROM built_mpacks;",
            )?;
            drop(copy);
            File::open(&to)
                .and_then(|copy| copy.sync_all())
                .map_err(unavailable)
        })
        .await
    }

    /// Applies migrations in one transaction that begins as a writer: one of several processes
    /// applies them, and the others find nothing to do.
    pub(in crate::store) async fn migrate(&self) -> Result<()> {
        let mut writer = self.writer.get().await.map_err(unavailable)?;
        let migrated = writer
            .spawn_blocking(|connection| {
                Ok(connection.immediate_transaction(|connection| {
                    match connection.run_pending_migrations(MIGRATIONS) {
                        Ok(_) => Ok(()),
                        Err(error) => Err(MigrationError::Failed(error)),
                    }
                }))
            })
            .await?;
        migrated.map_err(|error| StoreError::Migration(Box::new(error)))
    }

    /// The migrations that are not applied yet.
    pub(in crate::store) async fn pending_migrations(&self) -> Result<Vec<String>> {
        let mut writer = self.writer.get().await.map_err(unavailable)?;
        let pending = writer
            .spawn_blocking(|connection| Ok(pending_names(connection, MIGRATIONS)))
            .await?;
        pending.map_err(StoreError::Migration)
    }
}

/// Why a migration failed, as an error that rolls back the transaction around it.
#[derive(Debug, thiserror::Error)]
enum MigrationError {
    #[error(transparent)]
    Failed(Box<dyn Error + Send + Sync>),
    #[error(transparent)]
    Database(#[from] DieselError),
}

fn unavailable(error: impl Error + Send + Sync + 'static) -> StoreError {
    StoreError::Unavailable(Box::new(error))
}

fn pool(path: &str, max_connections: usize, read_only: bool) -> Result<Pool<Conn>> {
    let mut config = ManagerConfig::default();
    // A file's connection cannot be cut, so a pooled one needs no check before it is used again.
    config.recycling_method = RecyclingMethod::Fast;
    config.custom_setup = Box::new(move |path| {
        let path = path.to_owned();
        async move {
            let connection = spawn_blocking(move || open(&path, read_only))
                .await
                .map_err(|error| ConnectionError::BadConnection(error.to_string()))??;
            Ok(Conn::new(connection))
        }
        .boxed()
    });
    Pool::builder(AsyncDieselConnectionManager::new_with_config(path, config))
        .max_size(max_connections)
        .build()
        .map_err(unavailable)
}

fn open(path: &str, read_only: bool) -> ConnectionResult<SqliteConnection> {
    let mut connection = SqliteConnection::establish(path)?;
    let mut configure = |pragmas: &str| connection.batch_execute(pragmas);
    configure(&format!("PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}"))
        .and_then(|()| {
            if read_only {
                configure("PRAGMA query_only = ON")
            } else {
                write_ahead(&mut configure)?;
                configure("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON")
            }
        })
        .map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(connection)
}

/// Turns the write-ahead log on. Where two processes do so at once, SQLite refuses one of them
/// without waiting for the other, whatever the busy time-out is.
fn write_ahead(configure: &mut impl FnMut(&str) -> QueryResult<()>) -> QueryResult<()> {
    let deadline = Instant::now() + Duration::from_millis(BUSY_TIMEOUT_MS.into());
    loop {
        match configure("PRAGMA journal_mode = WAL") {
            Err(error) if error.to_string().contains("locked") && Instant::now() < deadline => {
                thread::sleep(Duration::from_millis(10));
            }
            result => return result,
        }
    }
}

/// Creates the file where it is missing, for its owner only: it holds users, private names and the
/// hashes of tokens. SQLite gives the files beside it the same permissions, and reports what fails.
fn create_private(path: &str) {
    let mut options = OpenOptions::new();
    let _ = options.append(true).create(true).mode(0o600).open(path);
}
