//! Where the files of a directory went, which tells where the directory went.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use muse_wire::path::RepoPath;
use muse_wire::snapshot::Entry;

use super::hints::{DirectoryRelevance, SourceRelevance};

/// For each directory how many of its files went to which others. The root is the empty path.
pub(crate) type DirectoryCounts = BTreeMap<String, BTreeMap<String, usize>>;

/// Counts where files of removed directories went, where that is known to matter.
pub(super) struct DirectoryMoves {
    removed: Option<BTreeMap<String, DirectoryRelevance>>,
    counts: DirectoryCounts,
}

impl DirectoryMoves {
    /// With the directories that one side removed; without them nothing is counted.
    pub(super) const fn new(removed: Option<BTreeMap<String, DirectoryRelevance>>) -> Self {
        Self {
            removed,
            counts: DirectoryCounts::new(),
        }
    }

    fn relevance(&self, directory: &str) -> Option<DirectoryRelevance> {
        self.removed.as_ref()?.get(directory).copied()
    }

    /// Counts a pair: for the directory of the file, and for those above it as long as both paths
    /// end alike.
    pub(super) fn count(&mut self, from: &str, to: &str) {
        let (mut from, mut to) = (from, to);
        let mut is_first = true;
        loop {
            let (above_from, name_from) = split_last(from);
            let (above_to, name_to) = split_last(to);
            let Some(relevance) = self.relevance(above_from) else {
                return;
            };
            if !is_first && name_from != name_to {
                return;
            }
            if is_first || relevance == DirectoryRelevance::ForSelf {
                let counts = self.counts.entry(above_from.to_owned()).or_default();
                *counts.entry(above_to.to_owned()).or_default() += 1;
            }
            let is_root = above_from.is_empty() || above_to.is_empty();
            if relevance == DirectoryRelevance::None || is_root {
                return;
            }
            is_first = false;
            (from, to) = (above_from, above_to);
        }
    }

    /// Where most files of each directory went so far.
    pub(super) fn guesses(&self) -> HashMap<String, String> {
        let most = |counts: &BTreeMap<String, usize>| {
            let best = counts.iter().rev().max_by_key(|(_, count)| **count);
            best.map(|(to, _)| to.clone())
        };
        let guesses = self.counts.iter();
        guesses
            .filter_map(|(from, counts)| Some((from.clone(), most(counts)?)))
            .collect()
    }

    /// Takes out the sources that matter only for where a directory went, where that is certain by
    /// now: more of its files went there than to the next one and are still unknown together.
    pub(super) fn drop_sources_of_known(
        &mut self,
        sources: &mut BTreeSet<usize>,
        removed: &[(RepoPath, Entry)],
        relevant: &BTreeMap<RepoPath, SourceRelevance>,
    ) {
        let mut unknown: HashMap<&str, usize> = HashMap::new();
        for &source in &*sources {
            for directory in self.relevant_above(&removed[source].0) {
                *unknown.entry(directory).or_default() += 1;
            }
        }
        let known: Vec<String> = self
            .counts
            .iter()
            .filter(|(directory, counts)| {
                let mut counts: Vec<usize> = counts.values().copied().collect();
                counts.sort_unstable_by(|one, other| other.cmp(one));
                let second = counts.get(1).copied().unwrap_or(0);
                let unknown = unknown.get(directory.as_str()).copied().unwrap_or(0);
                counts.first().copied().unwrap_or(0) > second + unknown
            })
            .map(|(directory, _)| directory.clone())
            .collect();
        for directory in known {
            if let Some(relevance) = self
                .removed
                .as_mut()
                .and_then(|removed| removed.get_mut(&directory))
                && *relevance == DirectoryRelevance::ForSelf
            {
                *relevance = DirectoryRelevance::ForAncestor;
            }
        }
        sources.retain(|&source| {
            let path = &removed[source].0;
            relevant.get(path) != Some(&SourceRelevance::Location)
                || self
                    .relevant_above(path)
                    .any(|above| self.relevance(above) == Some(DirectoryRelevance::ForSelf))
        });
    }

    /// The directories above a path, innermost first, as long as they matter.
    fn relevant_above<'a>(&self, path: &'a str) -> impl Iterator<Item = &'a str> {
        let above = std::iter::successors(Some(split_last(path).0), |directory| {
            (!directory.is_empty()).then(|| split_last(directory).0)
        });
        above.take_while(|directory| {
            let relevance = self.relevance(directory);
            !directory.is_empty()
                && relevance.is_some_and(|relevance| relevance != DirectoryRelevance::None)
        })
    }

    /// What was counted of the directories whose new place matters.
    pub(super) fn into_counts(self) -> DirectoryCounts {
        let Self { removed, counts } = self;
        let matters = |directory: &str| {
            let relevance = removed.as_ref().and_then(|removed| removed.get(directory));
            relevance.is_some_and(|relevance| *relevance != DirectoryRelevance::None)
        };
        let counts = counts.into_iter();
        counts.filter(|(directory, _)| matters(directory)).collect()
    }
}

/// The directory that a path is in, and its name there.
fn split_last(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}
