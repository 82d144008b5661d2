//! How much was pushed today, in SQL.

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Conn;
use crate::store::accounts::UserId;
use crate::store::clock::Now;
use crate::store::columns::{from_column, to_column};
use crate::store::error::Result;
use crate::store::pushed_bytes::PushedToday;
use crate::store::repos::RepoId;
use crate::store::schema::pushed_bytes;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Stands for repositories that are gone.
const NO_REPO: RepoId = RepoId(0);

pub(in crate::store) async fn today(
    conn: &mut Conn,
    user: UserId,
    repo: RepoId,
) -> Result<PushedToday> {
    let by_user: Vec<i64> = pushed_bytes::table
        .filter(pushed_bytes::day.eq(Now / DAY_MS))
        .filter(pushed_bytes::user_id.eq(user.0))
        .select(pushed_bytes::bytes)
        .load(conn)
        .await?;
    let to_repo: Vec<i64> = pushed_bytes::table
        .filter(pushed_bytes::day.eq(Now / DAY_MS))
        .filter(pushed_bytes::repo_id.eq(repo.0))
        .select(pushed_bytes::bytes)
        .load(conn)
        .await?;
    Ok(PushedToday {
        by_user: from_column(by_user.iter().sum())?,
        to_repo: from_column(to_repo.iter().sum())?,
    })
}

/// Adds what a push brought.
pub(in crate::store) async fn add(
    conn: &mut Conn,
    user: UserId,
    repo: RepoId,
    bytes: u64,
) -> Result<()> {
    let bytes = to_column(bytes);
    diesel::insert_into(pushed_bytes::table)
        .values((
            pushed_bytes::day.eq(Now / DAY_MS),
            pushed_bytes::user_id.eq(user.0),
            pushed_bytes::repo_id.eq(repo.0),
            pushed_bytes::bytes.eq(bytes),
        ))
        .on_conflict((
            pushed_bytes::day,
            pushed_bytes::user_id,
            pushed_bytes::repo_id,
        ))
        .do_update()
        .set(pushed_bytes::bytes.eq(pushed_bytes::bytes + bytes))
        .execute(conn)
        .await?;
    Ok(())
}

/// Keeps what users pushed to a repository that is deleted: it counts for them for the rest of the
/// day.
pub(in crate::store) async fn keep_of_deleted(conn: &mut Conn, repo: RepoId) -> Result<()> {
    let of_repo = pushed_bytes::table
        .filter(pushed_bytes::day.eq(Now / DAY_MS))
        .filter(pushed_bytes::repo_id.eq(repo.0));
    let pushed: Vec<(i64, i64)> = of_repo
        .select((pushed_bytes::user_id, pushed_bytes::bytes))
        .load(conn)
        .await?;
    for (user, bytes) in pushed {
        add(conn, UserId(user), NO_REPO, from_column(bytes)?).await?;
    }
    let all = pushed_bytes::table.filter(pushed_bytes::repo_id.eq(repo.0));
    diesel::delete(all).execute(conn).await?;
    Ok(())
}

pub(in crate::store) async fn any_old(conn: &mut Conn) -> Result<bool> {
    let old = pushed_bytes::table.filter(pushed_bytes::day.lt(Now / DAY_MS));
    Ok(diesel::select(exists(old)).get_result(conn).await?)
}

pub(in crate::store) async fn delete_old(conn: &mut Conn) -> Result<()> {
    let old = pushed_bytes::table.filter(pushed_bytes::day.lt(Now / DAY_MS));
    diesel::delete(old).execute(conn).await?;
    Ok(())
}
