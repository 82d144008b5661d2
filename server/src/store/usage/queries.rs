//! How much room repositories take, in SQL.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Conn;
use crate::store::columns::{from_column, unpack};
use crate::store::error::Result;
use crate::store::mpacks::{Lane, MpackFile};
use crate::store::repos::RepoId;
use crate::store::schema::{built_mpacks, mpacks};
use crate::store::usage::Usage;

type MpackSize = (i64, i64, Option<Vec<u8>>, Option<String>, Option<i64>);

pub(in crate::store) async fn all(conn: &mut Conn) -> Result<HashMap<RepoId, Usage>> {
    let mut usage: HashMap<RepoId, Usage> = HashMap::new();
    let has_blobs = mpacks::merged_into
        .is_null()
        .or(mpacks::retired_at_ms.is_not_null());
    let stored: Vec<MpackSize> = mpacks::table
        .filter(has_blobs)
        .select((
            mpacks::repo_id,
            mpacks::size_bytes,
            mpacks::thin_form,
            mpacks::lane,
            mpacks::merged_into,
        ))
        .load(conn)
        .await?;
    for (repo, size_bytes, thin, lane, merged_into) in stored {
        let of_repo = usage.entry(RepoId(repo)).or_default();
        let kind = match (merged_into, lane.as_deref()) {
            (Some(_), _) => &mut of_repo.former_bytes,
            (None, Some(lane)) if lane == Lane::Lost.as_str() => &mut of_repo.lost_bytes,
            (None, _) => &mut of_repo.current_bytes,
        };
        let thin = thin.and_then(|form| unpack::<MpackFile>(&form, "thin mpack").ok());
        *kind += from_column::<u64>(size_bytes)? + thin.map_or(0, |thin| thin.size_bytes);
    }
    let built: Vec<(i64, i64)> = built_mpacks::table
        .select((built_mpacks::repo_id, built_mpacks::size_bytes))
        .load(conn)
        .await?;
    for (repo, size_bytes) in built {
        let of_repo = usage.entry(RepoId(repo)).or_default();
        of_repo.built_bytes += from_column::<u64>(size_bytes)?;
    }
    Ok(usage)
}
