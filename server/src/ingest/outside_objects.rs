//! The objects that a push's records name and its mpack does not hold.

use futures::TryStreamExt as _;
use muse_wire::history::OutsideObjects;
use muse_wire::id::ObjectId;
use muse_wire::problem::ProblemCode;
use muse_wire::snapshot::{is_link_target, is_link_target_length};

use crate::blobs::Blobs;
use crate::error::{Error, Result};
use crate::mpacks::StoredFrames;
use crate::store::{Repo, Store};

/// Checks that the repository has all of them, and that links among them have targets.
///
/// # Errors
/// [`Error::Problem`] names the first that is missing or wrong.
pub(super) async fn check_outside_objects(
    store: &Store,
    blobs: &Blobs,
    repo: &Repo,
    outside: &OutsideObjects,
) -> Result<()> {
    let all: Vec<ObjectId> = outside.all.iter().copied().collect();
    let known = store.known_objects(repo.id, &all).await?;
    if let Some(missing) = all.iter().find(|object| !known.contains(object)) {
        return Err(Error::problem(
            ProblemCode::MissingDependency,
            format!("object {missing} is neither in the mpack nor in the repository"),
        ));
    }
    let links: Vec<ObjectId> = outside.links.iter().copied().collect();
    let located = store.object_locations(repo.id, &links).await?;
    // Most wrong ones are found by their length, before any of them is read. What is not stored
    // whole is longer than any target.
    let can_be_target = |id: &ObjectId| {
        let location = located.get(id);
        location.is_some_and(|location| is_link_target_length(location.length.into()))
    };
    if let Some(id) = links.iter().find(|id| !can_be_target(id)) {
        return Err(no_target(id));
    }
    let frames = StoredFrames::find(store, blobs, repo, located.values()).await?;
    let targets = frames.read(located.into_iter().collect())?;
    let mut targets = std::pin::pin!(targets);
    while let Some((id, contents)) = targets.try_next().await? {
        if !is_link_target(&contents) {
            return Err(no_target(&id));
        }
    }
    Ok(())
}

fn no_target(object: &ObjectId) -> Error {
    let detail = format!("a symbolic link names object {object}, to which no link can lead");
    Error::problem(ProblemCode::SnapshotInvalid, detail)
}
