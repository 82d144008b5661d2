//! Which lane every commit is of, and which mpacks hold commits of several.

use std::collections::{BTreeSet, HashMap, HashSet};

use muse_wire::dag::WalkError;
use muse_wire::id::CommitId;
use muse_wire::mpack::Tables;

use super::borrowed::Borrowed;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::history::CommitWindow;
use crate::mpacks::names_all_records;
use crate::store::commits::StoredCommit;
use crate::store::mpacks::{Lane, MpackId, StoredMpack};
use crate::store::{Repo, Store};

/// What an mpack holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Contents {
    /// Commits of one lane, each of which it is the holder of, and their records.
    Pure(Lane),
    /// Anything else.
    Mixed,
}

/// Which lane every commit is of now.
pub(super) struct Lanes {
    successors: HashMap<MpackId, MpackId>,
    /// The lanes of merged mpacks.
    merged: HashMap<MpackId, Lane>,
    /// Commits that no ref reaches and that no lost mpack holds.
    unreachable: HashSet<CommitId>,
    /// Commits of the default branch that no mpack of the trunk holds.
    new_trunk: HashSet<CommitId>,
    /// The mpacks that hold commits of either kind.
    affected: HashSet<MpackId>,
    /// What these commits of the default branch need of other mpacks.
    pub(super) borrowed: Borrowed,
}

impl Lanes {
    /// Walks down the default branch to what the mpacks of the trunk hold, and looks up what is
    /// unreachable.
    ///
    /// # Errors
    /// [`Error`] where the database fails or is damaged.
    pub(super) async fn load(
        store: &Store,
        repo: &Repo,
        stored: &[StoredMpack],
        window: &mut CommitWindow<'_>,
    ) -> Result<Self> {
        let lanes = stored.iter();
        let merged = lanes.filter_map(|mpack| Some((mpack.id, mpack.lane?)));
        let merged: HashMap<MpackId, Lane> = merged.collect();
        let successors = store.successors(repo.id).await?;
        let unreachable = store.unreachable_commits(repo.id).await?.into_iter();
        let unreachable: HashSet<CommitId> = unreachable
            .filter(|(_, lost)| lost.is_none())
            .map(|(id, _)| id)
            .collect();
        let mut lanes = Self {
            successors,
            merged,
            unreachable,
            new_trunk: HashSet::new(),
            affected: HashSet::new(),
            borrowed: Borrowed::default(),
        };
        let tip = store.ref_target(repo.id, &repo.default_branch).await?;
        if let Some(tip) = tip {
            lanes.new_trunk = lanes.walk_trunk(tip, window).await?;
        }
        let affected = lanes.new_trunk.iter();
        let affected = affected.filter_map(|id| window.loaded().stored(id));
        lanes.affected = affected.map(|commit| lanes.holder(commit)).collect();
        let others = stored
            .iter()
            .filter(|mpack| mpack.lane != Some(Lane::Trunk));
        let others = others.map(|mpack| mpack.id);
        let others = others.filter(|id| !lanes.affected.contains(id)).collect();
        let new = &lanes.new_trunk;
        lanes.borrowed = Borrowed::find(store, repo, new, &others, window).await?;
        let held: Vec<CommitId> = lanes.unreachable.iter().copied().collect();
        window.load(&held).await?;
        let held = held.iter().filter_map(|id| window.loaded().stored(id));
        let holders: Vec<MpackId> = held.map(|commit| lanes.holder(commit)).collect();
        lanes.affected.extend(holders);
        Ok(lanes)
    }

    async fn walk_trunk(
        &self,
        tip: CommitId,
        window: &mut CommitWindow<'_>,
    ) -> Result<HashSet<CommitId>> {
        let trunk = self.merged.iter().filter(|(_, lane)| **lane == Lane::Trunk);
        let trunk: HashSet<MpackId> = trunk.map(|(id, _)| *id).collect();
        let successors = self.successors.clone();
        let walk = window.walk(move |loaded| {
            let (mut found, mut stack) = (HashSet::new(), vec![tip]);
            while let Some(id) = stack.pop() {
                let commit = loaded.stored(&id).ok_or(WalkError::Missing(id))?;
                if !trunk.contains(&commit.holder(&successors)) && found.insert(id) {
                    stack.extend(&commit.node.parents);
                }
            }
            Ok(found)
        });
        walk.await
    }

    /// The mpack that holds a commit.
    pub(super) fn holder(&self, commit: &StoredCommit) -> MpackId {
        commit.holder(&self.successors)
    }

    /// The lane that a commit is of.
    pub(super) fn of(&self, id: &CommitId, commit: &StoredCommit) -> Lane {
        if self.unreachable.contains(id) {
            Lane::Lost
        } else if self.new_trunk.contains(id)
            || self.merged.get(&self.holder(commit)) == Some(&Lane::Trunk)
        {
            Lane::Trunk
        } else {
            Lane::Side
        }
    }

    /// Whether any commit is to be lost.
    pub(super) fn any_unreachable(&self) -> bool {
        !self.unreachable.is_empty()
    }

    /// Whether a merged mpack still holds what its lane says.
    pub(super) fn is_settled(&self, mpack: &StoredMpack) -> bool {
        mpack.lane.is_some()
            && !mpack.brought_back
            && !self.affected.contains(&mpack.id)
            && !self.borrowed.mpacks.contains(&mpack.id)
    }

    /// What the mpack of these tables holds.
    ///
    /// # Errors
    /// [`Error`] where the database fails.
    pub(super) async fn contents(
        &self,
        mpack: &StoredMpack,
        tables: &Tables,
        window: &mut CommitWindow<'_>,
    ) -> Result<Contents> {
        let ids: Vec<CommitId> = tables.commits().map(|row| row.id).collect();
        window.load(&ids).await?;
        let mut lanes = BTreeSet::new();
        for id in &ids {
            match window.loaded().stored(id) {
                Some(commit) if self.holder(commit) == mpack.id => {
                    lanes.insert(self.of(id, commit));
                }
                _ => return Ok(Contents::Mixed),
            }
        }
        let lane = match (lanes.pop_first(), lanes.is_empty(), mpack.lane) {
            (None, ..) => mpack.lane.unwrap_or(Lane::Side),
            (Some(Lane::Lost), true, _) => Lane::Lost,
            // What has become of the trunk goes to an mpack of the trunk.
            (Some(lane), true, before) if before.is_none_or(|before| before == lane) => lane,
            _ => return Ok(Contents::Mixed),
        };
        let is_mixed = match lane {
            Lane::Lost => false,
            _ => mpack.brought_back || self.borrowed.mpacks.contains(&mpack.id),
        };
        Ok(match names_all_records(tables) && !is_mixed {
            true => Contents::Pure(lane),
            false => Contents::Mixed,
        })
    }
}
