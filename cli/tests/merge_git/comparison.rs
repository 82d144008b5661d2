//! Compares what git and muse make of merges.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use muse::diff::find_renames;
use muse::git::GIT_COMMIT;
use muse::merge::{Labels, Merged, merge_commits};
use muse::repository::Repository;
use muse_wire::dag::Revwalk;
use muse_wire::id::{CommitId, ObjectId};
use muse_wire::path::RepoPath;
use muse_wire::snapshot::{Entry, EntryKind};

use super::git::{Git, Outcome, Pair, Version};

/// Merges in git and in the repository that was imported from it.
pub(crate) struct Comparison<'a> {
    git: &'a Git,
    repository: &'a Repository,
    commits: HashMap<String, CommitId>,
}

impl<'a> Comparison<'a> {
    pub(crate) fn new(git: &'a Git, repository: &'a Repository) -> Self {
        let objects = &repository.objects;
        let mut walk = Revwalk::new(objects);
        let refs = repository.refs.read().expect("readable");
        for (_, commit) in refs.iter() {
            walk.push(commit).expect("there");
        }
        let commits = walk.run().expect("whole").commits.into_iter();
        let commits = commits.map(|id| {
            let commit = objects.commit(&id).expect("there");
            (commit.metadata[GIT_COMMIT].clone(), id)
        });
        Self {
            git,
            repository,
            commits: commits.collect(),
        }
    }

    /// A description of each merge that differs.
    pub(crate) fn differences(&self, pairs: &[Pair]) -> Vec<String> {
        let outcomes = self.git.merge(pairs);
        let both = pairs.iter().zip(&outcomes);
        both.filter_map(|(pair, outcome)| self.difference(pair, outcome.as_ref()?))
            .collect()
    }

    /// A description of each pair of commits between which other files moved.
    pub(crate) fn rename_differences(&self, pairs: &[Pair]) -> Vec<String> {
        let objects = &self.repository.objects;
        let tree = |commit| {
            objects
                .commit_tree(Some(&self.commits[commit]))
                .expect("there")
        };
        let found = pairs.iter().filter_map(|pair| {
            let (before, after) = (tree(&pair.ours), tree(&pair.theirs));
            let (mut removed, mut added) = (Vec::new(), Vec::new());
            for change in before.diff(&after) {
                match (before.get(&change.path), change.entry) {
                    (Some(entry), None) => removed.push((change.path, entry)),
                    (None, Some(entry)) => added.push((change.path, entry)),
                    _ => {}
                }
            }
            let of_muse: BTreeSet<_> = find_renames(objects, &removed, &added)
                .expect("all contents are here")
                .into_iter()
                .map(|found| {
                    let path = |path: RepoPath| path.as_str().to_owned();
                    (path(found.from), path(found.to), found.similarity)
                })
                .collect();
            let of_git = self.git.renames(&pair.ours, &pair.theirs);
            let only_git: Vec<_> = of_git.difference(&of_muse).collect();
            let only_muse: Vec<_> = of_muse.difference(&of_git).collect();
            (of_git != of_muse).then(|| {
                let Pair { ours, theirs } = pair;
                format!("renames {ours} {theirs}: git {only_git:?}, muse {only_muse:?}")
            })
        });
        found.collect()
    }

    fn difference(&self, pair: &Pair, git: &Outcome) -> Option<String> {
        let labels = Labels {
            ours: &pair.ours,
            base: "base",
            theirs: &pair.theirs,
        };
        let (ours, theirs) = (self.commits[&pair.ours], self.commits[&pair.theirs]);
        let muse = match merge_commits(self.repository, ours, theirs, labels) {
            Ok(merged) => merged,
            Err(error) => return Some(format!("{} {}: {error:?}", pair.ours, pair.theirs)),
        };
        let mut found = Vec::new();
        let changes = self.git.diff(&pair.ours, &git.tree);
        if changes
            .values()
            .flatten()
            .any(|(_, blob)| blob.bytes().all(|byte| byte == b'0'))
        {
            // Git has written a tree that names no blob.
            return None;
        }
        self.compare_trees(ours, &changes, &muse, &mut found);
        self.compare_conflicts(git, &muse, &mut found);
        (!found.is_empty())
            .then(|| format!("{} {}\n  {}", pair.ours, pair.theirs, found.join("\n  ")))
    }

    fn compare_trees(
        &self,
        ours: CommitId,
        changes: &BTreeMap<String, Option<Version>>,
        muse: &Merged,
        found: &mut Vec<String>,
    ) {
        let ours = self
            .repository
            .objects
            .commit_tree(Some(&ours))
            .expect("there");
        let muse_changes = ours.diff(&muse.tree).into_iter();
        let muse_changes: BTreeMap<String, Option<Entry>> = muse_changes
            .map(|change| (change.path.as_str().to_owned(), change.entry))
            .collect();
        let paths: BTreeSet<&String> = changes.keys().chain(muse_changes.keys()).collect();
        for path in paths {
            let unchanged = ours.get(path);
            let of_git = match changes.get(path) {
                Some(Some((mode, _))) if mode == "160000" => continue,
                Some(version) => self.version(version.as_ref()),
                None => unchanged.map(|entry| (entry, None)),
            };
            let of_muse = muse_changes.get(path).copied().unwrap_or(unchanged);
            if !self.is_same(of_git, of_muse, muse) {
                found.push(format!("tree, {path}: {}", describe(&of_git, of_muse)));
            }
        }
    }

    fn compare_conflicts(&self, git: &Outcome, muse: &Merged, found: &mut Vec<String>) {
        let conflicts: BTreeMap<&str, _> = muse
            .conflicts
            .iter()
            .map(|conflict| (conflict.path.as_str(), conflict))
            .collect();
        let in_git = git.conflicts.keys().map(String::as_str);
        let paths: BTreeSet<&str> = in_git.chain(conflicts.keys().copied()).collect();
        for path in paths {
            let none = [None, None, None];
            let of_git = git.conflicts.get(path).unwrap_or(&none);
            if of_git.iter().flatten().any(|(mode, _)| mode == "160000") {
                continue;
            }
            let conflict = conflicts.get(path);
            let of_muse = conflict.map_or([None; 3], |conflict| {
                [conflict.base, conflict.ours, conflict.theirs]
            });
            for (number, (of_git, of_muse)) in of_git.iter().zip(of_muse).enumerate() {
                let of_git = self.version(of_git.as_ref());
                if !self.is_same(of_git, of_muse, muse) {
                    let kind = conflict.map(|conflict| conflict.kind);
                    let both = describe(&of_git, of_muse);
                    found.push(format!("conflict, {path}, {number}, {kind:?}: {both}"));
                }
            }
        }
    }

    /// The entry that a version of git is, and the blob.
    fn version<'v>(&self, version: Option<&'v Version>) -> Option<(Entry, Option<&'v str>)> {
        let (mode, blob) = version?;
        let kind = match mode.as_str() {
            "100755" => EntryKind::Executable,
            "120000" => EntryKind::Symlink,
            _ => EntryKind::File,
        };
        let object = ObjectId::of(&self.git.blob(blob));
        Some((Entry { kind, object }, Some(blob)))
    }

    fn is_same(
        &self,
        of_git: Option<(Entry, Option<&str>)>,
        of_muse: Option<Entry>,
        muse: &Merged,
    ) -> bool {
        match (of_git, of_muse) {
            (Some((git, _)), Some(muse)) if git == muse => true,
            (Some((git, Some(blob))), Some(entry)) if git.kind == entry.kind => {
                let made = muse.new_objects.get(&entry.object);
                made.is_some_and(|made| {
                    without_labels(made) == without_labels(&self.git.blob(blob))
                })
            }
            (None, None) => true,
            _ => false,
        }
    }
}

/// The lines, without what git and muse call the base of conflicts, which is a commit's id.
fn without_labels(text: &[u8]) -> Vec<&[u8]> {
    let lines = text.split(|&byte| byte == b'\n');
    lines
        .map(|line| match line.starts_with(b"|||||||") {
            true => {
                let signs = line.iter().take_while(|&&byte| byte == b'|').count();
                &line[..signs]
            }
            false => line,
        })
        .collect()
}

fn describe(of_git: &Option<(Entry, Option<&str>)>, of_muse: Option<Entry>) -> String {
    let git = of_git.map(|(entry, blob)| format!("{:?} {}", entry.kind, blob.unwrap_or("as ours")));
    let muse = of_muse.map(|entry| format!("{:?} {}", entry.kind, entry.object.short()));
    format!("git {git:?}, muse {muse:?}")
}
