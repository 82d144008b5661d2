//! Keys that users sign commits with, in SQL.

use std::collections::HashSet;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use muse_wire::api::key::RegisterKeyRequest;
use muse_wire::commit::PublicKey;
use muse_wire::limits::MAX_USER_KEYS;

use super::{Conn, audit, members};
use crate::store::accounts::UserId;
use crate::store::audit::Actor;
use crate::store::audit::model::Act;
use crate::store::error::{Result, StoreError};
use crate::store::repos::RepoId;
use crate::store::schema::{signing_keys, users};
use crate::store::signing_keys::model::{self, SigningKeyRow};
use crate::store::signing_keys::{RegisteredKey, Registration};

pub(in crate::store) async fn register(
    conn: &mut Conn,
    user: UserId,
    new: &RegisterKeyRequest,
    by: Actor<'_>,
    now_ms: i64,
) -> Result<Registration> {
    // This locks the user, so that keys that are registered at the same time count.
    diesel::update(users::table.find(user.0))
        .set(users::name.eq(users::name))
        .execute(conn)
        .await?;
    let own = signing_keys::table.find((user.0, new.public_key.as_bytes().as_slice()));
    let known: Option<String> = own
        .select(signing_keys::name)
        .first(conn)
        .await
        .optional()?;
    let act = match &known {
        Some(name) if *name == new.name => None,
        Some(_) => {
            diesel::update(own)
                .set(signing_keys::name.eq(&new.name))
                .execute(conn)
                .await?;
            Some("key.rename")
        }
        None => {
            insert(conn, user, new, now_ms).await?;
            Some("key.add")
        }
    };
    if let Some(act) = act {
        let detail = format!("{} {}", new.public_key, new.name);
        record(conn, user, act, detail, by, now_ms).await?;
    }
    let row = own.select(SigningKeyRow::as_select()).first(conn).await?;
    Ok(Registration {
        key: row.try_into()?,
        is_new: known.is_none(),
    })
}

async fn insert(
    conn: &mut Conn,
    user: UserId,
    new: &RegisterKeyRequest,
    now_ms: i64,
) -> Result<()> {
    let count: i64 = signing_keys::table
        .filter(signing_keys::user_id.eq(user.0))
        .count()
        .get_result(conn)
        .await?;
    if usize::try_from(count).is_ok_and(|count| count >= MAX_USER_KEYS) {
        return Err(StoreError::TooManyKeys {
            limit: MAX_USER_KEYS,
        });
    }
    diesel::insert_into(signing_keys::table)
        .values((
            signing_keys::user_id.eq(user.0),
            signing_keys::public_key.eq(new.public_key.as_bytes().as_slice()),
            signing_keys::name.eq(&new.name),
            signing_keys::created_at_ms.eq(now_ms),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Logs an act on a key of a user.
async fn record(
    conn: &mut Conn,
    user: UserId,
    act: &'static str,
    detail: String,
    by: Actor<'_>,
    now_ms: i64,
) -> Result<()> {
    let name: String = users::table
        .find(user.0)
        .select(users::name)
        .first(conn)
        .await?;
    let act = Act {
        act,
        user: Some(&name),
        detail,
        ..Act::default()
    };
    audit::record(conn, by, act, now_ms).await
}

pub(in crate::store) async fn list(conn: &mut Conn, user: UserId) -> Result<Vec<RegisteredKey>> {
    let rows: Vec<SigningKeyRow> = signing_keys::table
        .filter(signing_keys::user_id.eq(user.0))
        .select(SigningKeyRow::as_select())
        .order((signing_keys::name, signing_keys::public_key))
        .load(conn)
        .await?;
    rows.into_iter().map(RegisteredKey::try_from).collect()
}

pub(in crate::store) async fn remove(
    conn: &mut Conn,
    user: UserId,
    key: &PublicKey,
    by: Actor<'_>,
    now_ms: i64,
) -> Result<bool> {
    let own = signing_keys::table.find((user.0, key.as_bytes().as_slice()));
    if diesel::delete(own).execute(conn).await? == 0 {
        return Ok(false);
    }
    record(conn, user, "key.remove", key.to_string(), by, now_ms).await?;
    Ok(true)
}

pub(in crate::store) async fn of_pushers(
    conn: &mut Conn,
    repo: RepoId,
) -> Result<HashSet<PublicKey>> {
    let pushers = members::pushers(conn, repo).await?;
    let mut keys = HashSet::new();
    for some in pushers.chunks(super::IDS_PER_QUERY) {
        let found: Vec<Vec<u8>> = signing_keys::table
            .filter(signing_keys::user_id.eq_any(some))
            .select(signing_keys::public_key)
            .load(conn)
            .await?;
        for key in found {
            keys.insert(model::public_key(&key)?);
        }
    }
    Ok(keys)
}
