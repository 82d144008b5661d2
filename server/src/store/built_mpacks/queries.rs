//! Built mpacks, in SQL. All times are the database's.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{Conn, lock_repo, mpacks};
use crate::store::built_mpacks::{BuildClaim, BuildId, BuiltMpack, ExpiredBuild, NewBuild};
use crate::store::clock::Now;
use crate::store::columns::{pack, to_column, unpack};
use crate::store::error::{Result, StoreError};
use crate::store::mpacks::MpackFile;
use crate::store::repos::RepoId;
use crate::store::schema::{built_mpacks, repos};

const BUILDING: &str = "building";
const READY: &str = "ready";

/// The kind of what is built for readers.
const RESIDUAL: &str = "residual";

pub(in crate::store) async fn find(
    conn: &mut Conn,
    repo: RepoId,
    digest: &[u8; 32],
) -> Result<Option<BuiltMpack>> {
    let found: Option<(String, Option<Vec<u8>>)> = built_mpacks::table
        .filter(built_mpacks::repo_id.eq(repo.0))
        .filter(built_mpacks::digest.eq(digest.as_slice()))
        .filter(built_mpacks::state.eq(READY))
        .filter(built_mpacks::expires_at_ms.gt(Now))
        .order(built_mpacks::expires_at_ms.desc())
        .select((built_mpacks::id, built_mpacks::file))
        .first(conn)
        .await
        .optional()?;
    let Some((id, file)) = found else {
        return Ok(None);
    };
    let id = build_id(&id)?;
    // A row of another version of the server is as good as none.
    Ok(decode(file).map(|file| BuiltMpack { id, file }))
}

/// Runs under the repository's lock, so that of two claims one comes second.
pub(in crate::store) async fn claim(
    conn: &mut Conn,
    new: &NewBuild,
    lease_ms: i64,
    max_bytes: u64,
) -> Result<BuildClaim> {
    lock_repo(conn, new.repo).await?;
    if let Some(built) = find(conn, new.repo, &new.digest).await? {
        return Ok(BuildClaim::Ready(built));
    }
    let taken = built_mpacks::table
        .filter(built_mpacks::repo_id.eq(new.repo.0))
        .filter(built_mpacks::digest.eq(new.digest.as_slice()))
        .filter(built_mpacks::state.eq(BUILDING))
        .filter(built_mpacks::expires_at_ms.gt(Now))
        .select(built_mpacks::id)
        .first::<String>(conn)
        .await
        .optional()?;
    if taken.is_some() {
        return Ok(BuildClaim::Taken);
    }
    let kept: Vec<i64> = built_mpacks::table
        .filter(built_mpacks::repo_id.eq(new.repo.0))
        .filter(built_mpacks::kind.eq(RESIDUAL))
        .select(built_mpacks::size_bytes)
        .load(conn)
        .await?;
    if kept.iter().sum::<i64>() > bound(conn, new.repo, max_bytes).await? {
        return Ok(BuildClaim::Full);
    }
    let id = BuildId(Uuid::new_v4());
    diesel::insert_into(built_mpacks::table)
        .values((
            built_mpacks::id.eq(id.0.to_string()),
            built_mpacks::repo_id.eq(new.repo.0),
            built_mpacks::digest.eq(new.digest.as_slice()),
            built_mpacks::kind.eq(RESIDUAL),
            built_mpacks::state.eq(BUILDING),
            built_mpacks::size_bytes.eq(0),
            built_mpacks::expires_at_ms.eq(Now + lease_ms),
        ))
        .execute(conn)
        .await?;
    Ok(BuildClaim::Granted(id))
}

/// How many bytes may be kept for a repository's readers, those that are about to go included.
async fn bound(conn: &mut Conn, repo: RepoId, max_bytes: u64) -> Result<i64> {
    let own_bytes = mpacks::total_bytes(conn, repo).await?;
    Ok(to_column(own_bytes.max(max_bytes)))
}

/// A build that is still its builder's.
macro_rules! held {
    ($id:expr) => {
        diesel::update(built_mpacks::table.find($id.0.to_string()))
            .filter(built_mpacks::state.eq(BUILDING))
            .filter(built_mpacks::expires_at_ms.gt(Now))
    };
}

pub(in crate::store) async fn extend(conn: &mut Conn, id: BuildId, lease_ms: i64) -> Result<bool> {
    let extended = held!(id)
        .set(built_mpacks::expires_at_ms.eq(Now + lease_ms))
        .execute(conn)
        .await?;
    Ok(extended == 1)
}

pub(in crate::store) async fn record(
    conn: &mut Conn,
    id: BuildId,
    file: &MpackFile,
) -> Result<bool> {
    let recorded = held!(id)
        .set((
            built_mpacks::file.eq(pack(file)),
            built_mpacks::size_bytes.eq(to_column(file.size_bytes)),
        ))
        .execute(conn)
        .await?;
    Ok(recorded == 1)
}

pub(in crate::store) async fn finish(
    conn: &mut Conn,
    id: BuildId,
    lifetime_ms: i64,
    max_bytes: u64,
) -> Result<bool> {
    let finished = held!(id)
        .set((
            built_mpacks::state.eq(READY),
            built_mpacks::expires_at_ms.eq(Now + lifetime_ms),
        ))
        .execute(conn)
        .await?;
    if finished == 0 {
        return Ok(false);
    }
    let (repo, kind): (i64, String) = built_mpacks::table
        .find(id.0.to_string())
        .select((built_mpacks::repo_id, built_mpacks::kind))
        .first(conn)
        .await?;
    if kind == RESIDUAL {
        expire_surplus(conn, RepoId(repo), id, max_bytes).await?;
    }
    Ok(true)
}

/// Expires the oldest of what readers had built, until the rest takes half of the bound. The other
/// half is for what has expired and may still be downloaded. What was built just now stays, however
/// large it is: somebody waits for it.
async fn expire_surplus(
    conn: &mut Conn,
    repo: RepoId,
    latest: BuildId,
    max_bytes: u64,
) -> Result<()> {
    let latest = latest.0.to_string();
    let ready: Vec<(String, i64)> = built_mpacks::table
        .filter(built_mpacks::repo_id.eq(repo.0))
        .filter(built_mpacks::kind.eq(RESIDUAL))
        .filter(built_mpacks::state.eq(READY))
        .filter(built_mpacks::expires_at_ms.gt(Now))
        .order((built_mpacks::expires_at_ms.desc(), built_mpacks::id))
        .select((built_mpacks::id, built_mpacks::size_bytes))
        .load(conn)
        .await?;
    let (mut room, mut surplus) = (bound(conn, repo, max_bytes).await? / 2, Vec::new());
    for (id, size_bytes) in ready {
        room = room.saturating_sub(size_bytes);
        if room < 0 && id != latest {
            surplus.push(id);
        }
    }
    diesel::update(built_mpacks::table.filter(built_mpacks::id.eq_any(surplus)))
        .set(built_mpacks::expires_at_ms.eq(Now))
        .execute(conn)
        .await?;
    Ok(())
}

pub(in crate::store) async fn expire(conn: &mut Conn, id: BuildId) -> Result<()> {
    diesel::update(built_mpacks::table.find(id.0.to_string()))
        .set(built_mpacks::expires_at_ms.eq(Now))
        .execute(conn)
        .await?;
    Ok(())
}

/// The builds that expired at least `grace_ms` ago.
pub(in crate::store) async fn expired(
    conn: &mut Conn,
    grace_ms: i64,
    limit: u16,
) -> Result<Vec<ExpiredBuild>> {
    let rows: Vec<(String, Option<Vec<u8>>, String)> = built_mpacks::table
        .inner_join(repos::table)
        .filter(built_mpacks::expires_at_ms.le(Now - grace_ms))
        .order(built_mpacks::expires_at_ms)
        .select((built_mpacks::id, built_mpacks::file, repos::uuid))
        .limit(limit.into())
        .load(conn)
        .await?;
    rows.into_iter()
        .map(|(id, file, repo)| {
            Ok(ExpiredBuild {
                id: build_id(&id)?,
                repo_uuid: uuid(&repo)?,
                key: decode(file).map(|file| file.key),
            })
        })
        .collect()
}

/// As [`expired`], with their rows deleted: of two processes that find one, only one takes it.
pub(in crate::store) async fn take_expired(
    conn: &mut Conn,
    grace_ms: i64,
    limit: u16,
) -> Result<Vec<ExpiredBuild>> {
    let mut taken = Vec::new();
    for build in expired(conn, grace_ms, limit).await? {
        let deleted = diesel::delete(built_mpacks::table.find(build.id.0.to_string()))
            .execute(conn)
            .await?;
        if deleted == 1 {
            taken.push(build);
        }
    }
    Ok(taken)
}

fn decode(file: Option<Vec<u8>>) -> Option<MpackFile> {
    unpack(&file?, "built mpack").ok()
}

fn build_id(text: &str) -> Result<BuildId> {
    uuid(text).map(BuildId)
}

fn uuid(text: &str) -> Result<Uuid> {
    Uuid::parse_str(text).map_err(|_| StoreError::Corrupt("uuid"))
}
