//! Which commits change some paths, and which parents lead to the others that do.
//!
//! As in git: where a parent has the same as the commit, the commit changes nothing, and what is
//! there now came from that parent, so the other parents do not matter. A commit that differs from
//! all of its parents is shown.

use std::collections::HashMap;

use muse_wire::dag::{CommitNode, Step};
use muse_wire::id::{CommitId, SnapshotId};
use muse_wire::path::RepoPath;
use smallvec::SmallVec;

use super::file_past::{FilePast, NamedFile};
use crate::repository::{ObjectStore, PastTrees, Repository, Result};

/// What is known of a commit where a log is about paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// The commit does not change them.
    None,
    /// It changes what is at or below one of them.
    Paths,
    /// It changes the one file that is followed.
    File(FileChange),
}

/// What a commit does to a file that is followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// The path in the first parent; the same as in the commit unless the file was renamed.
    pub path_before: RepoPath,
    /// The path in the commit.
    pub path: RepoPath,
}

/// Looks at commits for a log that is about paths.
pub(super) enum PathFilter<'a> {
    /// Files and directories.
    Paths {
        objects: &'a ObjectStore,
        trees: PastTrees<'a>,
    },
    /// One file, which is followed through renames.
    File(Box<Followed<'a>>),
}

/// A file that is followed.
pub(super) struct Followed<'a> {
    objects: &'a ObjectStore,
    path: RepoPath,
    /// The names in commits that were reached and not looked at.
    names: HashMap<CommitId, RepoPath>,
    past: FilePast<'a>,
}

impl<'a> PathFilter<'a> {
    /// For these paths. A single one that is a file in one of `tips` is followed.
    pub(super) fn new(
        repository: &'a Repository,
        tips: &[CommitId],
        paths: &[String],
    ) -> Result<Self> {
        let objects = &repository.objects;
        if let [path] = paths
            && let Ok(path) = RepoPath::new(path.as_str())
        {
            let mut past = FilePast::new(objects);
            for tip in tips {
                let snapshot = objects.commit(tip)?.snapshot;
                if past.entry(&snapshot, &path)?.is_some() {
                    let names = HashMap::new();
                    return Ok(Self::File(Box::new(Followed {
                        objects,
                        path,
                        names,
                        past,
                    })));
                }
            }
        }
        let trees = objects.past_trees(paths.to_vec());
        Ok(Self::Paths { objects, trees })
    }

    /// Looks at a commit and at those of its parents that are of interest, the first ones.
    pub(super) fn look(
        &mut self,
        id: &CommitId,
        node: &CommitNode,
        parent_count: usize,
    ) -> Result<Step<Change>> {
        let parents = &node.parents[..node.parents.len().min(parent_count)];
        match self {
            Self::Paths { objects, trees } => {
                let tree = trees.tree(&objects.commit(id)?.snapshot)?.id();
                let mut same = None;
                for parent in parents {
                    if trees.tree(&objects.commit(parent)?.snapshot)?.id() == tree {
                        same = Some(*parent);
                        break;
                    }
                }
                let is_empty_root = parents.is_empty() && tree == empty_tree();
                let value = match same.is_some() || is_empty_root {
                    true => Change::None,
                    false => Change::Paths,
                };
                Ok(step(same, parents, value))
            }
            Self::File(followed) => followed.look(id, parents),
        }
    }
}

fn empty_tree() -> SnapshotId {
    muse_wire::snapshot::Tree::empty().id()
}

/// On to the parent that has the same, or else to all of them.
fn step(same: Option<CommitId>, parents: &[CommitId], value: Change) -> Step<Change> {
    let parents = match same {
        Some(same) => SmallVec::from_iter([same]),
        None => SmallVec::from_slice(parents),
    };
    Step { parents, value }
}

impl Followed<'_> {
    fn look(&mut self, id: &CommitId, parents: &[CommitId]) -> Result<Step<Change>> {
        let path = self.names.remove(id).unwrap_or_else(|| self.path.clone());
        let snapshot = self.objects.commit(id)?.snapshot;
        let entry = self.past.entry(&snapshot, &path)?;
        let befores = parents
            .iter()
            .map(|parent| Ok(self.objects.commit(parent)?.snapshot))
            .collect::<Result<SmallVec<[SnapshotId; 2]>>>()?;
        // Before a renamed file is looked for in all of a tree.
        for (&parent, before) in parents.iter().zip(&befores) {
            if self.past.entry(before, &path)? == entry {
                self.name(parent, &path);
                return Ok(step(Some(parent), parents, Change::None));
            }
        }
        let mut names: SmallVec<[RepoPath; 2]> = SmallVec::new();
        for before in &befores {
            let before = match entry {
                Some(entry) => {
                    let path = path.clone();
                    let file = NamedFile { path, entry };
                    self.past.before(before, &snapshot, &file)?
                }
                None => None,
            };
            names.push(before.map_or_else(|| path.clone(), |before| before.path));
        }
        for (&parent, name) in parents.iter().zip(&names) {
            self.name(parent, name);
        }
        let value = match parents.is_empty() && entry.is_none() {
            true => Change::None,
            false => Change::File(FileChange {
                path_before: names.first().unwrap_or(&path).clone(),
                path,
            }),
        };
        Ok(step(None, parents, value))
    }

    /// Notes the name of the file in a commit. Where it has several, the first one counts.
    fn name(&mut self, commit: CommitId, path: &RepoPath) {
        self.names.entry(commit).or_insert_with(|| path.clone());
    }
}
