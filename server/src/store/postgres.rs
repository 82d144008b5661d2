//! What only PostgreSQL needs: its pool, signals between processes, and the few statements that SQLite
//! spells otherwise.

use std::fmt;
use std::pin::pin;
use std::sync::Arc;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Nullable};
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use diesel_async::pooled_connection::deadpool::{Object, Pool};
use diesel_async::{
    AsyncConnection as _, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection as _,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};
use futures::StreamExt as _;
use muse_wire::mpack::ObjectRow;

use super::StoreOptions;
use super::convert::{column, join_parents, pack};
use super::error::{Result, StoreError};
use super::events::{Events, LOOK_AGAIN};
use super::history::StoredSnapshot;
use super::jobs::JobId;
use super::mpacks::MpackId;
use super::publish::NewCommit;
use super::repos::RepoId;
use super::schema::{jobs, repos};

#[path = "queries.rs"]
#[expect(
    clippy::duplicate_mod,
    reason = "the queries are compiled once for each engine"
)]
pub(super) mod queries;

use queries::Writer;

/// The connection that `queries` run on.
pub(super) type Conn = AsyncPgConnection;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Key of the advisory lock that migrations are applied under: `musehub` in ASCII.
const MIGRATION_LOCK: i64 = 0x006d_7573_6568_7562;

/// Channel that says that a job was queued.
const QUEUED_CHANNEL: &str = "musehub_job_queued";

/// Channel that names a job that has ended.
const ENDED_CHANNEL: &str = "musehub_job_ended";

/// A connected database.
#[derive(Clone)]
pub(super) struct Database {
    url: Arc<str>,
    pool: Pool<Conn>,
    /// Ends with the last clone.
    _listener: Arc<Listener>,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the URL: it may hold a password.
        f.write_str("postgres::Database")
    }
}

/// The task that hears other processes' signals.
struct Listener(tokio::task::JoinHandle<()>);

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Database {
    /// Connects, and starts to listen for other processes' signals.
    pub(super) async fn open(url: &str, options: &StoreOptions, events: Events) -> Result<Self> {
        let pool = Pool::builder(AsyncDieselConnectionManager::new(url))
            .max_size(options.max_connections)
            .build()
            .map_err(unavailable)?;
        drop(pool.get().await.map_err(unavailable)?);
        let listener = Listener(tokio::spawn(listen(url.to_owned(), events)));
        Ok(Self {
            url: url.into(),
            pool,
            _listener: Arc::new(listener),
        })
    }

    /// A connection.
    pub(super) async fn reader(&self) -> Result<Object<Conn>> {
        self.pool.get().await.map_err(unavailable)
    }

    /// A connection to write on.
    pub(super) async fn writer(&self) -> Result<Writer> {
        Ok(Writer::new(self.pool.get().await.map_err(unavailable)?))
    }

    /// Applies migrations under a lock: of several processes one applies them and the others find nothing
    /// to do.
    pub(super) async fn migrate(&self) -> Result<()> {
        let url = self.url.clone();
        tokio::task::spawn_blocking(move || {
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

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::Unavailable(Box::new(error))
}

/// Passes other processes' signals on for ever; while there is no connection, everybody looks for
/// himself.
async fn listen(url: String, events: Events) {
    loop {
        if let Err(error) = hear(&url, &events).await {
            tracing::warn!(%error, "lost the connection that listens for jobs; trying again");
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

async fn hear(url: &str, events: &Events) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let mut connection = AsyncPgConnection::establish(url).await?;
    connection
        .batch_execute(&format!("LISTEN {QUEUED_CHANNEL}; LISTEN {ENDED_CHANNEL}"))
        .await?;
    let mut notifications = pin!(connection.notifications_stream());
    while let Some(notification) = notifications.next().await {
        let notification = notification?;
        if notification.channel == QUEUED_CHANNEL {
            events.job_queued();
        } else if let Ok(id) = notification.payload.parse() {
            events.job_ended(id);
        }
    }
    Err("the server closed the connection".into())
}

/// Inserts the objects that the repository lacks; returns how many.
async fn insert_objects(
    conn: &mut Conn,
    repo: RepoId,
    mpack: MpackId,
    rows: Vec<ObjectRow>,
) -> QueryResult<usize> {
    let ids: Vec<_> = rows
        .iter()
        .map(|row| row.id.as_bytes().as_slice())
        .collect();
    let frames: Vec<_> = rows.iter().map(|row| i64::from(row.frame)).collect();
    let offsets: Vec<_> = rows.iter().map(|row| i64::from(row.offset)).collect();
    let lengths: Vec<_> = rows.iter().map(|row| column(row.length)).collect();
    diesel::sql_query(
        "INSERT INTO mpack_index (repo_id, object_id, mpack_id, frame, frame_offset, length)
         SELECT $1, object_id, $2, frame, frame_offset, length
         FROM UNNEST($3, $4, $5, $6) AS new (object_id, frame, frame_offset, length)
         ON CONFLICT DO NOTHING",
    )
    .bind::<BigInt, _>(repo.0)
    .bind::<BigInt, _>(mpack.0)
    .bind::<Array<Binary>, _>(ids)
    .bind::<Array<BigInt>, _>(frames)
    .bind::<Array<BigInt>, _>(offsets)
    .bind::<Array<BigInt>, _>(lengths)
    .execute(conn)
    .await
}

/// Inserts the snapshots that the repository lacks; returns how many.
async fn insert_snapshots(
    conn: &mut Conn,
    repo: RepoId,
    rows: Vec<StoredSnapshot>,
) -> QueryResult<usize> {
    let ids: Vec<_> = rows
        .iter()
        .map(|row| row.id.as_bytes().as_slice())
        .collect();
    let bases: Vec<_> = rows
        .iter()
        .map(|row| row.base.as_ref().map(|id| id.as_bytes().as_slice()))
        .collect();
    let chain_bytes: Vec<_> = rows.iter().map(|row| column(row.chain_bytes)).collect();
    let listing_bytes: Vec<_> = rows.iter().map(|row| column(row.listing_bytes)).collect();
    let records: Vec<_> = rows.iter().map(|row| row.record.as_slice()).collect();
    diesel::sql_query(
        "INSERT INTO snapshots (repo_id, id, base, chain_bytes, listing_bytes, record)
         SELECT $1, id, base, chain_bytes, listing_bytes, record
         FROM UNNEST($2, $3, $4, $5, $6) AS new (id, base, chain_bytes, listing_bytes, record)
         ON CONFLICT DO NOTHING",
    )
    .bind::<BigInt, _>(repo.0)
    .bind::<Array<Binary>, _>(ids)
    .bind::<Array<Nullable<Binary>>, _>(bases)
    .bind::<Array<BigInt>, _>(chain_bytes)
    .bind::<Array<BigInt>, _>(listing_bytes)
    .bind::<Array<Binary>, _>(records)
    .execute(conn)
    .await
}

/// Inserts the commits that the repository lacks; returns how many.
async fn insert_commits(
    conn: &mut Conn,
    repo: RepoId,
    mpack: MpackId,
    rows: Vec<NewCommit>,
) -> QueryResult<usize> {
    let ids: Vec<_> = rows
        .iter()
        .map(|row| row.id.as_bytes().as_slice())
        .collect();
    let parents: Vec<_> = rows
        .iter()
        .map(|row| join_parents(&row.node.parents))
        .collect();
    let generations: Vec<_> = rows
        .iter()
        .map(|row| i64::from(row.node.generation))
        .collect();
    let times: Vec<_> = rows.iter().map(|row| row.node.committed_at).collect();
    let snapshots: Vec<_> = rows
        .iter()
        .map(|row| row.snapshot.as_bytes().as_slice())
        .collect();
    let envelopes: Vec<_> = rows.iter().map(|row| pack(&row.envelope)).collect();
    diesel::sql_query(
        "INSERT INTO commits
             (repo_id, id, parents, generation, committed_at, snapshot_id, mpack_id, envelope)
         SELECT $1, id, parents, generation, committed_at, snapshot_id, $2, envelope
         FROM UNNEST($3, $4, $5, $6, $7, $8)
             AS new (id, parents, generation, committed_at, snapshot_id, envelope)
         ON CONFLICT DO NOTHING",
    )
    .bind::<BigInt, _>(repo.0)
    .bind::<BigInt, _>(mpack.0)
    .bind::<Array<Binary>, _>(ids)
    .bind::<Array<Binary>, _>(parents)
    .bind::<Array<BigInt>, _>(generations)
    .bind::<Array<BigInt>, _>(times)
    .bind::<Array<Binary>, _>(snapshots)
    .bind::<Array<Binary>, _>(envelopes)
    .execute(conn)
    .await
}

/// Whether the repository is there, and if so, keeps every other publication out of it until the
/// transaction ends. Jobs for it may still be queued: that is why the lock is no stronger.
async fn lock_repo(conn: &mut Conn, repo: RepoId) -> QueryResult<bool> {
    let found = repos::table
        .find(repo.0)
        .select(repos::id)
        .for_no_key_update()
        .first::<i64>(conn)
        .await
        .optional()?;
    Ok(found.is_some())
}

/// The job that is longest due, with the number of its attempts. It is locked, and jobs that
/// others have locked are passed over.
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
        .for_update()
        .skip_locked()
        .first(conn)
        .await
        .optional()
}

/// Tells every process, once the transaction is committed, that a job is queued.
async fn notify_queued(conn: &mut Conn) -> QueryResult<()> {
    conn.batch_execute(&format!("NOTIFY {QUEUED_CHANNEL}"))
        .await
}

/// Tells every process, once the transaction is committed, that this job has ended.
async fn notify_ended(conn: &mut Conn, job: JobId) -> QueryResult<()> {
    // A uuid's text has nothing to quote.
    conn.batch_execute(&format!("NOTIFY {ENDED_CHANNEL}, '{job}'"))
        .await
}
