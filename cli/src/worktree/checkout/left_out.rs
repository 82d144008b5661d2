//! What a checkout leaves out of the work tree, and why.
//!
//! A tree may hold names that the file system here takes for one, that it cannot hold, or that
//! another program would obey, and files whose contents the server withholds. Everything else is
//! written; these paths are named and remembered, so that they do not count as deleted.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use muse_wire::path::{RepoPath, is_taken_for_git};
use muse_wire::snapshot::{Change, Tree};

use super::reason::LeftOutReason;
use crate::report::Reporter;
use crate::repository::{Repository, Withheld};
use crate::worktree::absolute_path::{MAX_ABSOLUTE_PATH_BYTES, absolute_bytes};
use crate::worktree::error::{Result, WorktreeError};
use crate::worktree::name_probe::NameProbe;
use crate::worktree::twins::twins;

/// How many paths a warning names.
const MAX_NAMED: usize = 10;

/// A file of a commit that the checkout left out, and that is not there since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOutFile {
    /// Where.
    pub path: RepoPath,
    /// Why, as far as that can be told afterwards.
    pub reason: LeftOutReason,
}

/// The files of `tree` among `paths`, which a checkout into the work tree of `repository` left out,
/// with the reasons. Ascending by path.
///
/// # Errors
/// If the list of what servers withheld cannot be read.
pub fn left_out_files(
    repository: &Repository,
    tree: &Tree,
    paths: impl IntoIterator<Item = RepoPath>,
) -> Result<Vec<LeftOutFile>> {
    let mut files: Vec<_> = paths
        .into_iter()
        .filter(|path| tree.get(path).is_some())
        .map(|path| LeftOutFile {
            path,
            reason: LeftOutReason::Unwritten,
        })
        .collect();
    if files.is_empty() {
        return Ok(files);
    }
    files.sort_unstable_by(|one, two| one.path.cmp(&two.path));
    // What was left out and has a twin was left out for that: the checkout has tried it out.
    let mut known = LeftOut::of(tree, repository.layout.root(), &EverythingFolds)?;
    known.add_withheld(tree, &repository.objects.withheld()?);
    let released = repository.objects.released()?;
    for file in &mut files {
        let entry = tree.get(&file.path);
        if let Some(reason) = known.reasons.remove(&file.path) {
            file.reason = reason;
        } else if entry.is_some_and(|entry| released.contains_key(&entry.object)) {
            file.reason = LeftOutReason::Released;
        }
    }
    Ok(files)
}

/// A file system that takes all twins for one.
struct EverythingFolds;

impl NameProbe for EverythingFolds {
    fn is_one(&self, _: &str, _: &str) -> io::Result<bool> {
        Ok(true)
    }
}

/// The paths of a tree that are left out.
#[derive(Debug, Default)]
pub(super) struct LeftOut {
    reasons: BTreeMap<RepoPath, LeftOutReason>,
}

impl LeftOut {
    /// What cannot, or must not, be written of `tree` below `root`, as far as that can be told
    /// beforehand. Of twins the first by path is written.
    pub(super) fn of(tree: &Tree, root: &Path, probe: &dyn NameProbe) -> Result<Self> {
        let mut names = forbidden_names(tree, root);
        for twins in twins(tree) {
            let mut written: Vec<String> = Vec::new();
            for name in twins.names {
                let mut twin = None;
                for other in &written {
                    let is_one = probe.is_one(other, &name);
                    if is_one.map_err(WorktreeError::writing(root))? {
                        twin = Some(other);
                        break;
                    }
                }
                let path = |name: &str| format!("{}{name}", twins.directory);
                match twin {
                    Some(twin) => {
                        let reason = LeftOutReason::TwinOf(path(twin));
                        names.entry(path(&name)).or_insert(reason);
                    }
                    None => written.push(name),
                }
            }
        }
        Ok(Self::below(tree, &names))
    }

    /// What is never written of `tree` below `root`, whatever names fold there.
    pub(super) fn never_written(tree: &Tree, root: &Path) -> Self {
        Self::below(tree, &forbidden_names(tree, root))
    }

    /// The files of `tree` at or below `names`.
    fn below(tree: &Tree, names: &BTreeMap<String, LeftOutReason>) -> Self {
        if names.is_empty() {
            return Self::default();
        }
        let reason = |path: &RepoPath| {
            let above = path.match_indices('/').map(|(at, _)| &path[..at]);
            above
                .chain([path.as_str()])
                .find_map(|name| names.get(name))
                .cloned()
        };
        let paths = tree.entries().into_iter().map(|(path, _)| path);
        let reasons = paths.filter_map(|path| reason(&path).map(|reason| (path, reason)));
        Self {
            reasons: reasons.collect(),
        }
    }

    /// Adds the files of `tree` whose contents are `withheld`.
    pub(super) fn add_withheld(&mut self, tree: &Tree, withheld: &Withheld) {
        if withheld.is_empty() {
            return;
        }
        for (path, entry) in tree.entries() {
            if let Some(reason) = withheld.get(&entry.object) {
                let reason = LeftOutReason::Withheld(reason.clone());
                self.reasons.entry(path).or_insert(reason);
            }
        }
    }

    /// Adds what the file system refused while it was written.
    pub(super) fn add_refused(&mut self, refused: impl IntoIterator<Item = (RepoPath, String)>) {
        let refused = refused.into_iter();
        self.reasons
            .extend(refused.map(|(path, error)| (path, LeftOutReason::Refused(error))));
    }

    /// The paths.
    pub(super) fn paths(&self) -> impl Iterator<Item = &RepoPath> {
        self.reasons.keys()
    }

    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        self.reasons.len() as u64
    }

    /// Names those that are not `known` to be left out, in one warning.
    pub(super) fn warn(&self, known: &BTreeSet<RepoPath>, reporter: &dyn Reporter) {
        let new = self
            .reasons
            .iter()
            .filter(|(path, _)| !known.contains(*path));
        let new: Vec<_> = new
            .map(|(path, reason)| format!("{path} ({reason})"))
            .collect();
        let more = match new.len().saturating_sub(MAX_NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let named = &new[..new.len().min(MAX_NAMED)];
        if !named.is_empty() {
            reporter.warn(format_args!(
                "left out of the work tree: {}{more}",
                named.join(", ")
            ));
        }
    }
}

/// `tree` without `paths`, of which it need not have all.
pub(super) fn without<'a>(tree: &Tree, paths: impl IntoIterator<Item = &'a RepoPath>) -> Tree {
    let paths: BTreeSet<_> = paths.into_iter().collect();
    let there = paths.into_iter().filter(|path| tree.get(path).is_some());
    let removals: Vec<_> = there
        .map(|path| Change {
            path: path.clone(),
            entry: None,
        })
        .collect();
    let rest = tree.apply(&removals);
    rest.expect("files that are there can be taken away")
}

/// Names that must not be written, or are too long.
fn forbidden_names(tree: &Tree, root: &Path) -> BTreeMap<String, LeftOutReason> {
    let mut names = BTreeMap::new();
    tree.for_each_directory(|directory, found| {
        for name in found {
            let bytes = absolute_bytes(root, directory) + name.len();
            let reason = if is_taken_for_git(name) {
                LeftOutReason::TakenForGit
            } else if bytes > MAX_ABSOLUTE_PATH_BYTES {
                LeftOutReason::TooLong(bytes)
            } else {
                continue;
            };
            names.insert(format!("{directory}{name}"), reason);
        }
    });
    names
}
