//! Saved fetch plans.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Conn;
use crate::store::error::Result;
use crate::store::repos::RepoId;
use crate::store::schema::fetch_plans;

pub(in crate::store) async fn find(
    conn: &mut Conn,
    repo: RepoId,
    request_digest: &[u8; 32],
    now_ms: i64,
) -> Result<Option<Vec<u8>>> {
    let plan = fetch_plans::table
        .find((repo.0, request_digest.as_slice()))
        .filter(fetch_plans::expires_at_ms.gt(now_ms))
        .select(fetch_plans::plan)
        .first(conn)
        .await
        .optional()?;
    Ok(plan)
}

pub(in crate::store) async fn save(
    conn: &mut Conn,
    repo: RepoId,
    request_digest: &[u8; 32],
    plan: &[u8],
    expires_at_ms: i64,
    now_ms: i64,
) -> Result<()> {
    diesel::delete(fetch_plans::table.filter(fetch_plans::expires_at_ms.le(now_ms)))
        .execute(conn)
        .await?;
    let content = (
        fetch_plans::plan.eq(plan),
        fetch_plans::expires_at_ms.eq(expires_at_ms),
    );
    diesel::insert_into(fetch_plans::table)
        .values((
            fetch_plans::repo_id.eq(repo.0),
            fetch_plans::request_digest.eq(request_digest.as_slice()),
            content,
        ))
        .on_conflict((fetch_plans::repo_id, fetch_plans::request_digest))
        .do_update()
        .set(content)
        .execute(conn)
        .await?;
    Ok(())
}
