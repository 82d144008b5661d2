//! Where the history of a repository ends while mpacks are taken in, and once they are there.

use std::collections::HashSet;

use muse_wire::dag::{CommitGraph, CommitSource as _};
use muse_wire::id::CommitId;

use super::downloaded::Download;
use crate::fault;
use crate::repository::{ObjectStore, Repository, RepositoryError, StagedMpacks};
use crate::sync::FetchError;

/// What becomes of the commits that are here without their parents.
pub(super) struct HistoryEnds {
    before: HashSet<CommitId>,
    /// Those that come.
    new: HashSet<CommitId>,
    /// Those that have their parents then, as the sender says.
    pub(super) opened: HashSet<CommitId>,
}

impl HistoryEnds {
    /// Of a repository that has all of `complete`, down to where its history ends. A commit that it
    /// has with its parents keeps them, whatever the sender says.
    pub(super) fn of(
        objects: &ObjectStore,
        complete: &[CommitId],
        download: &Download,
    ) -> Result<Self, FetchError> {
        let before = objects.shallow_here()?;
        let mut here = Vec::new();
        for id in &download.shallow {
            if !before.contains(id) && objects.node(id)?.is_some() {
                here.push(*id);
            }
        }
        // What an interrupted run has left here may lack what is below it.
        let whole = CommitGraph::new(objects).reached_among(&here, complete)?;
        let new = download.shallow.iter().filter(|id| !whole.contains(id));
        let opened = download.unshallow.iter();
        let opened = opened.filter(|id| before.contains(id)).copied().collect();
        Ok(Self {
            new: new.copied().collect(),
            before,
            opened,
        })
    }

    /// Where it ends once everything is there.
    pub(super) fn after(&self) -> HashSet<CommitId> {
        let all = self.before.union(&self.new);
        all.filter(|id| !self.opened.contains(id))
            .copied()
            .collect()
    }

    /// Makes verified mpacks part of the repository, and then notes in one step where its history
    /// ends and where it goes on. No ref leads to what has come before that is noted.
    pub(super) fn adopt(
        &self,
        repository: &Repository,
        staged: StagedMpacks<'_>,
    ) -> Result<(), RepositoryError> {
        if self.new.is_empty() && repository.objects.shallow()?.is_empty() {
            return staged.adopt();
        }
        let mut locked = repository.lock()?;
        // Another process may have changed it since.
        let mut ends = locked.objects.shallow_here()?;
        ends.extend(&self.new);
        staged.adopt()?;
        fault::point("shallow_adopted");
        ends.retain(|id| !self.opened.contains(id));
        locked.write_shallow(&ends)?;
        fault::point("shallow_noted");
        Ok(())
    }
}
