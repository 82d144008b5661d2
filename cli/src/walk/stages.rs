//! Dividing a push that is too large for a server into several.
//!
//! A branch can be moved forward in stages along its first parents. Each stage is as long as the
//! server's limits allow, counting everything that it brings along: merged side branches, too.

use std::collections::HashSet;

use muse_wire::id::{CommitId, ObjectId};
use muse_wire::limits::PushLimits;

use super::CollectError;
use super::commits::new_commits;
use crate::repository::ObjectStore;

/// Where to stop on the way to `tip`, so that no stage brings more commits or objects than allowed
/// to a receiver that has all of `have`. Empty where one push is enough; a single commit that is
/// too large in itself, with what it merges, remains so.
///
/// # Errors
/// [`CollectError`] if the repository lacks something that its own commits name.
pub fn stages(
    store: &ObjectStore,
    tip: CommitId,
    have: &[CommitId],
    limits: &PushLimits,
) -> Result<Vec<CommitId>, CollectError> {
    let walked = new_commits(store, &[tip], have)?;
    let mut unsent: HashSet<CommitId> = walked.commits.into_iter().collect();
    let mut line = Vec::new();
    let mut next = Some(tip);
    while let Some(id) = next.filter(|id| unsent.contains(id)) {
        line.push(id);
        next = store.commit(&id)?.parents.first().copied();
    }
    let mut stages = Vec::new();
    let mut objects = HashSet::new();
    let mut stage = StageSize::default();
    let mut last = None;
    for &id in line.iter().rev() {
        let step = step(store, id, &mut unsent, &mut objects)?;
        let together = stage.plus(step);
        stage = match last {
            Some(last) if !together.is_within(limits) => {
                stages.push(last);
                step
            }
            _ => together,
        };
        last = Some(id);
    }
    Ok(stages)
}

/// How much a stage brings.
#[derive(Debug, Clone, Copy, Default)]
struct StageSize {
    commits: u64,
    objects: u64,
}

impl StageSize {
    const fn plus(self, other: Self) -> Self {
        Self {
            commits: self.commits + other.commits,
            objects: self.objects + other.objects,
        }
    }

    const fn is_within(self, limits: &PushLimits) -> bool {
        self.commits <= limits.commits && self.objects <= limits.objects
    }
}

/// How much a commit brings with everything that it reaches of `unsent`, which is removed from
/// there.
fn step(
    store: &ObjectStore,
    commit: CommitId,
    unsent: &mut HashSet<CommitId>,
    objects: &mut HashSet<ObjectId>,
) -> Result<StageSize, CollectError> {
    let mut size = StageSize::default();
    let mut open = vec![commit];
    while let Some(id) = open.pop() {
        if !unsent.remove(&id) {
            continue;
        }
        let commit = store.commit(&id)?;
        size.commits += 1;
        if let Some(record) = store.snapshot_record(&commit.snapshot)? {
            for (_, entry) in record.additions() {
                size.objects += u64::from(objects.insert(entry.object));
            }
        }
        open.extend(commit.parents);
    }
    Ok(size)
}
