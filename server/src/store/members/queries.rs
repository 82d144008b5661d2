//! Members, in SQL.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Conn;
use crate::store::accounts::UserId;
use crate::store::error::Result;
use crate::store::members::model::{self, MemberRow};
use crate::store::members::{Member, Role};
use crate::store::repos::RepoId;
use crate::store::schema::{members, users};

pub(in crate::store) async fn set(
    conn: &mut Conn,
    repo: RepoId,
    user: UserId,
    role: Role,
    now_ms: i64,
) -> Result<()> {
    let role = members::role.eq(role.as_str());
    diesel::insert_into(members::table)
        .values((
            members::repo_id.eq(repo.0),
            members::user_id.eq(user.0),
            role,
            members::created_at_ms.eq(now_ms),
        ))
        .on_conflict((members::repo_id, members::user_id))
        .do_update()
        .set(role)
        .execute(conn)
        .await?;
    Ok(())
}

pub(in crate::store) async fn remove(conn: &mut Conn, repo: RepoId, user: UserId) -> Result<bool> {
    let removed = diesel::delete(members::table.find((repo.0, user.0)))
        .execute(conn)
        .await?;
    Ok(removed == 1)
}

pub(in crate::store) async fn role(
    conn: &mut Conn,
    repo: RepoId,
    user: UserId,
) -> Result<Option<Role>> {
    let found: Option<String> = members::table
        .find((repo.0, user.0))
        .select(members::role)
        .first(conn)
        .await
        .optional()?;
    found.as_deref().map(model::role).transpose()
}

pub(in crate::store) async fn list(conn: &mut Conn, repo: RepoId) -> Result<Vec<Member>> {
    let rows: Vec<MemberRow> = members::table
        .inner_join(users::table)
        .filter(members::repo_id.eq(repo.0))
        .select(MemberRow::as_select())
        .order(users::name)
        .load(conn)
        .await?;
    rows.into_iter().map(Member::try_from).collect()
}
