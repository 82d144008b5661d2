//! What only SQLite needs: how it is opened, and the few statements that PostgreSQL spells otherwise.
//!
//! One connection writes and several read. A second writer would only wait for the first, and SQLite
//! waits by trying again: queueing for the one connection is faster and fair.

use std::fmt;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use diesel_async::RunQueryDsl;
use diesel_async::pooled_connection::deadpool::{Object, Pool};
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
};
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};
use futures::FutureExt as _;
use muse_wire::mpack::ObjectRow;

use super::StoreOptions;
use super::convert::{column, join_parents, pack};
use super::error::{Result, StoreError};
use super::history::StoredSnapshot;
use super::jobs::JobId;
use super::mpacks::MpackId;
use super::publish::NewCommit;
use super::repos::RepoId;
use super::schema::{commits, jobs, mpack_index, repos, snapshots};

#[path = "queries.rs"]
#[expect(
    clippy::duplicate_mod,
    reason = "the queries are compiled once for each engine"
)]
pub(super) mod queries;

use queries::Writer;

/// The connection that `queries` run on.
pub(super) type Conn = SyncConnectionWrapper<SqliteConnection>;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// How long a statement waits for another process's write.
const BUSY_TIMEOUT_MS: u32 = 30_000;

/// An open database file.
#[derive(Clone)]
pub(super) struct Database {
    readers: Pool<Conn>,
    writer: Pool<Conn>,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sqlite::Database")
    }
}

impl Database {
    /// Opens the file, and makes it where it is missing.
    pub(super) async fn open(path: &str, options: &StoreOptions) -> Result<Self> {
        let database = Self {
            readers: pool(path, options.max_connections, true)?,
            writer: pool(path, 1, false)?,
        };
        // The writer comes first: it makes the file and switches it to write-ahead logging.
        drop(database.writer.get().await.map_err(unavailable)?);
        Ok(database)
    }

    /// A connection that cannot write.
    pub(super) async fn reader(&self) -> Result<Object<Conn>> {
        self.readers.get().await.map_err(unavailable)
    }

    /// The connection that writes.
    pub(super) async fn writer(&self) -> Result<Writer> {
        Ok(Writer::new(self.writer.get().await.map_err(unavailable)?))
    }

    /// Applies migrations in one transaction that begins as a writer: of several processes one
    /// applies them and the others find nothing to do.
    pub(super) async fn migrate(&self) -> Result<()> {
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
}

/// A migration's failure, in a form that ends the transaction around it.
#[derive(Debug, thiserror::Error)]
enum MigrationError {
    #[error(transparent)]
    Failed(Box<dyn std::error::Error + Send + Sync>),
    #[error(transparent)]
    Database(#[from] diesel::result::Error),
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::Unavailable(Box::new(error))
}

fn pool(path: &str, max_connections: usize, read_only: bool) -> Result<Pool<Conn>> {
    let mut config = ManagerConfig::default();
    // The file is either there or nothing works: there is no connection that could have been cut.
    config.recycling_method = RecyclingMethod::Fast;
    config.custom_setup = Box::new(move |path| {
        let path = path.to_owned();
        async move {
            let connection = tokio::task::spawn_blocking(move || open(&path, read_only))
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
    use diesel::connection::SimpleConnection as _;

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

/// Turns the write-ahead log on. Where two processes do so at once, SQLite refuses one of them without
/// waiting for the other, whatever the busy time-out.
fn write_ahead(configure: &mut impl FnMut(&str) -> QueryResult<()>) -> QueryResult<()> {
    let give_up = Instant::now() + Duration::from_millis(BUSY_TIMEOUT_MS.into());
    loop {
        match configure("PRAGMA journal_mode = WAL") {
            Err(error) if error.to_string().contains("locked") && Instant::now() < give_up => {
                std::thread::sleep(Duration::from_millis(10));
            }
            result => return result,
        }
    }
}

/// Inserts the objects that the repository lacks; returns how many.
async fn insert_objects(
    conn: &mut Conn,
    repo: RepoId,
    mpack: MpackId,
    rows: Vec<ObjectRow>,
) -> QueryResult<usize> {
    conn.spawn_blocking(move |conn| {
        each(&rows, |row| {
            diesel::RunQueryDsl::execute(
                diesel::insert_into(mpack_index::table)
                    .values((
                        mpack_index::repo_id.eq(repo.0),
                        mpack_index::object_id.eq(row.id.as_bytes().as_slice()),
                        mpack_index::mpack_id.eq(mpack.0),
                        mpack_index::frame.eq(i64::from(row.frame)),
                        mpack_index::frame_offset.eq(i64::from(row.offset)),
                        mpack_index::length.eq(column(row.length)),
                    ))
                    .on_conflict_do_nothing(),
                conn,
            )
        })
    })
    .await
}

/// Inserts the snapshots that the repository lacks; returns how many.
async fn insert_snapshots(
    conn: &mut Conn,
    repo: RepoId,
    rows: Vec<StoredSnapshot>,
) -> QueryResult<usize> {
    conn.spawn_blocking(move |conn| {
        each(&rows, |row| {
            diesel::RunQueryDsl::execute(
                diesel::insert_into(snapshots::table)
                    .values((
                        snapshots::repo_id.eq(repo.0),
                        snapshots::id.eq(row.id.as_bytes().as_slice()),
                        snapshots::base.eq(row.base.as_ref().map(|id| id.as_bytes().as_slice())),
                        snapshots::chain_bytes.eq(column(row.chain_bytes)),
                        snapshots::listing_bytes.eq(column(row.listing_bytes)),
                        snapshots::record.eq(&row.record),
                    ))
                    .on_conflict_do_nothing(),
                conn,
            )
        })
    })
    .await
}

/// Inserts the commits that the repository lacks; returns how many.
async fn insert_commits(
    conn: &mut Conn,
    repo: RepoId,
    mpack: MpackId,
    rows: Vec<NewCommit>,
) -> QueryResult<usize> {
    conn.spawn_blocking(move |conn| {
        each(&rows, |row| {
            diesel::RunQueryDsl::execute(
                diesel::insert_into(commits::table)
                    .values((
                        commits::repo_id.eq(repo.0),
                        commits::id.eq(row.id.as_bytes().as_slice()),
                        commits::parents.eq(join_parents(&row.node.parents)),
                        commits::generation.eq(i64::from(row.node.generation)),
                        commits::committed_at.eq(row.node.committed_at),
                        commits::snapshot_id.eq(row.snapshot.as_bytes().as_slice()),
                        commits::mpack_id.eq(mpack.0),
                        commits::envelope.eq(pack(&row.envelope)),
                    ))
                    .on_conflict_do_nothing(),
                conn,
            )
        })
    })
    .await
}

/// Runs one prepared statement for each row and adds up the rows written.
fn each<T>(rows: &[T], mut insert: impl FnMut(&T) -> QueryResult<usize>) -> QueryResult<usize> {
    let mut written = 0;
    for row in rows {
        written += insert(row)?;
    }
    Ok(written)
}

/// Whether the repository is there. Who writes is alone anyway, so there is nothing to lock.
async fn lock_repo(conn: &mut Conn, repo: RepoId) -> QueryResult<bool> {
    let found = repos::table
        .find(repo.0)
        .select(repos::id)
        .first::<i64>(conn)
        .await
        .optional()?;
    Ok(found.is_some())
}

/// The job that is longest due, with the number of its attempts.
async fn next_due(
    conn: &mut Conn,
    kinds: &[&str],
    now_ms: i64,
) -> QueryResult<Option<(String, i64)>> {
    jobs::table
        .filter(jobs::state.eq_any(queries::jobs::UNFINISHED))
        .filter(jobs::due_at_ms.le(now_ms))
        .filter(jobs::kind.eq_any(kinds))
        .order((jobs::due_at_ms, jobs::id))
        .select((jobs::id, jobs::attempts))
        .first(conn)
        .await
        .optional()
}

/// Nothing: another process finds queued jobs by looking.
async fn notify_queued(_conn: &mut Conn) -> QueryResult<()> {
    Ok(())
}

/// Nothing: another process finds ended jobs by looking.
async fn notify_ended(_conn: &mut Conn, _job: JobId) -> QueryResult<()> {
    Ok(())
}
