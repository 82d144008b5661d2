//! Users, in SQL.

use diesel::prelude::*;
use diesel::result::DatabaseErrorKind::UniqueViolation;
use diesel::result::Error::DatabaseError;
use diesel_async::RunQueryDsl;

use super::{Conn, audit};
use crate::store::accounts::model::UserRow;
use crate::store::accounts::{User, UserId};
use crate::store::audit::Actor;
use crate::store::audit::model::Act;
use crate::store::error::{Result, StoreError};
use crate::store::schema::{jobs, ref_log, repos, users};

pub(in crate::store) async fn create_user(
    conn: &mut Conn,
    name: &str,
    by: Actor<'_>,
    now_ms: i64,
) -> Result<UserId> {
    let inserted = diesel::insert_into(users::table)
        .values((users::name.eq(name), users::created_at_ms.eq(now_ms)))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    if inserted == 0 {
        return Err(name_taken(name));
    }
    let act = Act {
        act: "user.create",
        user: Some(name),
        ..Act::default()
    };
    audit::record(conn, by, act, now_ms).await?;
    let user = user(conn, name).await?;
    user.map(|user| user.id)
        .ok_or_else(|| StoreError::UnknownUser(name.to_owned()))
}

pub(in crate::store) async fn user(conn: &mut Conn, name: &str) -> Result<Option<User>> {
    let row: Option<UserRow> = users::table
        .filter(users::name.eq(name))
        .select(UserRow::as_select())
        .first(conn)
        .await
        .optional()?;
    Ok(row.map(User::from))
}

pub(in crate::store) async fn list(conn: &mut Conn) -> Result<Vec<User>> {
    let rows: Vec<UserRow> = users::table
        .select(UserRow::as_select())
        .order(users::name)
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(User::from).collect())
}

pub(in crate::store) async fn rename(
    conn: &mut Conn,
    user: &User,
    name: &str,
    by: Actor<'_>,
    now_ms: i64,
) -> Result<bool> {
    let renamed = diesel::update(users::table.find(user.id.0))
        .set(users::name.eq(name))
        .execute(conn)
        .await;
    match renamed {
        Err(DatabaseError(UniqueViolation, _)) => return Err(name_taken(name)),
        Err(error) => return Err(error.into()),
        Ok(0) => return Ok(false),
        Ok(_) => {}
    }
    let act = Act {
        act: "user.rename",
        user: Some(name),
        detail: format!("was {}", user.name),
        ..Act::default()
    };
    audit::record(conn, by, act, now_ms).await?;
    Ok(true)
}

pub(in crate::store) async fn set_disabled(
    conn: &mut Conn,
    user: &User,
    disabled: bool,
    by: Actor<'_>,
    now_ms: i64,
) -> Result<bool> {
    let changed = diesel::update(users::table.find(user.id.0))
        .set(users::disabled_at_ms.eq(disabled.then_some(now_ms)))
        .execute(conn)
        .await?;
    if changed == 0 {
        return Ok(false);
    }
    let act = Act {
        act: if disabled {
            "user.disable"
        } else {
            "user.enable"
        },
        user: Some(&user.name),
        ..Act::default()
    };
    audit::record(conn, by, act, now_ms).await?;
    Ok(true)
}

pub(in crate::store) async fn delete(
    conn: &mut Conn,
    user: &User,
    by: Actor<'_>,
    now_ms: i64,
) -> Result<bool> {
    let id = user.id;
    let count: i64 = repos::table
        .filter(repos::owner_id.eq(id.0))
        .count()
        .get_result(conn)
        .await?;
    if count > 0 {
        return Err(StoreError::OwnsRepos { count });
    }
    diesel::update(ref_log::table.filter(ref_log::user_id.eq(id.0)))
        .set(ref_log::user_id.eq(None::<i64>))
        .execute(conn)
        .await?;
    diesel::update(jobs::table.filter(jobs::owner_id.eq(id.0)))
        .set(jobs::owner_id.eq(None::<i64>))
        .execute(conn)
        .await?;
    let deleted = diesel::delete(users::table.find(id.0))
        .execute(conn)
        .await?;
    if deleted == 0 {
        return Ok(false);
    }
    let act = Act {
        act: "user.delete",
        user: Some(&user.name),
        ..Act::default()
    };
    audit::record(conn, by, act, now_ms).await?;
    Ok(true)
}

fn name_taken(name: &str) -> StoreError {
    StoreError::AlreadyExists {
        what: "user",
        name: name.to_owned(),
    }
}
