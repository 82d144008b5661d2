//! Everything about an mpack that does not depend on refs: is it what it says, and does it fit?

use std::sync::Arc;

use muse_wire::id::{MpackKey, ObjectId};
use muse_wire::problem::ProblemCode;

use super::steps::Steps;
use super::{check, scan, verify};
use crate::app::AppState;
use crate::blobs::BlobKey;
use crate::failure::Failure;
use crate::fault;
use crate::store::Repo;
use crate::store::publish::NewMpack;

/// Checks a promoted mpack. What this returns may be published.
///
/// # Errors
/// [`Failure::Refused`] where the mpack is to blame.
pub(super) async fn check(
    state: &AppState,
    repo: &Repo,
    key: MpackKey,
    steps: &mut Steps,
) -> Result<NewMpack, Failure> {
    let blob = BlobKey::mpack(repo.uuid, key);
    steps.enter("scan")?;
    let size_bytes = state.blobs.size(&blob).await?.ok_or_else(|| {
        // It was there a moment ago: another push of it was refused meanwhile.
        Failure::refused(ProblemCode::MpackNotUploaded, format!("{key} is gone"))
    })?;
    let limits = &state.config.push_limits;
    if size_bytes > limits.mpack_bytes {
        let limit = limits.mpack_bytes;
        let detail = format!("the mpack has {size_bytes} bytes; this server takes {limit}");
        return Err(Failure::refused(ProblemCode::MpackTooLarge, detail));
    }
    let tables = Arc::new(scan::read_tables(&state.blobs, &blob, size_bytes).await?);
    fault::point("after_scan");

    steps.enter("check")?;
    check::check_limits(&tables, limits).map_err(|problem| Failure::Refused(Box::new(problem)))?;
    check::check_blocked(&state.store, &tables).await?;
    fault::point("after_check");

    steps.announce("verify").await?;
    let verified = verify::verify(state, repo, key, &tables, steps.interrupt()).await?;
    fault::point("after_verify");

    steps.enter("closure")?;
    check_outside_objects(state, repo, &verified.outside_objects).await?;
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

/// Objects that the records name and the mpack does not hold must be here already.
async fn check_outside_objects(
    state: &AppState,
    repo: &Repo,
    objects: &[ObjectId],
) -> Result<(), Failure> {
    let known = state.store.known_objects(repo.id, objects).await?;
    match objects.iter().find(|object| !known.contains(object)) {
        None => Ok(()),
        Some(missing) => Err(Failure::refused(
            ProblemCode::MissingDependency,
            format!("object {missing} is neither in the mpack nor in the repository"),
        )),
    }
}
