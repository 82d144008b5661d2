//! The paths that differ between base, ours and theirs.

use std::collections::{BTreeMap, HashSet};

use muse_wire::path::RepoPath;
use muse_wire::snapshot::Entry;

use super::item::{BASE, Item, Match, OURS, Side, THEIRS};
use super::trees::Trees;

/// What both sides changed.
pub(super) struct Collected<'a> {
    pub(super) trees: Trees<'a>,
    /// Paths at which something has to be decided, or which may be part of a move.
    pub(super) items: BTreeMap<RepoPath, Item>,
    /// What stands at the other paths that a side changed.
    pub(super) settled: BTreeMap<RepoPath, Option<Entry>>,
    /// The directories in which ours and theirs changed something.
    changed_directories: [HashSet<String>; 2],
}

impl<'a> Collected<'a> {
    pub(super) fn new(trees: Trees<'a>) -> Self {
        let mut collected = Self {
            trees,
            items: BTreeMap::new(),
            settled: BTreeMap::new(),
            changed_directories: [HashSet::new(), HashSet::new()],
        };
        let mut ours = trees.base.diff(trees.ours).into_iter().peekable();
        let mut theirs = trees.base.diff(trees.theirs).into_iter().peekable();
        loop {
            let is_ours_next = match (ours.peek(), theirs.peek()) {
                (Some(our), Some(their)) => our.path <= their.path,
                (our, _) => our.is_some(),
            };
            let next = if is_ours_next {
                ours.next()
            } else {
                theirs.next()
            };
            let Some(change) = next else {
                return collected;
            };
            let base = trees.base.get(&change.path);
            let versions = if is_ours_next {
                let their = theirs.next_if(|their| their.path == change.path);
                [base, change.entry, their.map_or(base, |their| their.entry)]
            } else {
                [base, base, change.entry]
            };
            collected.add(change.path, versions);
        }
    }

    fn add(&mut self, path: RepoPath, versions: [Option<Entry>; 3]) {
        for side in Side::BOTH {
            if versions[side.index()] != versions[BASE] {
                self.note_directories(&path, side);
            }
        }
        let item = Item::new(versions);
        let is_everywhere = versions.iter().all(Option::is_some);
        let settled = match item.matching {
            _ if !is_everywhere => None,
            Match::ChangedBy(Side::Theirs) => versions[THEIRS],
            Match::ChangedBy(Side::Ours) | Match::Sides => versions[OURS],
            Match::None => None,
        };
        match settled {
            Some(entry) => drop(self.settled.insert(path, Some(entry))),
            None => drop(self.items.insert(path, item)),
        }
    }

    /// Notes that a side changed something in the directories above a path.
    fn note_directories(&mut self, path: &RepoPath, side: Side) {
        let changed = &mut self.changed_directories[side.index() - 1];
        let mut above = path.rsplit_once('/');
        while let Some((directory, _)) = above {
            if changed.contains(directory) {
                return;
            }
            changed.insert(directory.to_owned());
            above = directory.rsplit_once('/');
        }
    }

    /// Whether a side changed something in a directory.
    pub(super) fn has_changed_in(&self, directory: &str, side: Side) -> bool {
        self.changed_directories[side.index() - 1].contains(directory)
    }

    /// The files that the side removed, ascending by path.
    pub(super) fn removed_by(&self, side: Side) -> Vec<(RepoPath, Entry)> {
        self.listed(BASE, side.index())
    }

    /// The files that the side added, ascending by path.
    pub(super) fn added_by(&self, side: Side) -> Vec<(RepoPath, Entry)> {
        self.listed(side.index(), BASE)
    }

    /// What one version has and another one has not.
    fn listed(&self, in_this: usize, not_in: usize) -> Vec<(RepoPath, Entry)> {
        let items = self.items.iter();
        items
            .filter(|(_, item)| !item.has(not_in))
            .filter_map(|(path, item)| Some((path.clone(), item.versions[in_this]?)))
            .collect()
    }
}
