//! The statements that SQLite spells differently. Bulk inserts send their rows as arrays, one for
//! each column: that is about twice as fast as statements with many rows.

use std::ops::Range;

#[cfg(any(test, feature = "testing"))]
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Bool, Nullable, Text};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection as _};
use muse_wire::mpack::{ChunkRow, ObjectRow};

use super::Conn;
use super::listener::{ENDED_CHANNEL, QUEUED_CHANNEL};
use crate::store::accounts::UserId;
use crate::store::clock::Now;
use crate::store::columns::to_column;
use crate::store::commits::NewCommit;
use crate::store::commits::model::join_parents;
use crate::store::jobs::JobId;
use crate::store::large_objects::model::{NewLargeObject, join_chunks};
use crate::store::mpacks::MpackId;
use crate::store::refs::model::{RefMove, WrittenRef};
use crate::store::repos::RepoId;
use crate::store::schema::{jobs, repos};
use crate::store::snapshots::StoredSnapshot;

/// Runs a statement with the rows of contents of an mpack; returns how many rows it wrote.
macro_rules! with_contents {
    ($conn:expr, $repo:expr, $mpack:expr, $rows:expr, $statement:literal $(, $ids:expr)?) => {{
        let ids: Vec<_> = $rows
            .iter()
            .map(|row| row.id.as_bytes().as_slice())
            .collect();
        let frames: Vec<_> = $rows.iter().map(|row| i64::from(row.frame)).collect();
        let offsets: Vec<_> = $rows.iter().map(|row| i64::from(row.offset)).collect();
        let lengths: Vec<_> = $rows.iter().map(|row| i64::from(row.length)).collect();
        diesel::sql_query($statement)
            .bind::<BigInt, _>($repo.0)
            .bind::<BigInt, _>($mpack.0)
            .bind::<Array<Binary>, _>(ids)
            .bind::<Array<BigInt>, _>(frames)
            .bind::<Array<BigInt>, _>(offsets)
            .bind::<Array<BigInt>, _>(lengths)
            $(.bind::<Array<BigInt>, _>($ids))?
            .execute($conn)
            .await
    }};
}

/// Inserts the whole objects that the repository lacks; returns how many.
pub(super) async fn insert_objects(
    conn: &mut Conn,
    repo: RepoId,
    mpack: MpackId,
    rows: Vec<ObjectRow>,
) -> QueryResult<usize> {
    with_contents!(
        conn,
        repo,
        mpack,
        rows,
        "INSERT INTO mpack_index (repo_id, object_id, mpack_id, frame, frame_offset, length)
         SELECT $1, object_id, $2, frame, frame_offset, length
         FROM UNNEST($3, $4, $5, $6) AS new (object_id, frame, frame_offset, length)
         ON CONFLICT DO NOTHING"
    )
}

/// Inserts the chunks that the repository lacks; returns how many.
pub(super) async fn insert_chunks(
    conn: &mut Conn,
    repo: RepoId,
    mpack: MpackId,
    rows: Vec<ChunkRow>,
) -> QueryResult<usize> {
    with_contents!(
        conn,
        repo,
        mpack,
        rows,
        "INSERT INTO chunks (repo_id, chunk_id, mpack_id, frame, frame_offset, length)
         SELECT $1, chunk_id, $2, frame, frame_offset, length
         FROM UNNEST($3, $4, $5, $6) AS new (chunk_id, frame, frame_offset, length)
         ON CONFLICT DO NOTHING"
    )
}

/// Says where whole objects lie from now on that lay in mpacks of `from`.
pub(super) async fn move_objects(
    conn: &mut Conn,
    repo: RepoId,
    from: &[i64],
    mpack: MpackId,
    rows: Vec<ObjectRow>,
) -> QueryResult<usize> {
    with_contents!(
        conn,
        repo,
        mpack,
        rows,
        "UPDATE mpack_index AS old
         SET mpack_id = $2, frame = new.frame, frame_offset = new.frame_offset, length = new.length
         FROM UNNEST($3, $4, $5, $6) AS new (object_id, frame, frame_offset, length)
         WHERE old.repo_id = $1 AND old.object_id = new.object_id AND old.mpack_id = ANY ($7)",
        from
    )
}

/// Says where chunks lie from now on that lay in mpacks of `from`.
pub(super) async fn move_chunks(
    conn: &mut Conn,
    repo: RepoId,
    from: &[i64],
    mpack: MpackId,
    rows: Vec<ChunkRow>,
) -> QueryResult<usize> {
    with_contents!(
        conn,
        repo,
        mpack,
        rows,
        "UPDATE chunks AS old
         SET mpack_id = $2, frame = new.frame, frame_offset = new.frame_offset, length = new.length
         FROM UNNEST($3, $4, $5, $6) AS new (chunk_id, frame, frame_offset, length)
         WHERE old.repo_id = $1 AND old.chunk_id = new.chunk_id AND old.mpack_id = ANY ($7)",
        from
    )
}

/// Inserts the large objects that the repository lacks; returns how many.
pub(super) async fn insert_large_objects(
    conn: &mut Conn,
    repo: RepoId,
    mpack: MpackId,
    rows: Vec<NewLargeObject>,
) -> QueryResult<usize> {
    let ids: Vec<_> = rows
        .iter()
        .map(|row| row.id.as_bytes().as_slice())
        .collect();
    let lengths: Vec<_> = rows.iter().map(|row| to_column(row.length)).collect();
    let chunks: Vec<_> = rows.iter().map(|row| join_chunks(&row.chunks)).collect();
    diesel::sql_query(
        "INSERT INTO large_objects (repo_id, object_id, length, mpack_id, chunks)
         SELECT $1, object_id, length, $2, chunks
         FROM UNNEST($3, $4, $5) AS new (object_id, length, chunks)
         ON CONFLICT DO NOTHING",
    )
    .bind::<BigInt, _>(repo.0)
    .bind::<BigInt, _>(mpack.0)
    .bind::<Array<Binary>, _>(ids)
    .bind::<Array<BigInt>, _>(lengths)
    .bind::<Array<Binary>, _>(chunks)
    .execute(conn)
    .await
}

/// Inserts the snapshots that the repository lacks; returns how many.
pub(super) async fn insert_snapshots(
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
    let chain_bytes: Vec<_> = rows.iter().map(|row| to_column(row.chain_bytes)).collect();
    let listing_bytes: Vec<_> = rows
        .iter()
        .map(|row| to_column(row.listing_bytes))
        .collect();
    let records: Vec<_> = rows.iter().map(|row| row.record.as_bytes()).collect();
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
pub(super) async fn insert_commits(
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
    let envelopes: Vec<_> = rows.iter().map(|row| row.envelope.encode()).collect();
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

/// Writes refs, whether they are there or not.
pub(super) async fn upsert_refs(
    conn: &mut Conn,
    repo: RepoId,
    rows: Vec<WrittenRef>,
) -> QueryResult<usize> {
    let names: Vec<_> = rows.iter().map(|row| row.name.as_str()).collect();
    let folded: Vec<_> = rows.iter().map(|row| row.folded.as_str()).collect();
    let targets: Vec<_> = rows
        .iter()
        .map(|row| row.target.as_bytes().as_slice())
        .collect();
    diesel::sql_query(
        "INSERT INTO refs (repo_id, name, folded_name, target)
         SELECT $1, name, folded_name, target
         FROM UNNEST($2, $3, $4) AS new (name, folded_name, target)
         ON CONFLICT (repo_id, name)
         DO UPDATE SET folded_name = EXCLUDED.folded_name, target = EXCLUDED.target",
    )
    .bind::<BigInt, _>(repo.0)
    .bind::<Array<Text>, _>(names)
    .bind::<Array<Text>, _>(folded)
    .bind::<Array<Binary>, _>(targets)
    .execute(conn)
    .await
}

/// Logs moves of refs.
pub(super) async fn insert_ref_log(
    conn: &mut Conn,
    repo: RepoId,
    moves: &[RefMove],
    actor: Option<UserId>,
    now_ms: i64,
) -> QueryResult<usize> {
    let names: Vec<_> = moves.iter().map(|moved| moved.name.as_str()).collect();
    let old: Vec<_> = moves
        .iter()
        .map(|moved| moved.old.as_ref().map(|id| id.as_bytes().as_slice()))
        .collect();
    let new: Vec<_> = moves
        .iter()
        .map(|moved| moved.new.as_ref().map(|id| id.as_bytes().as_slice()))
        .collect();
    let forced: Vec<_> = moves.iter().map(|moved| moved.forced).collect();
    diesel::sql_query(
        "INSERT INTO ref_log (repo_id, name, old_target, new_target, forced, user_id, at_ms)
         SELECT $1, name, old_target, new_target, forced, $2, $3
         FROM UNNEST($4, $5, $6, $7) AS new (name, old_target, new_target, forced)",
    )
    .bind::<BigInt, _>(repo.0)
    .bind::<Nullable<BigInt>, _>(actor.map(|user| user.0))
    .bind::<BigInt, _>(now_ms)
    .bind::<Array<Text>, _>(names)
    .bind::<Array<Nullable<Binary>>, _>(old)
    .bind::<Array<Nullable<Binary>>, _>(new)
    .bind::<Array<Bool>, _>(forced)
    .execute(conn)
    .await
}

/// Of each range of folded names, the name of the first ref in it.
pub(super) async fn refs_in_ranges(
    conn: &mut Conn,
    repo: RepoId,
    ranges: Vec<Range<String>>,
) -> QueryResult<Vec<String>> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let starts: Vec<_> = ranges.iter().map(|range| range.start.as_str()).collect();
    let ends: Vec<_> = ranges.iter().map(|range| range.end.as_str()).collect();
    let found: Vec<Found> = diesel::sql_query(
        "SELECT first.name
         FROM UNNEST($2, $3) AS range (low, high)
         CROSS JOIN LATERAL (
             SELECT name FROM refs
             WHERE repo_id = $1
                 AND folded_name >= range.low AND folded_name < range.high
             LIMIT 1
         ) AS first",
    )
    .bind::<BigInt, _>(repo.0)
    .bind::<Array<Text>, _>(starts)
    .bind::<Array<Text>, _>(ends)
    .load(conn)
    .await?;
    Ok(found.into_iter().map(|found| found.name).collect())
}

/// Whether the repository exists. If it does, no other publication runs in it until the transaction
/// ends. The lock is no stronger, so that jobs for the repository can still be queued.
pub(super) async fn lock_repo(conn: &mut Conn, repo: RepoId) -> QueryResult<bool> {
    let found = repos::table
        .find(repo.0)
        .select(repos::id)
        .for_no_key_update()
        .first::<i64>(conn)
        .await
        .optional()?;
    Ok(found.is_some())
}

/// The statement of [`next_due`].
macro_rules! select_next_due {
    ($kinds:expr) => {
        jobs::table
            .filter(jobs::finished_at_ms.is_null())
            .filter(jobs::due_at_ms.le(Now))
            .filter(jobs::kind.eq_any($kinds))
            .order((jobs::turn, jobs::due_at_ms, jobs::id))
            .select((jobs::id, jobs::attempts))
            .limit(1)
            .for_update()
            .skip_locked()
    };
}

/// The job that is due and whose turn it is, with the number of its attempts. It gets locked, and
/// jobs that others have locked are skipped.
pub(super) async fn next_due(
    conn: &mut Conn,
    kinds: &[&str],
) -> QueryResult<Option<(String, i64)>> {
    select_next_due!(kinds).get_result(conn).await.optional()
}

/// How the database runs the statement of [`next_due`] where the table is too large to be scanned.
#[cfg(any(test, feature = "testing"))]
pub(super) async fn explain_next_due(conn: &mut Conn, kinds: &[&str]) -> QueryResult<Vec<String>> {
    #[derive(QueryableByName)]
    struct Step {
        #[diesel(sql_type = diesel::sql_types::Text, column_name = "QUERY PLAN")]
        line: String,
    }
    let statement = diesel::debug_query::<Pg, _>(&select_next_due!(kinds)).to_string();
    let (statement, _) = statement.split_once(" -- binds").expect("kinds are bound");
    conn.batch_execute("SET LOCAL enable_seqscan = off").await?;
    let steps: Vec<Step> = diesel::sql_query(format!("EXPLAIN {statement}"))
        .bind::<Array<diesel::sql_types::Text>, _>(kinds)
        .bind::<BigInt, _>(1)
        .load(conn)
        .await?;
    Ok(steps.into_iter().map(|step| step.line).collect())
}

/// Tells every process, once the transaction is committed, that a job is queued.
pub(super) async fn notify_queued(conn: &mut Conn) -> QueryResult<()> {
    conn.batch_execute(&format!("NOTIFY {QUEUED_CHANNEL}"))
        .await
}

/// Tells every process, once the transaction is committed, that this job has ended.
pub(super) async fn notify_ended(conn: &mut Conn, job: JobId) -> QueryResult<()> {
    // A uuid's text has nothing to quote.
    conn.batch_execute(&format!("NOTIFY {ENDED_CHANNEL}, '{job}'"))
        .await
}
