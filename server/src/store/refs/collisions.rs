//! Refs that cannot exist together, in SQL: found by an index on their folded names.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use muse_wire::api::refs::RefEntry;
use muse_wire::name::{FoldedName, RefCollision, RefName, find_ref_collision};

use super::{Conn, IDS_PER_QUERY, refs_in_ranges, upsert_refs};
use crate::store::error::Result;
use crate::store::refs::model::{RefRow, WrittenRef, ref_name};
use crate::store::repos::RepoId;
use crate::store::schema::refs;

/// The first of the refs `added`, which are not there yet, that collides with one that is there or
/// with another one that is added.
pub(in crate::store) async fn find(
    conn: &mut Conn,
    repo: RepoId,
    added: &[&RefName],
) -> Result<Option<RefCollision>> {
    if added.is_empty() {
        return Ok(None);
    }
    fold_the_rest(conn, repo).await?;
    let folded: Vec<FoldedName> = added.iter().map(|name| FoldedName::of(name)).collect();
    let mut near = twins_and_above(conn, repo, &folded).await?;
    let below = folded.iter().map(FoldedName::below).collect();
    near.extend(refs_in_ranges(conn, repo, below).await?);
    let near = near.into_iter().map(ref_name);
    let near: Vec<RefName> = near.collect::<Result<_>>()?;
    Ok(find_ref_collision(&near, added.iter().copied()))
}

/// The refs whose folded names are those of `folded` or above them.
async fn twins_and_above(
    conn: &mut Conn,
    repo: RepoId,
    folded: &[FoldedName],
) -> Result<Vec<String>> {
    let above = folded.iter().flat_map(FoldedName::above);
    let wanted: BTreeSet<&str> = folded.iter().map(FoldedName::as_str).chain(above).collect();
    let wanted: Vec<&str> = wanted.into_iter().collect();
    let mut names = Vec::new();
    for chunk in wanted.chunks(IDS_PER_QUERY) {
        let found: Vec<String> = refs::table
            .filter(refs::repo_id.eq(repo.0))
            .filter(refs::folded_name.eq_any(chunk.iter().copied()))
            .select(refs::name)
            .load(conn)
            .await?;
        names.extend(found);
    }
    Ok(names)
}

/// Folds the names of refs that a server without folded names has written.
async fn fold_the_rest(conn: &mut Conn, repo: RepoId) -> Result<()> {
    let rows: Vec<RefRow> = refs::table
        .filter(refs::repo_id.eq(repo.0))
        .filter(refs::folded_name.is_null())
        .select(RefRow::as_select())
        .load(conn)
        .await?;
    let folded = rows.into_iter().map(|row| {
        let entry = RefEntry::try_from(row)?;
        Ok(WrittenRef::new(entry.name, entry.target))
    });
    let folded = folded.collect::<Result<Vec<_>>>()?;
    if !folded.is_empty() {
        upsert_refs(conn, repo, folded).await?;
    }
    Ok(())
}
