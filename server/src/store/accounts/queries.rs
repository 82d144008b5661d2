//! Users and tokens, in SQL.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Conn;
use crate::store::accounts::model::{IdentityRow, TokenRow};
use crate::store::accounts::{Identity, Scope, Token, TokenId, UserId};
use crate::store::error::{Result, StoreError};
use crate::store::schema::{tokens, users};

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

pub(in crate::store) async fn create_token(
    conn: &mut Conn,
    user: UserId,
    scope: Scope,
    label: &str,
    secret_hash: &[u8],
    now_ms: i64,
) -> Result<()> {
    diesel::insert_into(tokens::table)
        .values((
            tokens::user_id.eq(user.0),
            tokens::secret_hash.eq(secret_hash),
            tokens::scope.eq(scope.as_str()),
            tokens::label.eq(label),
            tokens::created_at_ms.eq(now_ms),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Who a valid token of this hash speaks for, which token it is, and when it was last used.
pub(in crate::store) async fn authenticate(
    conn: &mut Conn,
    secret_hash: &[u8],
) -> Result<Option<(Identity, TokenId, Option<i64>)>> {
    let found: Option<IdentityRow> = tokens::table
        .inner_join(users::table)
        .filter(tokens::secret_hash.eq(secret_hash))
        .filter(tokens::revoked_at_ms.is_null())
        .select(IdentityRow::as_select())
        .first(conn)
        .await
        .optional()?;
    let Some(row) = found else {
        return Ok(None);
    };
    let (token, last_used_at_ms) = (TokenId(row.token_id), row.last_used_at_ms);
    Ok(Some((row.try_into()?, token, last_used_at_ms)))
}

pub(in crate::store) async fn touch_token(conn: &mut Conn, id: TokenId, now_ms: i64) -> Result<()> {
    diesel::update(tokens::table.find(id.0))
        .set(tokens::last_used_at_ms.eq(now_ms))
        .execute(conn)
        .await?;
    Ok(())
}

pub(in crate::store) async fn tokens(conn: &mut Conn, user: Option<UserId>) -> Result<Vec<Token>> {
    let mut query = tokens::table.inner_join(users::table).into_boxed();
    if let Some(user) = user {
        query = query.filter(users::id.eq(user.0));
    }
    let rows: Vec<TokenRow> = query
        .select(TokenRow::as_select())
        .order(tokens::id)
        .load(conn)
        .await?;
    rows.into_iter().map(Token::try_from).collect()
}

pub(in crate::store) async fn revoke_token(
    conn: &mut Conn,
    id: TokenId,
    now_ms: i64,
) -> Result<bool> {
    let revoked = diesel::update(tokens::table.find(id.0))
        .filter(tokens::revoked_at_ms.is_null())
        .set(tokens::revoked_at_ms.eq(now_ms))
        .execute(conn)
        .await?;
    Ok(revoked == 1)
}
