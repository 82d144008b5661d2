//! Everything about an mpack that does not depend on refs: whether it is what it claims to be, and
//! whether the repository has what it builds on.

use std::sync::Arc;

use muse_wire::id::ObjectId;
use muse_wire::problem::ProblemCode;

use super::boundary::RepoBoundary;
use super::limits::{MpackLimits, check_blocked, check_declared, check_size};
use super::steps::Steps;
use super::unverified::UnverifiedMpack;
use super::verify::verify;
use crate::error::{Error, Result};
use crate::fault;
use crate::mpacks::read_tables;
use crate::store::publish::NewMpack;
use crate::store::{Repo, Store};

/// Checks a pinned mpack. What this returns may be published.
///
/// # Errors
/// [`Error::Problem`] where the mpack is bad.
pub(super) async fn check(
    store: &Store,
    limits: &MpackLimits,
    repo: &Repo,
    mpack: &UnverifiedMpack,
    steps: &mut Steps,
) -> Result<NewMpack> {
    steps.enter("scan")?;
    let (key, size_bytes) = (mpack.key(), mpack.size_bytes());
    check_size(size_bytes, limits)?;
    let tables = Arc::new(read_tables(mpack, size_bytes).await?);
    fault::point("after_scan");

    steps.enter("check")?;
    check_declared(&tables, limits)?;
    check_blocked(store, &tables).await?;
    fault::point("after_check");

    steps.enter_visibly("verify").await?;
    let boundary = RepoBoundary::load(store, repo.id, &tables).await?;
    let source = mpack.reader().await?;
    let verified = verify(source, &tables, key, boundary, steps.cancellation()).await?;
    fault::point("after_verify");

    steps.enter("closure")?;
    check_outside_objects(store, repo, &verified.outside_objects).await?;
    fault::point("after_closure");

    Ok(NewMpack {
        key,
        size_bytes,
        counts: tables.counts(),
        objects: tables.objects().collect(),
        commits: verified.commits,
        snapshots: verified.snapshots,
    })
}

/// Checks that objects which the records name and the mpack does not hold are in the repository.
async fn check_outside_objects(store: &Store, repo: &Repo, objects: &[ObjectId]) -> Result<()> {
    let known = store.known_objects(repo.id, objects).await?;
    match objects.iter().find(|object| !known.contains(object)) {
        None => Ok(()),
        Some(missing) => Err(Error::problem(
            ProblemCode::MissingDependency,
            format!("object {missing} is neither in the mpack nor in the repository"),
        )),
    }
}
