//! Tokens, in SQL.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Conn, audit, repos};
use crate::store::accounts::UserId;
use crate::store::audit::Actor;
use crate::store::audit::model::Act;
use crate::store::error::{Result, StoreError};
use crate::store::repos::RepoId;
use crate::store::schema::{tokens, users};
use crate::store::tokens::model::{IdentityRow, TokenRow};
use crate::store::tokens::{NewToken, Token, TokenId};

pub(in crate::store) async fn create(
    conn: &mut Conn,
    new: &NewToken,
    secret_hash: &[u8],
    by: Actor<'_>,
    now_ms: i64,
) -> Result<()> {
    diesel::insert_into(tokens::table)
        .values((
            tokens::user_id.eq(new.user.0),
            tokens::secret_hash.eq(secret_hash),
            tokens::scope.eq(new.scope.as_str()),
            tokens::label.eq(&new.label),
            tokens::repo_id.eq(new.repo.map(|repo| repo.0)),
            tokens::created_at_ms.eq(now_ms),
            tokens::expires_at_ms.eq(new.expires_at_ms),
        ))
        .execute(conn)
        .await?;
    let token = by_hash(conn, secret_hash).await?;
    let token = token.ok_or(StoreError::Corrupt("token"))?;
    let act = Act {
        act: "token.create",
        user: Some(&token.user),
        detail: format!("token {} of scope {}", token.token_id, new.scope.as_str()),
        ..Act::default()
    };
    record(conn, by, act, new.repo, now_ms).await
}

/// Logs an act on a token that may be for one repository alone.
async fn record(
    conn: &mut Conn,
    by: Actor<'_>,
    act: Act<'_>,
    repo: Option<RepoId>,
    now_ms: i64,
) -> Result<()> {
    let repo = match repo {
        Some(id) => repos::by_id(conn, id).await?,
        None => None,
    };
    let repo = repo.as_ref().map(|repo| &repo.name);
    audit::record(conn, by, Act { repo, ..act }, now_ms).await
}

/// The token whose secret has this hash, valid or not.
pub(in crate::store) async fn by_hash(
    conn: &mut Conn,
    secret_hash: &[u8],
) -> Result<Option<IdentityRow>> {
    let found = tokens::table
        .inner_join(users::table)
        .filter(tokens::secret_hash.eq(secret_hash))
        .select(IdentityRow::as_select())
        .first(conn)
        .await
        .optional()?;
    Ok(found)
}

pub(in crate::store) async fn touch(conn: &mut Conn, id: TokenId, now_ms: i64) -> Result<()> {
    diesel::update(tokens::table.find(id.0))
        .set(tokens::last_used_at_ms.eq(now_ms))
        .execute(conn)
        .await?;
    Ok(())
}

pub(in crate::store) async fn list(
    conn: &mut Conn,
    user: Option<UserId>,
    now_ms: i64,
) -> Result<Vec<Token>> {
    let mut query = tokens::table.inner_join(users::table).into_boxed();
    if let Some(user) = user {
        query = query.filter(users::id.eq(user.0));
    }
    let rows: Vec<TokenRow> = query
        .select(TokenRow::as_select())
        .order(tokens::id)
        .load(conn)
        .await?;
    let bound = rows.iter().filter_map(|row| row.repo_id).map(RepoId);
    let names = repos::names(conn, bound).await?;
    let name = |row: &TokenRow| names.get(&RepoId(row.repo_id?)).cloned();
    rows.into_iter()
        .map(|row| {
            let repo = name(&row);
            row.into_token(repo, now_ms)
        })
        .collect()
}

pub(in crate::store) async fn revoke(
    conn: &mut Conn,
    id: TokenId,
    by: Actor<'_>,
    now_ms: i64,
) -> Result<bool> {
    let revoked = diesel::update(tokens::table.find(id.0))
        .filter(tokens::revoked_at_ms.is_null())
        .set(tokens::revoked_at_ms.eq(now_ms))
        .execute(conn)
        .await?;
    if revoked == 0 {
        return Ok(false);
    }
    let (user, repo): (String, Option<i64>) = tokens::table
        .inner_join(users::table)
        .filter(tokens::id.eq(id.0))
        .select((users::name, tokens::repo_id))
        .first(conn)
        .await?;
    let act = Act {
        act: "token.revoke",
        user: Some(&user),
        detail: format!("token {}", id.0),
        ..Act::default()
    };
    record(conn, by, act, repo.map(RepoId), now_ms).await?;
    Ok(true)
}
