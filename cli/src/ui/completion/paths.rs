//! Files: what differs from the last commit, what it has, and what another commit has.

use std::collections::BTreeSet;

use clap_complete::engine::CompletionCandidate;
use muse_wire::snapshot::Tree;

use super::candidate::candidate;
use super::place::Place;
use crate::ui::standpoint::Standpoint;
use crate::worktree::{ChangedFile, scan};

/// Most files that are offered at a time. Of more, only the next directories on the way are.
const MOST_FILES: usize = 100;

/// A file of which nothing else is to be said.
const FILE: &str = "file";
/// How a file of the work tree differs from the last commit.
const NEW: &str = "new";
const CHANGED: &str = "changed";
const DELETED: &str = "deleted";
const IN_CONFLICT: &str = "in conflict";

/// The files that differ from the last commit.
pub(super) fn changed(place: &Place, current: &str) -> Vec<CompletionCandidate> {
    let files = differing(place);
    offer(place, current, files.unwrap_or_default())
}

/// The files that the last commit does not have.
pub(super) fn new(place: &Place, current: &str) -> Vec<CompletionCandidate> {
    let mut files = differing(place).unwrap_or_default();
    files.retain(|(_, kind)| *kind == NEW);
    offer(place, current, files)
}

/// The files that are in conflict.
pub(super) fn in_conflict(place: &Place, current: &str) -> Vec<CompletionCandidate> {
    offer(place, current, conflicts(place))
}

/// The files of the last commit, directory by directory.
pub(super) fn committed(place: &Place, current: &str) -> Vec<CompletionCandidate> {
    let tree = place.repository().and_then(|repository| {
        let head = repository.refs.head_commit().ok()??;
        repository.objects.commit_tree(Some(&head)).ok()
    });
    let (Some(tree), Some(from)) = (tree, From::here(place, current)) else {
        return Vec::new();
    };
    let paths = paths_of(&tree).into_iter();
    let names = paths.filter_map(|path| Some((from.name(&path)?, FILE)));
    steps(names, current)
}

/// What `muse restore` restores: with an option for conflicts the files that are in conflict, with
/// another commit whatever the last one has, and else the files that differ from the last one.
pub(super) fn restorable(place: &Place, current: &str) -> Vec<CompletionCandidate> {
    if place.has_option(&["--ours", "--theirs", "--merge", "-m"]) {
        in_conflict(place, current)
    } else if place.has_option(&["--source", "-s"]) {
        committed(place, current)
    } else {
        let mut files = differing(place).unwrap_or_default();
        files.retain(|(_, kind)| *kind != NEW);
        offer(place, current, files)
    }
}

/// `REV:PATH`, directory by directory.
pub(super) fn in_revision(place: &Place, revision: &str, path: &str) -> Vec<CompletionCandidate> {
    let tree = place.repository().and_then(|repository| {
        let commit = match revision {
            "" => repository.refs.head_commit().ok()??,
            revision => repository.resolve(revision).ok()?,
        };
        repository.objects.commit_tree(Some(&commit)).ok()
    });
    let (Some(tree), Some(from)) = (tree, From::here(place, path)) else {
        return Vec::new();
    };
    let is_from_here = path.starts_with("./") || path.starts_with("../");
    let paths = paths_of(&tree).into_iter();
    let names = paths.filter_map(|one| {
        let name = match is_from_here {
            true => from.name(&one)?,
            false => one,
        };
        name.starts_with(path).then_some((name, FILE))
    });
    let steps = steps(names, path).into_iter();
    let before = format!("{revision}:");
    steps.map(|step| step.add_prefix(&before)).collect()
}

/// The files that differ from the last commit, or may: none is read to be sure of it.
fn differing(place: &Place) -> Option<Vec<(String, &'static str)>> {
    let repository = place.repository()?;
    if repository.layout.unfinished_clone().is_some() {
        return None;
    }
    let head = repository.refs.head_commit().ok()?;
    let tree = repository.objects.commit_tree(head.as_ref()).ok()?;
    let scan = scan(&repository, &tree).ok()?;
    let mut files = conflicts(place);
    let conflicts: BTreeSet<String> = files.iter().map(|(path, _)| path.clone()).collect();
    let others = scan.changed.iter();
    let others = others.filter(|file| !conflicts.contains(file.path.as_str()));
    files.extend(others.map(|file| (file.path.to_string(), kind_of(file))));
    Some(files)
}

const fn kind_of(file: &ChangedFile) -> &'static str {
    match (&file.before, &file.stat) {
        (None, _) => NEW,
        (Some(_), None) => DELETED,
        (Some(_), Some(_)) => CHANGED,
    }
}

fn conflicts(place: &Place) -> Vec<(String, &'static str)> {
    let Some(refs) = place.refs() else {
        return Vec::new();
    };
    let conflicts = refs.unfinished().into_iter().flat_map(|one| &one.conflicts);
    let open = conflicts.filter(|conflict| !conflict.is_settled);
    open.map(|conflict| (conflict.path.to_string(), IN_CONFLICT))
        .collect()
}

fn paths_of(tree: &Tree) -> Vec<String> {
    let entries = tree.entries().into_iter();
    entries.map(|(path, _)| path.to_string()).collect()
}

/// Those of the files that start with what is typed, and in which way they differ.
fn offer(
    place: &Place,
    current: &str,
    files: Vec<(String, &'static str)>,
) -> Vec<CompletionCandidate> {
    let Some(from) = From::here(place, current) else {
        return Vec::new();
    };
    let named = files
        .into_iter()
        .filter_map(|(path, kind)| Some((from.name(&path)?, kind)));
    let named: Vec<(String, &'static str)> = named.collect();
    if named.len() > MOST_FILES {
        return steps(named.into_iter(), current);
    }
    let named = named.into_iter();
    named
        .map(|(name, kind)| candidate(name, "file", kind))
        .collect()
}

/// Where the command works, and what is typed of a path that starts there.
struct From<'a> {
    standpoint: Standpoint,
    /// `./`, if it is typed.
    here: &'a str,
    /// What is typed after it.
    typed: &'a str,
}

impl<'a> From<'a> {
    fn here(place: &Place, current: &'a str) -> Option<Self> {
        let standpoint = Standpoint::of(place.context(), &*place.repository()?);
        let length = current.len() - current.trim_start_matches("./").len();
        let (here, typed) = current.split_at(length);
        Some(Self {
            standpoint,
            here,
            typed,
        })
    }

    /// The path as it is called from here, if it starts with what is typed.
    fn name(&self, path: &str) -> Option<String> {
        let name = String::from_utf8(self.standpoint.name(path.as_bytes())).ok()?;
        let here = self.here;
        name.starts_with(self.typed)
            .then(|| format!("{here}{name}"))
    }
}

/// The next step on the way from what is typed to each of the files: the file, or a directory.
fn steps(
    files: impl Iterator<Item = (String, &'static str)>,
    current: &str,
) -> Vec<CompletionCandidate> {
    let mut seen = BTreeSet::new();
    let mut steps = Vec::new();
    for (name, kind) in files {
        let (step, kind) = match name[current.len()..].find('/') {
            Some(slash) => (name[..=current.len() + slash].to_owned(), "directory"),
            None => (name, kind),
        };
        if seen.insert(step.clone()) {
            steps.push(candidate(step, "file", kind));
        }
    }
    steps
}
