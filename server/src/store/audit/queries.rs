//! The log of administrative acts, in SQL.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Conn;
use crate::store::audit::model::Act;
use crate::store::audit::{Actor, AuditEntry, AuditFilter};
use crate::store::error::Result;
use crate::store::schema::audit_log;

/// Logs an act, in the transaction that does it.
pub(in crate::store) async fn record(
    conn: &mut Conn,
    by: Actor<'_>,
    act: Act<'_>,
    now_ms: i64,
) -> Result<()> {
    diesel::insert_into(audit_log::table)
        .values((
            audit_log::at_ms.eq(now_ms),
            audit_log::actor.eq(by.user()),
            audit_log::act.eq(act.act),
            audit_log::repo.eq(act.repo.map(ToString::to_string)),
            audit_log::user_name.eq(act.user),
            audit_log::detail.eq(act.detail),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

pub(in crate::store) async fn list(
    conn: &mut Conn,
    filter: &AuditFilter,
    limit: u32,
) -> Result<Vec<AuditEntry>> {
    let mut query = audit_log::table.into_boxed();
    if let Some(repo) = &filter.repo {
        query = query.filter(audit_log::repo.eq(repo.to_string()));
    }
    if let Some(user) = &filter.user {
        let did = audit_log::actor.eq(user);
        query = query.filter(did.or(audit_log::user_name.eq(user)));
    }
    let entries = query
        .select(AuditEntry::as_select())
        .order(audit_log::id.desc())
        .limit(limit.into())
        .load(conn)
        .await?;
    Ok(entries)
}
