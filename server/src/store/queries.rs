//! All queries, written once. `sqlite.rs` and `postgres.rs` each compile this file and those that
//! it names against their own `Conn`, and supply the statements that the engines spell differently.

/// How many ids one query asks for: enough that round trips do not matter, and far below SQLite's
/// limit of 32,766 parameters.
const IDS_PER_QUERY: usize = 8_000;

/// The rows of a content table that have these ids.
macro_rules! with_ids {
    ($conn:ident, $table:ident, $repo:ident, $ids:ident, $columns:expr) => {{
        let mut rows = Vec::new();
        for chunk in $ids.chunks(super::IDS_PER_QUERY) {
            let found = $table::table
                .filter($table::repo_id.eq($repo.0))
                .filter($table::id.eq_any(chunk.iter().map(|id| id.as_bytes().as_slice())))
                .select($columns)
                .load($conn)
                .await?;
            rows.extend(found);
        }
        rows
    }};
}

#[path = "accounts/queries.rs"]
pub(in crate::store) mod accounts;
#[path = "audit/queries.rs"]
pub(in crate::store) mod audit;
#[path = "blocks/queries.rs"]
pub(in crate::store) mod blocks;
#[path = "built_mpacks/queries.rs"]
pub(in crate::store) mod built_mpacks;
#[path = "commits/queries.rs"]
pub(in crate::store) mod commits;
#[path = "consolidation/queries.rs"]
pub(in crate::store) mod consolidation;
#[path = "consolidation/deletion.rs"]
pub(in crate::store) mod deletion;
#[path = "fetch_plans/queries.rs"]
pub(in crate::store) mod fetch_plans;
#[path = "jobs/queries.rs"]
pub(in crate::store) mod jobs;
#[path = "large_objects/queries.rs"]
pub(in crate::store) mod large_objects;
#[path = "members/queries.rs"]
pub(in crate::store) mod members;
#[path = "mpacks/queries.rs"]
pub(in crate::store) mod mpacks;
#[path = "objects/queries.rs"]
pub(in crate::store) mod objects;
#[path = "protections/queries.rs"]
pub(in crate::store) mod protections;
#[path = "publish/queries.rs"]
pub(in crate::store) mod publish;
#[path = "pushed_bytes/queries.rs"]
pub(in crate::store) mod pushed_bytes;
#[path = "queue/queries.rs"]
pub(in crate::store) mod queue;
#[path = "refs/collisions.rs"]
pub(in crate::store) mod ref_collisions;
#[path = "refs/moves.rs"]
pub(in crate::store) mod ref_moves;
#[path = "refs/queries.rs"]
pub(in crate::store) mod refs;
#[path = "repos/queries.rs"]
pub(in crate::store) mod repos;
#[path = "signing_keys/queries.rs"]
pub(in crate::store) mod signing_keys;
#[path = "snapshots/queries.rs"]
pub(in crate::store) mod snapshots;
#[path = "tokens/queries.rs"]
pub(in crate::store) mod tokens;
#[path = "unreachable/queries.rs"]
pub(in crate::store) mod unreachable;
#[path = "usage/queries.rs"]
pub(in crate::store) mod usage;

use super::Conn;
#[cfg(any(test, feature = "testing"))]
use super::statements::explain_next_due;
use super::statements::{
    insert_chunks, insert_commits, insert_large_objects, insert_objects, insert_ref_log,
    insert_snapshots, lock_repo, move_chunks, move_objects, next_due, notify_ended, notify_queued,
    refs_in_ranges, upsert_refs,
};
