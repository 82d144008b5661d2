//! What a checkout leaves out of the work tree, and why.
//!
//! A tree may hold names that the file system here takes for one, that it cannot hold, or that
//! another program would obey, and files whose contents the server withholds. Everything else is
//! written; these paths are named and remembered, so that they do not count as deleted.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use muse_wire::path::{RepoPath, is_taken_for_git};
use muse_wire::quote::quote;
use muse_wire::snapshot::{Change, Tree};

use crate::report::Reporter;
use crate::repository::Withheld;
use crate::worktree::error::{Result, WorktreeError};
use crate::worktree::name_probe::NameProbe;
use crate::worktree::twins::twins;

/// Most bytes of an absolute path: what Linux takes, without the NUL behind it.
const MAX_ABSOLUTE_PATH_BYTES: usize = 4095;

/// How many paths a warning names.
const MAX_NAMED: usize = 10;

/// Why a path is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reason {
    /// A file system could take part of it for `.git`, and programs obey what is in there.
    TakenForGit,
    /// Here it is the same name as this one.
    TwinOf(String),
    /// With the path of the work tree before it, it is too long.
    TooLong,
    /// The file system refuses it.
    Refused(String),
    /// The server does not give its contents, for this reason.
    Withheld(String),
}

/// The paths of a tree that are left out.
#[derive(Debug, Default)]
pub(super) struct LeftOut {
    reasons: BTreeMap<RepoPath, Reason>,
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
                        let reason = Reason::TwinOf(path(twin));
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
    fn below(tree: &Tree, names: &BTreeMap<String, Reason>) -> Self {
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
                let reason = Reason::Withheld(reason.clone());
                self.reasons.entry(path).or_insert(reason);
            }
        }
    }

    /// Adds what the file system refused while it was written.
    pub(super) fn add_refused(&mut self, refused: impl IntoIterator<Item = (RepoPath, String)>) {
        let refused = refused.into_iter();
        self.reasons
            .extend(refused.map(|(path, error)| (path, Reason::Refused(error))));
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
            .map(|(path, reason)| format!("{path} ({})", describe(reason)))
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
fn forbidden_names(tree: &Tree, root: &Path) -> BTreeMap<String, Reason> {
    let above_bytes = root.as_os_str().len() + "/".len();
    let mut names = BTreeMap::new();
    tree.for_each_directory(|directory, found| {
        for name in found {
            let bytes = above_bytes + directory.len() + name.len();
            let reason = if is_taken_for_git(name) {
                Reason::TakenForGit
            } else if bytes > MAX_ABSOLUTE_PATH_BYTES {
                Reason::TooLong
            } else {
                continue;
            };
            names.insert(format!("{directory}{name}"), reason);
        }
    });
    names
}

fn describe(reason: &Reason) -> String {
    match reason {
        Reason::TakenForGit => "other programs could take it for `.git` and obey it".to_owned(),
        Reason::TwinOf(other) => format!("the same name as {} here", quote(other)),
        Reason::TooLong => "too long below this directory".to_owned(),
        Reason::Refused(error) => format!("the file system refuses it: {error}"),
        Reason::Withheld(reason) => format!("withheld by the server: {reason}"),
    }
}
