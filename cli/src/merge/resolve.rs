//! What stands at each path in the end.

use std::collections::BTreeMap;
use std::ops::Bound;

use muse_wire::path::{PathError, RepoPath};
use muse_wire::snapshot::Entry;

use super::conflict::{Conflict, ConflictKind};
use super::contents::{Contents, Place};
use super::error::MergeError;
use super::item::{BASE, Item, Match, OURS, Side, THEIRS, is_link};
use super::labels::Labels;
use super::trees::Trees;

/// The outcome of a merge, as far as a side changed something.
pub(super) struct Resolved {
    pub(super) entries: BTreeMap<RepoPath, Option<Entry>>,
    /// Ascending by path.
    pub(super) conflicts: Vec<Conflict>,
}

/// Decides path by path.
pub(super) struct Resolver<'a, 'c> {
    trees: Trees<'a>,
    contents: &'a mut Contents<'c>,
    labels: Labels<'a>,
    depth: usize,
    entries: BTreeMap<RepoPath, Option<Entry>>,
    conflicts: Vec<Conflict>,
}

/// What stands at a path, and why that is not all.
struct Decision {
    entry: Option<Entry>,
    problem: Option<ConflictKind>,
}

impl<'a, 'c> Resolver<'a, 'c> {
    pub(super) const fn new(
        trees: Trees<'a>,
        contents: &'a mut Contents<'c>,
        labels: Labels<'a>,
        depth: usize,
        settled: BTreeMap<RepoPath, Option<Entry>>,
    ) -> Self {
        Self {
            trees,
            contents,
            labels,
            depth,
            entries: settled,
            conflicts: Vec::new(),
        }
    }

    /// Decides all. What is below a directory comes before a file that may have to make way for it.
    pub(super) fn resolve(
        mut self,
        items: BTreeMap<RepoPath, Item>,
    ) -> Result<Resolved, MergeError> {
        let names: Vec<RepoPath> = items.keys().cloned().collect();
        for (path, item) in items.into_iter().rev() {
            self.resolve_item(path, item, &names)?;
        }
        self.conflicts
            .sort_by(|one, other| one.path.cmp(&other.path));
        Ok(Resolved {
            entries: self.entries,
            conflicts: self.conflicts,
        })
    }

    fn resolve_item(
        &mut self,
        path: RepoPath,
        mut item: Item,
        names: &[RepoPath],
    ) -> Result<(), MergeError> {
        let present = (item.has(BASE), item.has(OURS), item.has(THEIRS));
        if item.is_moved || present == (false, false, false) {
            self.entries.insert(path, None);
            return Ok(());
        }
        let mut target = path.clone();
        let mut displaced = None;
        if self.has_files_below(&path) {
            self.entries.insert(path.clone(), None);
            if present == (true, false, false) {
                return Ok(());
            }
            let side = match self.trees.ours.has_directory(&path) {
                true => Side::Theirs,
                false => Side::Ours,
            };
            target = self.free_path(&path, side, names)?;
            displaced = Some(side);
        }
        let is_different = match (item.versions[OURS], item.versions[THEIRS]) {
            (Some(ours), Some(theirs)) => is_link(ours) != is_link(theirs),
            _ => false,
        };
        if is_different && item.matching == Match::None && self.depth == 0 {
            return self.separate(&path, target, item, names);
        }
        let decision = self.decide(&path, &mut item, displaced)?;
        if let Some(kind) = decision.problem {
            let is_elsewhere = displaced.is_some() || kind == ConflictKind::DirectoryRenamed;
            self.conflicts.push(Conflict {
                path: target.clone(),
                kind,
                base: item.versions[BASE],
                ours: item.versions[OURS],
                theirs: item.versions[THEIRS],
                belongs_at: is_elsewhere.then(|| item.place_of_origin(&path).clone()),
            });
        }
        self.entries.insert(target, decision.entry);
        Ok(())
    }

    fn decide(
        &mut self,
        path: &RepoPath,
        item: &mut Item,
        displaced: Option<Side>,
    ) -> Result<Decision, MergeError> {
        let in_the_way = displaced.map(|_| ConflictKind::FileAndDirectory);
        let outer = item.problem.or(in_the_way);
        let [base, ours, theirs] = item.versions;
        let decision = match (item.matching, ours, theirs) {
            (Match::Sides, ours, _) => Decision {
                entry: ours,
                problem: outer,
            },
            (Match::ChangedBy(side), ..) => {
                let entry = item.versions[side.index()];
                Decision {
                    entry,
                    problem: outer.filter(|_| entry.is_some()),
                }
            }
            (Match::None, Some(ours), Some(theirs)) if is_link(ours) != is_link(theirs) => {
                Decision {
                    entry: base,
                    problem: Some(ConflictKind::DifferentTypes),
                }
            }
            (Match::None, Some(ours), Some(theirs)) => {
                let [base_path, our_path, their_path] = &item.origins;
                let place = Place {
                    paths: [base_path, our_path, their_path]
                        .map(|origin| origin.as_ref().unwrap_or(path)),
                    labels: self.labels,
                    depth: self.depth,
                    longer_markers: self.depth * 2,
                };
                let merged = self.contents.merge(base, ours, theirs, &place)?;
                let kind = match merged.problem {
                    Some(ConflictKind::Content) if base.is_none() => Some(ConflictKind::BothAdded),
                    kind => kind,
                };
                if let (None, Some(side)) = (kind, displaced) {
                    item.versions = [None; 3];
                    item.versions[side.index()] = merged.entry;
                }
                Decision {
                    entry: merged.entry,
                    problem: item.problem.or(kind).or(in_the_way),
                }
            }
            (Match::None, Some(_), None) | (Match::None, None, Some(_)) if base.is_some() => {
                let (side, kind) = match ours.is_some() {
                    true => (Side::Ours, ConflictKind::DeletedByThem),
                    false => (Side::Theirs, ConflictKind::DeletedByUs),
                };
                let kept = match self.depth {
                    0 => side.index(),
                    _ => BASE,
                };
                Decision {
                    entry: item.versions[kept],
                    problem: item.problem.or(Some(kind)),
                }
            }
            (Match::None, ours, theirs) => Decision {
                entry: ours.or(theirs),
                problem: outer,
            },
        };
        Ok(decision)
    }

    /// A file and a link at `original`: the file, or both if one of them has no place, get other
    /// names.
    fn separate(
        &mut self,
        original: &RepoPath,
        path: RepoPath,
        item: Item,
        names: &[RepoPath],
    ) -> Result<(), MergeError> {
        let [base, ours, theirs] = item.versions;
        let moved = match ours.is_some_and(|ours| !is_link(ours)) {
            true => Side::Ours,
            false => Side::Theirs,
        };
        let other_path = self.free_path(&path, moved, names)?;
        for (side, version) in [(Side::Ours, ours), (Side::Theirs, theirs)] {
            let path = if side == moved { &other_path } else { &path };
            self.conflicts.push(Conflict {
                path: path.clone(),
                kind: ConflictKind::DifferentTypes,
                base: base.filter(|base| Some(is_link(*base)) == version.map(is_link)),
                ours: version.filter(|_| side == Side::Ours),
                theirs: version.filter(|_| side == Side::Theirs),
                belongs_at: Some(original.clone()),
            });
            self.entries.insert(path.clone(), version);
        }
        Ok(())
    }

    /// Whether the outcome has a directory here. All files in it differ between the trees, since
    /// one of them has a file in its place.
    fn has_files_below(&self, path: &RepoPath) -> bool {
        let prefix = format!("{}/", path.as_str());
        let from = (Bound::Included(prefix.as_str()), Bound::Unbounded);
        let mut below = self.entries.range::<str, _>(from);
        below
            .by_ref()
            .take_while(|(path, _)| path.starts_with(&prefix))
            .any(|(_, entry)| entry.is_some())
    }

    /// A path for a file of this side that cannot stay where it is.
    fn free_path(
        &self,
        path: &RepoPath,
        side: Side,
        names: &[RepoPath],
    ) -> Result<RepoPath, PathError> {
        let label = side.label(&self.labels).replace('/', "_");
        let labelled = format!("{}~{label}", path.as_str());
        let first = match RepoPath::new(labelled.as_str()) {
            Ok(_) => labelled,
            Err(_) => format!("{}~{}", path.as_str(), side.name()),
        };
        let is_taken = |path: &str| {
            let trees = [self.trees.base, self.trees.ours, self.trees.theirs];
            self.entries.contains_key(path)
                || names
                    .binary_search_by(|name| name.as_str().cmp(path))
                    .is_ok()
                || trees
                    .iter()
                    .any(|tree| tree.get(path).is_some() || tree.has_directory(path))
        };
        let numbered = (0_u64..).map(|number| format!("{first}_{number}"));
        let mut paths = std::iter::once(first.clone()).chain(numbered);
        let free = paths.find(|path| !is_taken(path));
        RepoPath::new(free.unwrap_or(first))
    }
}
