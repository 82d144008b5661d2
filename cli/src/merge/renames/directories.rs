//! Files that a side put into a directory which the other side moved.
//!
//! They move along, and are conflicts: git's setting `merge.directoryRenames` is `conflict` unless
//! it is set. A directory moved where most of its files went, if the side has it no more. Where
//! that is not clear for a file, it stays where it is.

use std::collections::{BTreeMap, BTreeSet};

use muse_wire::path::RepoPath;

use super::detect::SideMoves;
use crate::diff::renames::DirectoryCounts;
use crate::merge::collect::Collected;
use crate::merge::conflict::ConflictKind;
use crate::merge::item::{BASE, Item, Side};

/// Directories that moved, with where they went. The root is the empty path.
type MovedDirectories = BTreeMap<String, String>;

/// For paths where files would go, the files. Those of which several would go to one path stay.
type Targets = BTreeMap<String, BTreeSet<RepoPath>>;

/// Moves the files of each side along with directories that the other side moved.
pub(super) fn follow_directories(collected: &mut Collected<'_>, sides: &mut [SideMoves; 2]) {
    let [ours, theirs] = sides;
    let (mut by_us, mut by_them) = (moved(&ours.directories), moved(&theirs.directories));
    // A directory that both moved went nowhere in particular.
    let is_moved_once =
        |directory: &String, other: &MovedDirectories| !other.contains_key(directory);
    let all_by_us = by_us.clone();
    by_us.retain(|directory, _| is_moved_once(directory, &by_them));
    by_them.retain(|directory, _| is_moved_once(directory, &all_by_us));
    let (our_targets, their_targets) = (targets(ours, &by_them), targets(theirs, &by_us));
    let by_side = [
        (ours, &by_them, &by_us, &our_targets, &their_targets),
        (theirs, &by_us, &by_them, &their_targets, &our_targets),
    ];
    for (side, moved, not_into, targets, other_targets) in by_side {
        let mut follower = Follower {
            collected: &mut *collected,
            moved,
            not_into,
            targets,
            other_targets,
            refused: BTreeSet::new(),
        };
        follower.follow(side);
    }
}

/// Where the directories went: where more of their files went than to any other one.
fn moved(counts: &DirectoryCounts) -> MovedDirectories {
    let counts = counts.iter();
    counts
        .filter_map(|(directory, counts)| {
            let most = *counts.values().max()?;
            let mut best = counts.iter().filter(|(_, count)| **count == most);
            let (target, _) = best.next()?;
            best.next()
                .is_none()
                .then(|| (directory.clone(), target.clone()))
        })
        .collect()
}

/// Where the new files of a side would go.
fn targets(side: &SideMoves, moved: &MovedDirectories) -> Targets {
    let mut targets = Targets::new();
    let new = side.moved.iter().map(|moved| &moved.to).chain(&side.added);
    for path in new {
        if let Some((_, target)) = target(path, moved) {
            targets.entry(target).or_default().insert(path.clone());
        }
    }
    targets
}

/// Where the innermost directory above a path that moved went, and with it the path.
fn target<'m>(path: &str, moved: &'m MovedDirectories) -> Option<(&'m str, String)> {
    let mut directory = path;
    loop {
        (directory, _) = directory.rsplit_once('/')?;
        if let Some(target) = moved.get(directory) {
            let rest = &path[directory.len() + 1..];
            let path = match target.as_str() {
                "" => rest.to_owned(),
                target => format!("{target}/{rest}"),
            };
            return Some((target, path));
        }
    }
}

/// Moves the files of one side.
struct Follower<'a, 't> {
    collected: &'a mut Collected<'t>,
    /// The directories that the other side moved.
    moved: &'a MovedDirectories,
    /// Those that this side moved: nothing goes where they were.
    not_into: &'a MovedDirectories,
    targets: &'a Targets,
    other_targets: &'a Targets,
    /// Targets that something was in the way of.
    refused: BTreeSet<String>,
}

impl Follower<'_, '_> {
    fn follow(&mut self, side: &mut SideMoves) {
        let SideMoves {
            side, moved, added, ..
        } = side;
        // Ascending by path, whether they are new or moved.
        let mut moved = moved.iter_mut().peekable();
        let mut added = added.iter().peekable();
        loop {
            let next_added = match moved.peek() {
                Some(moved) => added.next_if(|path| **path < moved.to),
                None => added.next(),
            };
            if let Some(path) = next_added {
                if let Some(target) = self.allowed_target(path, path, *side) {
                    self.move_item(path, target);
                }
            } else if let Some(moved) = moved.next() {
                if let Some(target) = self.allowed_target(&moved.to, &moved.from, *side) {
                    self.move_item(&moved.to, target.clone());
                    moved.to = target;
                }
            } else {
                return;
            }
        }
    }

    /// Where a file goes that was at another path in the base, unless that is unclear or nothing
    /// moved it.
    fn allowed_target(&mut self, path: &RepoPath, from: &RepoPath, side: Side) -> Option<RepoPath> {
        if self.moved.is_empty() || self.other_targets.contains_key(path.as_str()) {
            return None;
        }
        let (directory, target) = target(path, self.moved)?;
        if self.not_into.contains_key(directory) || self.refused.contains(&target) {
            return None;
        }
        let is_shared = self
            .targets
            .get(&target)
            .is_some_and(|files| files.len() > 1);
        let allowed = RepoPath::new(target.as_str()).ok();
        let free = allowed.filter(|target| !is_shared && !self.is_taken(target, from, side));
        if free.is_none() {
            self.refused.insert(target);
        }
        free
    }

    /// Whether the side has something here, or the base another file than the one that moves.
    fn is_taken(&self, path: &RepoPath, from: &RepoPath, side: Side) -> bool {
        let trees = self.collected.trees;
        let tree = match side {
            Side::Ours => trees.ours,
            Side::Theirs => trees.theirs,
        };
        let is_file = match self.collected.items.get(path) {
            Some(item) => item.has(side.index()) || (item.has(BASE) && from != path),
            None => tree.get(path).is_some(),
        };
        is_file || tree.has_directory(path)
    }

    /// Takes what only one side has to another path.
    fn move_item(&mut self, path: &RepoPath, target: RepoPath) {
        let Some(item) = self.collected.items.get_mut(path) else {
            return;
        };
        let versions = std::mem::take(&mut item.versions);
        item.is_moved = true;
        let origins = [const { None }; 3].map(|_: Option<RepoPath>| Some(path.clone()));
        let there = self.collected.items.entry(target);
        let there = there.or_insert_with(|| Item {
            origins,
            ..Item::new([None; 3])
        });
        for side in Side::BOTH {
            if let Some(version) = versions[side.index()] {
                there.versions[side.index()] = Some(version);
                there.origins[side.index()] = Some(path.clone());
            }
        }
        there.is_moved = false;
        there.problem = Some(ConflictKind::DirectoryRenamed);
    }
}
