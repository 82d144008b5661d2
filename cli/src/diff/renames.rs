//! Which files that are gone live on in which new ones.
//!
//! The pairs are those that git finds, for its rules are what people expect by now: first files
//! whose contents are the same, then those of the same base name that are alike, then whatever is
//! most alike. Two files are as similar as the share of the longer one's bytes that both have
//! ([`similarity`]).
//!
//! A merge asks with [`MergeHints`]: it needs no more pairs than those that matter for it, and
//! learns where directories went.

mod content_source;
mod directories;
mod exact;
mod hints;
mod inexact;
mod same_name;
mod similarity;

use std::collections::BTreeSet;

use muse_wire::id::ObjectId;
use muse_wire::path::RepoPath;
use muse_wire::snapshot::Entry;

use self::directories::DirectoryMoves;
use self::similarity::{FULL_SCORE, Similarity};
use crate::repository::{ObjectStore, RepositoryError};

pub(crate) use self::content_source::ContentSource;
pub(crate) use self::directories::DirectoryCounts;
pub(crate) use self::hints::{DirectoryRelevance, MergeHints, SourceRelevance};
pub(super) use self::similarity::MAX_COMPARED_BYTES;

/// Sources times destinations beyond which files are not compared with each other any more, as the
/// side of a square: what git takes for a diff (`diff.renameLimit`).
const DIFF_LIMIT: usize = 1000;

/// As [`DIFF_LIMIT`], for a merge (`merge.renameLimit`).
const MERGE_LIMIT: usize = 7000;

/// A file that has moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rename {
    /// Where it was.
    pub from: RepoPath,
    /// What was there.
    pub before: Entry,
    /// Where it is now.
    pub to: RepoPath,
    /// What is there now.
    pub after: Entry,
    /// How much of the larger version both have, in percent.
    pub similarity: u8,
}

/// What a merge learns of one side.
#[derive(Debug, Default)]
pub(crate) struct SideRenames {
    /// The pairs.
    pub(crate) renames: Vec<Rename>,
    /// How many files of each directory went to which others.
    pub(crate) directories: DirectoryCounts,
}

/// Pairs files that are gone with files that are new, each with one at most: the same contents
/// first, then the same base name, then the most similar ones (at least half).
///
/// Both lists are ascending by path; so is the result, by the new one.
///
/// # Errors
/// If contents cannot be read.
pub fn find_renames(
    objects: &ObjectStore,
    removed: &[(RepoPath, Entry)],
    added: &[(RepoPath, Entry)],
) -> Result<Vec<Rename>, RepositoryError> {
    find_renames_in(objects, removed, added)
}

/// As [`find_renames`], with contents from elsewhere.
pub(super) fn find_renames_in(
    objects: &dyn ContentSource,
    removed: &[(RepoPath, Entry)],
    added: &[(RepoPath, Entry)],
) -> Result<Vec<Rename>, RepositoryError> {
    let mut search = Search::new(objects, removed, added);
    search.find(None, DIFF_LIMIT)?;
    Ok(search.into_renames())
}

/// As [`find_renames`], for one side of a merge. Empty files never pair.
///
/// # Errors
/// If contents cannot be read.
pub(crate) fn find_side_renames(
    objects: &dyn ContentSource,
    removed: &[(RepoPath, Entry)],
    added: &[(RepoPath, Entry)],
    hints: MergeHints,
) -> Result<SideRenames, RepositoryError> {
    let empty = ObjectId::of(b"");
    let not_empty = |files: &[(RepoPath, Entry)]| -> Vec<(RepoPath, Entry)> {
        let files = files.iter().filter(|(_, entry)| entry.object != empty);
        files.cloned().collect()
    };
    let (removed, added) = (not_empty(removed), not_empty(added));
    let mut search = Search::new(objects, &removed, &added);
    let directories = search.find(Some(hints), MERGE_LIMIT)?;
    Ok(SideRenames {
        renames: search.into_renames(),
        directories,
    })
}

/// A search for pairs. Files are named by their number in the lists.
struct Search<'a> {
    removed: &'a [(RepoPath, Entry)],
    added: &'a [(RepoPath, Entry)],
    /// The removed files that are in no pair and may come into one.
    sources: BTreeSet<usize>,
    /// For each new file, the one that it was, and the score.
    origins: Vec<Option<(usize, u32)>>,
    similarity: Similarity<'a>,
}

impl<'a> Search<'a> {
    fn new(
        objects: &'a dyn ContentSource,
        removed: &'a [(RepoPath, Entry)],
        added: &'a [(RepoPath, Entry)],
    ) -> Self {
        Self {
            removed,
            added,
            sources: (0..removed.len()).collect(),
            origins: vec![None; added.len()],
            similarity: Similarity::new(objects),
        }
    }

    fn find(
        &mut self,
        hints: Option<MergeHints>,
        limit: usize,
    ) -> Result<DirectoryCounts, RepositoryError> {
        if self.removed.is_empty() || self.added.is_empty() {
            return Ok(DirectoryCounts::default());
        }
        self.pair_exact();
        let (sources, directories) = match hints {
            Some(hints) => (Some(hints.sources), Some(hints.directories)),
            None => (None, None),
        };
        let mut moves = DirectoryMoves::new(directories);
        for (to, origin) in self.origins.iter().enumerate() {
            if let Some((from, _)) = origin {
                moves.count(&self.removed[*from].0, &self.added[to].0);
            }
        }
        self.pair_same_names(sources.as_ref(), &mut moves)?;
        if let Some(relevant) = &sources {
            let removed = self.removed;
            self.sources
                .retain(|&source| relevant.contains_key(&removed[source].0));
            moves.drop_sources_of_known(&mut self.sources, removed, relevant);
        }
        self.pair_most_similar(limit, &mut moves)?;
        Ok(moves.into_counts())
    }

    /// The new files that are in no pair.
    fn destinations(&self) -> impl Iterator<Item = usize> {
        let origins = self.origins.iter().enumerate();
        origins.filter_map(|(index, origin)| origin.is_none().then_some(index))
    }

    fn pair(&mut self, from: usize, to: usize, score: u32) {
        self.sources.remove(&from);
        self.origins[to] = Some((from, score));
    }

    fn into_renames(self) -> Vec<Rename> {
        let pairs = self.added.iter().zip(&self.origins);
        pairs
            .filter_map(|((to, after), origin)| {
                let (from, score) = (*origin)?;
                let (from, before) = &self.removed[from];
                Some(Rename {
                    from: from.clone(),
                    before: *before,
                    to: to.clone(),
                    after: *after,
                    similarity: u8::try_from(score * 100 / FULL_SCORE).unwrap_or(100),
                })
            })
            .collect()
    }
}

/// What stands behind the last `/`.
fn base_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use muse_wire::snapshot::EntryKind;

    use super::*;
    use crate::testing::Sandbox;

    fn lines(range: std::ops::Range<u32>) -> String {
        range.map(|line| format!("line number {line}\n")).collect()
    }

    /// The pairs between files that are removed and others that are added, as `from → to percent`.
    fn renames(removed: &[(&str, &str)], added: &[(&str, &str)]) -> Vec<String> {
        let sandbox = Sandbox::new();
        sandbox.add_commit(&[], removed);
        sandbox.add_commit(&[], added);
        let listed = |files: &[(&str, &str)]| -> Vec<(RepoPath, Entry)> {
            let files = files.iter().map(|(path, text)| {
                let entry = Entry {
                    kind: EntryKind::File,
                    object: ObjectId::of(text.as_bytes()),
                };
                (RepoPath::new(*path).expect("allowed"), entry)
            });
            files.collect()
        };
        let objects = &sandbox.repository.objects;
        find_renames(objects, &listed(removed), &listed(added))
            .expect("all objects are here")
            .into_iter()
            .map(|found| format!("{} → {} {}", found.from, found.to, found.similarity))
            .collect()
    }

    #[test]
    fn the_same_contents_pair_by_name_first() {
        let found = renames(
            &[("a/x", "same"), ("b/y", "same"), ("c/z", "same")],
            &[("d/q", "same"), ("d/y", "same")],
        );
        assert_eq!(found, ["a/x → d/q 100", "b/y → d/y 100"]);
    }

    #[test]
    fn the_same_name_wins_over_a_more_similar_file() {
        let (whole, most) = (lines(0..100), lines(0..95));
        let (near, edited) = (lines(0..99), lines(0..85));
        let found = renames(
            &[("old/a.rs", &whole), ("old/b.rs", &near)],
            &[("new/a.rs", &edited), ("new/c.rs", &most)],
        );
        assert_eq!(found, ["old/a.rs → new/a.rs 84", "old/b.rs → new/c.rs 95"]);
    }

    #[test]
    fn the_most_similar_files_pair_down_to_a_half() {
        let (whole, close, half) = (lines(0..100), lines(0..90), lines(0..52));
        let found = renames(&[("one", &whole)], &[("close", &close), ("half", &half)]);
        assert_eq!(found, ["one → close 89"]);
        assert_eq!(
            renames(&[("one", &whole)], &[("half", &half)]),
            ["one → half 51"]
        );
        let less = lines(0..48);
        assert_eq!(renames(&[("one", &whole)], &[("less", &less)]), [""; 0]);
    }

    /// Contents that nobody may look at.
    struct Sealed;

    impl ContentSource for Sealed {
        fn length(&self, _: &ObjectId) -> Result<Option<u64>, RepositoryError> {
            Ok(Some(100))
        }

        fn read(&self, id: &ObjectId) -> Result<Vec<u8>, RepositoryError> {
            panic!("{id} is read")
        }
    }

    #[test]
    fn of_too_many_files_only_the_same_ones_pair() {
        let files = |label: &str| -> Vec<(RepoPath, Entry)> {
            let numbers = 0..=DIFF_LIMIT;
            let files = numbers.map(|number| {
                let name = format!("{label}-{number:04}");
                let contents = match number {
                    0 => "same",
                    _ => &name,
                };
                let entry = Entry {
                    kind: EntryKind::File,
                    object: ObjectId::of(contents.as_bytes()),
                };
                (RepoPath::new(name.as_str()).expect("allowed"), entry)
            });
            files.collect()
        };
        let (mut removed, added) = (files("old"), files("new"));
        removed.push((RepoPath::new("one-more").expect("allowed"), removed[1].1));
        let found = find_renames_in(&Sealed, &removed, &added).expect("nothing is read");
        let found: Vec<_> = found
            .iter()
            .map(|found| (found.from.as_str(), found.to.as_str()))
            .collect();
        assert_eq!(found, [("old-0000", "new-0000")]);
    }

    #[test]
    fn a_link_pairs_with_the_same_link_alone() {
        let sandbox = Sandbox::new();
        sandbox.add_commit(&[], &[("x", "target/of/the/link")]);
        let entry = |kind| Entry {
            kind,
            object: ObjectId::of(b"target/of/the/link"),
        };
        let path = |path| RepoPath::new(path).expect("allowed");
        let found = |before, after| {
            let removed = [(path("a"), entry(before))];
            let added = [(path("b"), entry(after))];
            let found = find_renames(&sandbox.repository.objects, &removed, &added);
            found.expect("readable").len()
        };
        assert_eq!(found(EntryKind::Symlink, EntryKind::Symlink), 1);
        assert_eq!(found(EntryKind::Symlink, EntryKind::File), 0);
        assert_eq!(found(EntryKind::File, EntryKind::Executable), 1);
    }
}
