//! Which removed files it matters of where they went.
//!
//! It matters where the other side changed the file, and where the files of a directory that one
//! side removed tell where it went, since the other side added files to it.

use std::collections::{BTreeMap, HashSet};

use muse_wire::path::RepoPath;

use crate::diff::renames::{DirectoryRelevance, MergeHints, SourceRelevance};
use crate::merge::collect::Collected;
use crate::merge::item::{BASE, Item, Match, Side};

/// Which of the removed files and directories matter.
pub(super) struct Relevance<'c> {
    /// For ours and theirs.
    pub(super) hints: [MergeHints; 2],
    /// The directories whose files ours and theirs are paired last where it makes no other
    /// difference: those in which the other side changed nothing, as git looks at them last.
    pub(super) late_directories: [HashSet<&'c str>; 2],
}

/// What a directory is to the search for directories that moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Watched {
    /// No side removed it.
    No,
    /// One side removed it or one above it; this one kept it.
    KeptBy(Side),
    /// The side that kept it also added files to it or to one above it.
    Grown,
}

impl<'c> Relevance<'c> {
    pub(super) fn new(collected: &'c Collected<'_>) -> Self {
        let mut relevance = Self {
            hints: [MergeHints::default(), MergeHints::default()],
            late_directories: [HashSet::new(), HashSet::new()],
        };
        let mut by_directory: BTreeMap<&str, Vec<(&RepoPath, &Item)>> = BTreeMap::new();
        for (path, item) in &collected.items {
            let mut above = &**path;
            while let Some((directory, _)) = above.rsplit_once('/') {
                by_directory.entry(directory).or_default();
                above = directory;
            }
            let files = by_directory.entry(directory_of(path)).or_default();
            files.push((path, item));
        }
        // Directories above come first.
        let mut watched: BTreeMap<&str, Watched> = BTreeMap::new();
        for (directory, files) in by_directory {
            let above = directory_of(directory);
            let inherited = watched.get(above).copied().unwrap_or(Watched::No);
            relevance.find_late(collected, directory, inherited);
            let here = match directory {
                "" => Watched::No,
                _ => relevance.add_directory(collected, directory, inherited),
            };
            let here = match here {
                Watched::KeptBy(side) if files.iter().any(|(_, item)| is_only(item, side)) => {
                    Watched::Grown
                }
                other => other,
            };
            watched.insert(directory, here);
            for (path, item) in files {
                relevance.add_file(path, item, directory, here);
            }
        }
        relevance
    }

    /// Notes whose files in a directory are late.
    fn find_late(&mut self, collected: &Collected<'_>, directory: &'c str, above: Watched) {
        for side in Side::BOTH {
            let trees = collected.trees;
            let other = match side {
                Side::Ours => trees.theirs,
                Side::Theirs => trees.ours,
            };
            let late = &mut self.late_directories[side.index() - 1];
            let is_untouched = !directory.is_empty()
                && above != Watched::Grown
                && !collected.has_changed_in(directory, side.other())
                && trees.base.get(directory) == other.get(directory);
            if is_untouched || late.contains(directory_of(directory)) {
                late.insert(directory);
            }
        }
    }

    /// Notes which sides removed a directory.
    fn add_directory(
        &mut self,
        collected: &Collected<'_>,
        directory: &str,
        inherited: Watched,
    ) -> Watched {
        let trees = collected.trees;
        if !trees.base.has_directory(directory) {
            return inherited;
        }
        let has = [trees.ours, trees.theirs].map(|tree| tree.has_directory(directory));
        let here = match (inherited, has) {
            (Watched::Grown, _) => Watched::Grown,
            (_, [true, false]) => Watched::KeptBy(Side::Ours),
            (_, [false, true]) => Watched::KeptBy(Side::Theirs),
            (inherited, _) => inherited,
        };
        let relevance = match here {
            Watched::Grown => DirectoryRelevance::ForAncestor,
            _ => DirectoryRelevance::None,
        };
        for (hints, _) in self.hints.iter_mut().zip(has).filter(|(_, has)| !has) {
            hints.directories.insert(directory.to_owned(), relevance);
        }
        here
    }

    /// Notes which side's removal of a file matters.
    fn add_file(&mut self, path: &RepoPath, item: &Item, directory: &str, here: Watched) {
        let is_grown = here == Watched::Grown;
        for side in Side::BOTH {
            let hints = &mut self.hints[side.index() - 1];
            if is_grown && is_only(item, side.other()) {
                let relevance = DirectoryRelevance::ForSelf;
                hints.directories.insert(directory.to_owned(), relevance);
            }
            if !item.has(BASE) || item.has(side.index()) {
                continue;
            }
            let relevance = match item.matching {
                Match::None => Some(SourceRelevance::Contents),
                _ => is_grown.then_some(SourceRelevance::Location),
            };
            if let Some(relevance) = relevance {
                hints.sources.insert(path.clone(), relevance);
            }
        }
    }
}

/// The directory that a path is in; empty for the root.
pub(super) fn directory_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(above, _)| above)
}

/// Whether the side alone has a file here.
fn is_only(item: &Item, side: Side) -> bool {
    item.has(side.index()) && !item.has(BASE) && !item.has(side.other().index())
}
