//! Built mpacks, in SQL.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Conn;
use crate::store::columns::{pack, unpack};
use crate::store::error::Result;
use crate::store::mpacks::MpackFile;
use crate::store::repos::RepoId;
use crate::store::schema::built_mpacks;

pub(in crate::store) async fn find(
    conn: &mut Conn,
    repo: RepoId,
    digest: &[u8; 32],
    now_ms: i64,
) -> Result<Option<MpackFile>> {
    let found: Option<Vec<u8>> = built_mpacks::table
        .find((repo.0, digest.as_slice()))
        .filter(built_mpacks::expires_at_ms.gt(now_ms))
        .select(built_mpacks::file)
        .first(conn)
        .await
        .optional()?;
    found.map(|file| unpack(&file, "built mpack")).transpose()
}

pub(in crate::store) async fn save(
    conn: &mut Conn,
    repo: RepoId,
    digest: &[u8; 32],
    file: &MpackFile,
    expires_at_ms: i64,
    now_ms: i64,
) -> Result<()> {
    diesel::delete(built_mpacks::table.filter(built_mpacks::expires_at_ms.le(now_ms)))
        .execute(conn)
        .await?;
    let file = pack(file);
    let content = (
        built_mpacks::file.eq(&file),
        built_mpacks::expires_at_ms.eq(expires_at_ms),
    );
    diesel::insert_into(built_mpacks::table)
        .values((
            built_mpacks::repo_id.eq(repo.0),
            built_mpacks::digest.eq(digest.as_slice()),
            content,
        ))
        .on_conflict((built_mpacks::repo_id, built_mpacks::digest))
        .do_update()
        .set(content)
        .execute(conn)
        .await?;
    Ok(())
}
