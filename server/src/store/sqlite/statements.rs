//! The statements that PostgreSQL spells differently. Bulk inserts run one prepared statement for
//! each row, in one task: that is several times faster than statements with many rows.

use std::ops::Range;

use diesel::prelude::*;
#[cfg(any(test, feature = "testing"))]
use diesel::sqlite::Sqlite;
use diesel_async::RunQueryDsl;
use muse_wire::mpack::{ChunkRow, ObjectRow};

use super::Conn;
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
use crate::store::schema::{
    chunks, commits, jobs, large_objects, mpack_index, ref_log, refs, repos, snapshots,
};
use crate::store::snapshots::StoredSnapshot;

/// The statement that inserts a row of contents unless the repository has them.
macro_rules! insert_content {
    ($table:ident, $id:ident, $repo:expr, $mpack:expr, $row:expr) => {
        diesel::insert_into($table::table)
            .values((
                $table::repo_id.eq($repo.0),
                $table::$id.eq($row.id.as_bytes().as_slice()),
                $table::mpack_id.eq($mpack.0),
                $table::frame.eq(i64::from($row.frame)),
                $table::frame_offset.eq(i64::from($row.offset)),
                $table::length.eq(i64::from($row.length)),
            ))
            .on_conflict_do_nothing()
    };
}

/// Inserts the whole objects that the repository lacks; returns how many.
pub(super) async fn insert_objects(
    conn: &mut Conn,
    repo: RepoId,
    mpack: MpackId,
    rows: Vec<ObjectRow>,
) -> QueryResult<usize> {
    conn.spawn_blocking(move |conn| {
        each(&rows, |row| {
            let statement = insert_content!(mpack_index, object_id, repo, mpack, row);
            diesel::RunQueryDsl::execute(statement, conn)
        })
    })
    .await
}

/// Inserts the chunks that the repository lacks; returns how many.
pub(super) async fn insert_chunks(
    conn: &mut Conn,
    repo: RepoId,
    mpack: MpackId,
    rows: Vec<ChunkRow>,
) -> QueryResult<usize> {
    conn.spawn_blocking(move |conn| {
        each(&rows, |row| {
            let statement = insert_content!(chunks, chunk_id, repo, mpack, row);
            diesel::RunQueryDsl::execute(statement, conn)
        })
    })
    .await
}

/// The statement that says where a row of contents lies from now on.
macro_rules! move_content {
    ($table:ident, $repo:expr, $from:expr, $mpack:expr, $row:expr) => {
        diesel::update($table::table.find(($repo.0, $row.id.as_bytes().as_slice())))
            .filter($table::mpack_id.eq_any($from))
            .set((
                $table::mpack_id.eq($mpack.0),
                $table::frame.eq(i64::from($row.frame)),
                $table::frame_offset.eq(i64::from($row.offset)),
                $table::length.eq(i64::from($row.length)),
            ))
    };
}

/// Says where whole objects lie from now on that lay in mpacks of `from`.
pub(super) async fn move_objects(
    conn: &mut Conn,
    repo: RepoId,
    from: &[i64],
    mpack: MpackId,
    rows: Vec<ObjectRow>,
) -> QueryResult<usize> {
    let from = from.to_vec();
    conn.spawn_blocking(move |conn| {
        each(&rows, |row| {
            let statement = move_content!(mpack_index, repo, &from, mpack, row);
            diesel::RunQueryDsl::execute(statement, conn)
        })
    })
    .await
}

/// Says where chunks lie from now on that lay in mpacks of `from`.
pub(super) async fn move_chunks(
    conn: &mut Conn,
    repo: RepoId,
    from: &[i64],
    mpack: MpackId,
    rows: Vec<ChunkRow>,
) -> QueryResult<usize> {
    let from = from.to_vec();
    conn.spawn_blocking(move |conn| {
        each(&rows, |row| {
            let statement = move_content!(chunks, repo, &from, mpack, row);
            diesel::RunQueryDsl::execute(statement, conn)
        })
    })
    .await
}

/// Inserts the large objects that the repository lacks; returns how many.
pub(super) async fn insert_large_objects(
    conn: &mut Conn,
    repo: RepoId,
    mpack: MpackId,
    rows: Vec<NewLargeObject>,
) -> QueryResult<usize> {
    conn.spawn_blocking(move |conn| {
        each(&rows, |row| {
            diesel::RunQueryDsl::execute(
                diesel::insert_into(large_objects::table)
                    .values((
                        large_objects::repo_id.eq(repo.0),
                        large_objects::object_id.eq(row.id.as_bytes().as_slice()),
                        large_objects::length.eq(to_column(row.length)),
                        large_objects::mpack_id.eq(mpack.0),
                        large_objects::chunks.eq(join_chunks(&row.chunks)),
                    ))
                    .on_conflict_do_nothing(),
                conn,
            )
        })
    })
    .await
}

/// Inserts the snapshots that the repository lacks; returns how many.
pub(super) async fn insert_snapshots(
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
                        snapshots::chain_bytes.eq(to_column(row.chain_bytes)),
                        snapshots::listing_bytes.eq(to_column(row.listing_bytes)),
                        snapshots::record.eq(row.record.as_bytes()),
                    ))
                    .on_conflict_do_nothing(),
                conn,
            )
        })
    })
    .await
}

/// Inserts the commits that the repository lacks; returns how many.
pub(super) async fn insert_commits(
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
                        commits::envelope.eq(row.envelope.encode()),
                    ))
                    .on_conflict_do_nothing(),
                conn,
            )
        })
    })
    .await
}

/// Writes refs, whether they are there or not.
pub(super) async fn upsert_refs(
    conn: &mut Conn,
    repo: RepoId,
    rows: Vec<WrittenRef>,
) -> QueryResult<usize> {
    conn.spawn_blocking(move |conn| {
        each(&rows, |row| {
            let values = (
                refs::target.eq(row.target.as_bytes().as_slice()),
                refs::folded_name.eq(row.folded.as_str()),
            );
            diesel::RunQueryDsl::execute(
                diesel::insert_into(refs::table)
                    .values((
                        refs::repo_id.eq(repo.0),
                        refs::name.eq(row.name.as_str()),
                        values,
                    ))
                    .on_conflict((refs::repo_id, refs::name))
                    .do_update()
                    .set(values),
                conn,
            )
        })
    })
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
    let moves = moves.to_vec();
    conn.spawn_blocking(move |conn| {
        each(&moves, |moved| {
            diesel::RunQueryDsl::execute(
                diesel::insert_into(ref_log::table).values((
                    ref_log::repo_id.eq(repo.0),
                    ref_log::name.eq(moved.name.as_str()),
                    ref_log::old_target.eq(moved.old.as_ref().map(|id| id.as_bytes().as_slice())),
                    ref_log::new_target.eq(moved.new.as_ref().map(|id| id.as_bytes().as_slice())),
                    ref_log::forced.eq(moved.forced),
                    ref_log::user_id.eq(actor.map(|user| user.0)),
                    ref_log::at_ms.eq(now_ms),
                )),
                conn,
            )
        })
    })
    .await
}

/// Of each range of folded names, the name of the first ref in it.
pub(super) async fn refs_in_ranges(
    conn: &mut Conn,
    repo: RepoId,
    ranges: Vec<Range<String>>,
) -> QueryResult<Vec<String>> {
    conn.spawn_blocking(move |conn| {
        let mut names = Vec::new();
        for range in &ranges {
            let statement = refs::table
                .filter(refs::repo_id.eq(repo.0))
                .filter(refs::folded_name.ge(&range.start))
                .filter(refs::folded_name.lt(&range.end))
                .select(refs::name)
                .limit(1);
            let found = diesel::RunQueryDsl::first(statement, conn).optional()?;
            names.extend(found);
        }
        Ok(names)
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

/// Whether the repository exists. There is only one writer, so there is nothing to lock.
pub(super) async fn lock_repo(conn: &mut Conn, repo: RepoId) -> QueryResult<bool> {
    let found = repos::table
        .find(repo.0)
        .select(repos::id)
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
    };
}

/// The job that is due and whose turn it is, with the number of its attempts.
pub(super) async fn next_due(
    conn: &mut Conn,
    kinds: &[&str],
) -> QueryResult<Option<(String, i64)>> {
    select_next_due!(kinds).get_result(conn).await.optional()
}

/// How the database runs the statement of [`next_due`].
#[cfg(any(test, feature = "testing"))]
pub(super) async fn explain_next_due(conn: &mut Conn, kinds: &[&str]) -> QueryResult<Vec<String>> {
    #[derive(QueryableByName)]
    struct Step {
        #[diesel(sql_type = diesel::sql_types::Text)]
        detail: String,
    }
    let statement = diesel::debug_query::<Sqlite, _>(&select_next_due!(kinds)).to_string();
    let (statement, _) = statement.split_once(" -- binds").expect("kinds are bound");
    let steps: Vec<Step> = diesel::sql_query(format!("EXPLAIN QUERY PLAN {statement}"))
        .load(conn)
        .await?;
    Ok(steps.into_iter().map(|step| step.detail).collect())
}

/// Nothing: other processes find queued jobs by polling.
pub(super) async fn notify_queued(_conn: &mut Conn) -> QueryResult<()> {
    Ok(())
}

/// Nothing: other processes find ended jobs by polling.
pub(super) async fn notify_ended(_conn: &mut Conn, _job: JobId) -> QueryResult<()> {
    Ok(())
}
