//! Everything about an mpack that does not depend on refs: whether it is what it claims to be, and
//! whether the repository has what it builds on.

use std::sync::Arc;

use muse_wire::mpack::{LargeObjectRow, Tables};

use super::boundary::RepoBoundary;
use super::large_objects::LargeObjectCheck;
use super::limits::{MpackLimits, check_blocked, check_declared, check_size};
use super::outside_objects::check_outside_objects;
use super::step;
use super::steps::Steps;
use super::unverified::UnverifiedMpack;
use super::verify::verify;
use crate::blobs::Blobs;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::fault;
use crate::memory::{self, MemoryBudget, Reservation};
use crate::mpacks::{read_tables, stored_frames};
use crate::store::large_objects::NewLargeObject;
use crate::store::publish::NewMpack;
use crate::store::{Repo, Store};

/// An mpack that passed every check, and the memory that it takes until it is published.
pub(super) struct Checked {
    pub(super) mpack: NewMpack,
    pub(super) memory: Reservation,
}

/// Checks an mpack whose bytes cannot change any more, and that is not thin. What this returns may
/// be published.
///
/// # Errors
/// [`Error::Problem`] where the mpack is bad.
pub(super) async fn check(
    store: &Store,
    blobs: &Blobs,
    limits: &MpackLimits,
    memory: &MemoryBudget,
    repo: &Repo,
    mpack: &UnverifiedMpack,
    steps: &mut Steps,
) -> Result<Checked> {
    steps.enter("scan")?;
    let (key, size_bytes) = (mpack.key(), mpack.size_bytes());
    check_size(size_bytes, limits)?;
    let tables = Arc::new(read_tables(mpack, size_bytes, limits.table_bytes()).await?);
    fault::point("after_scan");

    steps.enter("check")?;
    check_declared(&tables, size_bytes, limits)?;
    check_blocked(store, &tables).await?;
    fault::point("after_check");

    steps.enter("wait")?;
    let memory = memory.reserve(memory::of_push(&tables)).await;

    steps.enter_visibly("verify").await?;
    let boundary = RepoBoundary::load(store, repo.id, &tables, limits.trees()).await?;
    let parents = boundary.parents();
    let source = mpack.reader().await?;
    let verified = verify(source, &tables, key, boundary, steps.cancellation()).await?;
    fault::point("after_verify");

    steps.enter("closure")?;
    check_outside_objects(store, blobs, repo, &verified.outside).await?;
    let unchecked = LargeObjectCheck::new(store, blobs, repo, mpack, &tables).await?;
    let step = step::of(&tables, &verified, &parents);
    for row in verified.unchecked {
        unchecked.check(row, &steps.cancellation()).await?;
    }
    fault::point("after_closure");

    let mpack = NewMpack {
        key,
        size_bytes,
        counts: tables.counts(),
        step,
        thin: None,
        frames: stored_frames(&tables),
        objects: tables.objects().collect(),
        chunks: tables.chunks().collect(),
        large_objects: large_objects(&tables),
        commits: verified.commits,
        snapshots: verified.snapshots,
        outside_objects: verified.outside.all.into_iter().collect(),
        outside_chunks: tables.external_chunks(),
    };
    Ok(Checked { mpack, memory })
}

/// The large objects with their lists.
fn large_objects(tables: &Tables) -> Vec<NewLargeObject> {
    let with_chunks = |row: LargeObjectRow| NewLargeObject {
        id: row.id,
        length: row.length,
        chunks: tables.chunk_list(&row),
    };
    tables.large_objects().map(with_chunks).collect()
}
