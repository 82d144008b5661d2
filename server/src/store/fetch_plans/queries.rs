//! Kept plans, in SQL. All times are the database's.

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Conn;
use crate::store::clock::Now;
use crate::store::columns::duration_ms;
use crate::store::commits::model::commit_id;
use crate::store::error::Result;
use crate::store::fetch_plans::model::MAX_PLANS_OF_WANT;
use crate::store::fetch_plans::{KeptPlan, NewFetchPlan};
use crate::store::repos::RepoId;
use crate::store::schema::{built_mpacks, fetch_plans};

pub(in crate::store) async fn find(
    conn: &mut Conn,
    repo: RepoId,
    want: &[u8; 32],
) -> Result<Vec<KeptPlan>> {
    let rows: Vec<(Vec<u8>, Vec<u8>)> = fetch_plans::table
        .filter(fetch_plans::repo_id.eq(repo.0))
        .filter(fetch_plans::want.eq(want.as_slice()))
        .filter(fetch_plans::expires_at_ms.gt(Now))
        .select((fetch_plans::base, fetch_plans::plan))
        .load(conn)
        .await?;
    let rows = rows.into_iter().map(|(base, plan)| {
        let base = match base.as_slice() {
            [] => None,
            id => Some(commit_id(id)?),
        };
        Ok(KeptPlan { base, plan })
    });
    rows.collect()
}

/// Keeps a plan in place of the one that was kept for the same question.
pub(in crate::store) async fn insert(
    conn: &mut Conn,
    repo: RepoId,
    new: &NewFetchPlan,
) -> Result<()> {
    let base: &[u8] = new.base.as_ref().map_or(&[], |id| id.as_bytes().as_slice());
    let others: i64 = fetch_plans::table
        .filter(fetch_plans::repo_id.eq(repo.0))
        .filter(fetch_plans::want.eq(new.want.as_slice()))
        .filter(fetch_plans::base.ne(base))
        .count()
        .get_result(conn)
        .await?;
    if others >= MAX_PLANS_OF_WANT {
        return Ok(());
    }
    diesel::delete(fetch_plans::table.find((repo.0, new.want.as_slice(), base)))
        .execute(conn)
        .await?;
    diesel::insert_into(fetch_plans::table)
        .values((
            fetch_plans::repo_id.eq(repo.0),
            fetch_plans::want.eq(new.want.as_slice()),
            fetch_plans::base.eq(base),
            fetch_plans::plan.eq(&new.plan),
            fetch_plans::expires_at_ms.eq(Now + duration_ms(new.lifetime)),
        ))
        .execute(conn)
        .await?;
    let builds: Vec<String> = new.builds.iter().map(|id| id.0.to_string()).collect();
    let ends: Vec<i64> = built_mpacks::table
        .filter(built_mpacks::id.eq_any(&builds))
        .select(built_mpacks::expires_at_ms)
        .load(conn)
        .await?;
    let plan = fetch_plans::table.find((repo.0, new.want.as_slice(), base));
    if ends.len() < builds.len() {
        // A build has gone in the meantime.
        diesel::delete(plan).execute(conn).await?;
    } else if let Some(first_end) = ends.into_iter().min() {
        diesel::update(plan)
            .filter(fetch_plans::expires_at_ms.gt(first_end))
            .set(fetch_plans::expires_at_ms.eq(first_end))
            .execute(conn)
            .await?;
    }
    Ok(())
}

#[cfg(test)]
pub(in crate::store) async fn expire_all(conn: &mut Conn, repo: RepoId) -> Result<()> {
    diesel::update(fetch_plans::table.filter(fetch_plans::repo_id.eq(repo.0)))
        .set(fetch_plans::expires_at_ms.eq(Now))
        .execute(conn)
        .await?;
    Ok(())
}

pub(in crate::store) async fn any_expired(conn: &mut Conn) -> Result<bool> {
    let expired = fetch_plans::table.filter(fetch_plans::expires_at_ms.le(Now));
    Ok(diesel::select(exists(expired)).get_result(conn).await?)
}

pub(in crate::store) async fn delete_expired(conn: &mut Conn, limit: i64) -> Result<usize> {
    type Key = (i64, Vec<u8>, Vec<u8>);
    let expired: Vec<Key> = fetch_plans::table
        .filter(fetch_plans::expires_at_ms.le(Now))
        .select((fetch_plans::repo_id, fetch_plans::want, fetch_plans::base))
        .limit(limit)
        .load(conn)
        .await?;
    for (repo, want, base) in &expired {
        diesel::delete(fetch_plans::table.find((repo, want, base)))
            .execute(conn)
            .await?;
    }
    Ok(expired.len())
}
