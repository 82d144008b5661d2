//! Cutting a push that is too large for a server into several.
//!
//! A branch can be moved forward in steps along its first parents. Each step is as long as the server's
//! limits allow, counting all that it brings along: merged side branches, too.

use std::collections::HashSet;

use muse_wire::id::{CommitId, ObjectId};
use muse_wire::limits::PushLimits;

use super::{CollectError, new_commits};
use crate::repository::Repository;

/// Where to stop on the way to `tip`, so that no stage brings more commits or objects than allowed to a
/// receiver that has all of `have`. Empty where one push is enough; a single step of the way that is
/// too large in itself remains so.
///
/// # Errors
/// [`CollectError`] where the repository lacks something that its own commits name.
pub fn stages(
    repository: &Repository,
    tip: CommitId,
    have: &[CommitId],
    limits: &PushLimits,
) -> Result<Vec<CommitId>, CollectError> {
    let walked = new_commits(repository, &[tip], have)?;
    let mut unsent: HashSet<CommitId> = walked.commits.into_iter().collect();
    let mut line = Vec::new();
    let mut next = Some(tip);
    while let Some(id) = next.filter(|id| unsent.contains(id)) {
        line.push(id);
        next = repository.objects.commit(&id)?.parents.first().copied();
    }
    let mut stages = Vec::new();
    let mut objects = HashSet::new();
    let mut stage = Load::default();
    let mut last = None;
    for &id in line.iter().rev() {
        let step = step(repository, id, &mut unsent, &mut objects)?;
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

/// What a stage brings.
#[derive(Debug, Clone, Copy, Default)]
struct Load {
    commits: u64,
    objects: u64,
}

impl Load {
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

/// What a commit brings with all that it reaches of `unsent`, which is taken from there.
fn step(
    repository: &Repository,
    commit: CommitId,
    unsent: &mut HashSet<CommitId>,
    objects: &mut HashSet<ObjectId>,
) -> Result<Load, CollectError> {
    let mut load = Load::default();
    let mut open = vec![commit];
    while let Some(id) = open.pop() {
        if !unsent.remove(&id) {
            continue;
        }
        let commit = repository.objects.commit(&id)?;
        load.commits += 1;
        if let Some(record) = repository.objects.snapshot_record(&commit.snapshot)? {
            for (_, entry) in record.additions() {
                load.objects += u64::from(objects.insert(entry.object));
            }
        }
        open.extend(commit.parents);
    }
    Ok(load)
}
