//! Whether the database has all that the branches and tags of a repository reach.

use std::collections::{HashMap, HashSet};

use muse_wire::id::{CommitId, ObjectId, SnapshotId};

use crate::error::Result;
use crate::gc::GcError;
use crate::history::for_each_object_of;
use crate::store::commits::StoredCommit;
use crate::store::mpacks::MpackId;
use crate::store::{Repo, Store, StoreError};

/// How many records are read at a time.
const RECORDS_AT_A_TIME: usize = 1_000;

/// Something that a branch or tag reaches and that nobody can be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// What it is.
    pub id: String,
    /// What is wrong with it.
    pub damage: &'static str,
}

/// Walks the history of a repository; calls `found` for each gap. Whether mpacks are in the store
/// is not looked at.
///
/// # Errors
/// [`GcError`].
pub async fn examine_history(
    store: &Store,
    repo: &Repo,
    mut found: impl FnMut(Gap),
) -> Result<(), GcError> {
    let mut gap = |id: &dyn ToString, damage| {
        found(Gap {
            id: id.to_string(),
            damage,
        });
    };
    let commits = store.commit_nodes_from(repo.id, 0).await?;
    let unreachable = store.unreachable_commits(repo.id).await?;
    let tips = store.refs(repo.id).await?.into_iter();
    let reached = reached(&commits, tips.map(|entry| entry.target).collect());
    let mut snapshots = HashSet::new();
    for id in &reached {
        match commits.get(id) {
            None => gap(id, "missing commit"),
            Some(_) if unreachable.contains_key(id) => gap(id, "commit that is taken for lost"),
            Some(commit) => {
                snapshots.insert(commit.snapshot);
            }
        }
    }
    let lost = store.lost_mpacks(repo.id).await?;
    let all: Vec<SnapshotId> = snapshots.iter().copied().collect();
    for some in all.chunks(RECORDS_AT_A_TIME) {
        let (objects, missing) =
            objects_of(store, repo, some, &snapshots)
                .await
                .map_err(|source| GcError::History {
                    repo: repo.name.clone(),
                    source: Box::new(source),
                })?;
        for id in &missing {
            gap(id, "missing snapshot");
        }
        for (id, is_lost) in not_given(store, repo, &objects, &lost).await? {
            gap(
                &id,
                if is_lost {
                    "object that is taken for lost"
                } else {
                    "missing object"
                },
            );
        }
    }
    Ok(())
}

/// What these commits reach, with what is missing.
fn reached(
    commits: &HashMap<CommitId, StoredCommit>,
    mut stack: Vec<CommitId>,
) -> HashSet<CommitId> {
    let mut reached = HashSet::new();
    while let Some(id) = stack.pop() {
        if reached.insert(id)
            && let Some(commit) = commits.get(&id)
        {
            stack.extend(&commit.node.parents);
        }
    }
    reached
}

/// The objects that these snapshots have and their bases among `all` have not, and those of the
/// snapshots that are missing.
async fn objects_of(
    store: &Store,
    repo: &Repo,
    some: &[SnapshotId],
    all: &HashSet<SnapshotId>,
) -> Result<(HashSet<ObjectId>, Vec<SnapshotId>)> {
    let records = store.snapshot_records(repo.id, some).await?;
    let mut objects = HashSet::new();
    for stored in records.values() {
        let add = |object| {
            objects.insert(object);
        };
        for_each_object_of(store, repo.id, stored, all, add).await?;
    }
    let missing = some.iter().filter(|id| !records.contains_key(id));
    Ok((objects, missing.copied().collect()))
}

/// Those of the objects that no mpack holds, or that only lost ones do.
async fn not_given(
    store: &Store,
    repo: &Repo,
    objects: &HashSet<ObjectId>,
    lost: &HashSet<MpackId>,
) -> Result<Vec<(ObjectId, bool)>, StoreError> {
    let ids: Vec<ObjectId> = objects.iter().copied().collect();
    let holders = store.object_holders(repo.id, &ids).await?;
    let held: HashSet<ObjectId> = holders.iter().map(|(id, _)| *id).collect();
    let given = holders.iter().filter(|(_, mpack)| !lost.contains(mpack));
    let given: HashSet<ObjectId> = given.map(|(id, _)| *id).collect();
    let not_given = ids.into_iter().filter(|id| !given.contains(id));
    Ok(not_given.map(|id| (id, held.contains(&id))).collect())
}
