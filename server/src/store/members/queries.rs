//! Members, in SQL.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Conn, audit};
use crate::store::accounts::{User, UserId};
use crate::store::audit::Actor;
use crate::store::audit::model::Act;
use crate::store::error::Result;
use crate::store::members::model::{self, MemberRow};
use crate::store::members::{Member, Role};
use crate::store::repos::{Repo, RepoId};
use crate::store::schema::{members, repos, users};

pub(in crate::store) async fn set(
    conn: &mut Conn,
    repo: &Repo,
    user: &User,
    role: Role,
    by: Actor<'_>,
    now_ms: i64,
) -> Result<()> {
    let column = members::role.eq(role.as_str());
    diesel::insert_into(members::table)
        .values((
            members::repo_id.eq(repo.id.0),
            members::user_id.eq(user.id.0),
            column,
            members::created_at_ms.eq(now_ms),
        ))
        .on_conflict((members::repo_id, members::user_id))
        .do_update()
        .set(column)
        .execute(conn)
        .await?;
    let act = Act {
        act: "member.add",
        repo: Some(&repo.name),
        user: Some(&user.name),
        detail: format!("role {}", role.as_str()),
    };
    audit::record(conn, by, act, now_ms).await
}

pub(in crate::store) async fn remove(
    conn: &mut Conn,
    repo: &Repo,
    user: &User,
    by: Actor<'_>,
    now_ms: i64,
) -> Result<bool> {
    let removed = diesel::delete(members::table.find((repo.id.0, user.id.0)))
        .execute(conn)
        .await?;
    if removed == 0 {
        return Ok(false);
    }
    let act = Act {
        act: "member.remove",
        repo: Some(&repo.name),
        user: Some(&user.name),
        ..Act::default()
    };
    audit::record(conn, by, act, now_ms).await?;
    Ok(true)
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

/// Those who may push, unless they are disabled: the owner, and members in roles that include
/// [`Role::Write`].
pub(in crate::store) async fn pushers(conn: &mut Conn, repo: RepoId) -> Result<Vec<i64>> {
    let roles = Role::ALL.into_iter().filter(|role| *role >= Role::Write);
    let mut pushers: Vec<i64> = members::table
        .inner_join(users::table)
        .filter(members::repo_id.eq(repo.0))
        .filter(members::role.eq_any(roles.map(Role::as_str)))
        .filter(users::disabled_at_ms.is_null())
        .select(users::id)
        .load(conn)
        .await?;
    let owner: Option<i64> = repos::table
        .inner_join(users::table)
        .filter(repos::id.eq(repo.0))
        .filter(users::disabled_at_ms.is_null())
        .select(users::id)
        .first(conn)
        .await
        .optional()?;
    pushers.extend(owner);
    Ok(pushers)
}
