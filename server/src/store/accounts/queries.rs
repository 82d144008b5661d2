//! Users, in SQL.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Conn;
use crate::store::accounts::UserId;
use crate::store::error::{Result, StoreError};
use crate::store::schema::users;

pub(in crate::store) async fn create_user(
    conn: &mut Conn,
    name: &str,
    now_ms: i64,
) -> Result<UserId> {
    let inserted = diesel::insert_into(users::table)
        .values((users::name.eq(name), users::created_at_ms.eq(now_ms)))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    if inserted == 0 {
        return Err(StoreError::AlreadyExists {
            what: "user",
            name: name.to_owned(),
        });
    }
    user(conn, name)
        .await?
        .ok_or_else(|| StoreError::UnknownUser(name.to_owned()))
}

pub(in crate::store) async fn user(conn: &mut Conn, name: &str) -> Result<Option<UserId>> {
    let id = users::table
        .filter(users::name.eq(name))
        .select(users::id)
        .first(conn)
        .await
        .optional()?;
    Ok(id.map(UserId))
}
