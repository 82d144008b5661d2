//! What changed since the last commit, and how far the current branch is from the server's.

use std::collections::{BTreeMap, HashSet};

use muse_wire::dag::WalkError;
use muse_wire::id::CommitId;
use muse_wire::path::RepoPath;
use muse_wire::snapshot::{EntryKind, Tree};
use serde::Serialize;

use crate::branches::{Upstream, left_behind, upstream};
use crate::integrate::{IntegrateError, unsettled};
use crate::report::Reporter;
use crate::repository::{
    Checkout, Config, Head, Repository, RepositoryError, Unfinished, UnsettledPath,
};
use crate::worktree::{
    ChangedFile, LeftOutFile, Scan, Unrecordable, WorktreeError, ignored_files, left_out_files,
    scan,
};

/// What changed since the last commit.
pub struct Status {
    /// Where `HEAD` points.
    pub head: Head,
    /// The last commit.
    pub commit: Option<CommitId>,
    /// What the repository is an unfinished clone of. Its files are not compared then: they may be
    /// half written.
    pub unfinished_clone: Option<String>,
    /// A checkout that is under way, or was interrupted.
    pub checkout: Option<Checkout>,
    /// A merge or the like that stopped at a conflict.
    pub unfinished: Option<Unfinished>,
    /// The first line of the commit's message at which that stopped.
    pub stopped_at: Option<String>,
    /// Whether a bisection is under way.
    pub is_bisecting: bool,
    /// What the current branch follows, and how far it is from there.
    pub upstream: Option<Upstream>,
    /// The commits that no ref reaches, newest first; none unless `HEAD` is detached.
    pub on_no_branch: Vec<CommitId>,
    /// The files that differ, ascending by path.
    pub files: Vec<FileStatus>,
    /// What was left out and might be missed, ascending.
    pub warnings: Vec<String>,
    /// The files of the last commit that are not in the work tree, because a checkout could not or
    /// may not write them. They do not count as changed. Ascending by path.
    pub left_out: Vec<LeftOutFile>,
    /// What no snapshot can hold, ascending by path.
    pub unrecordable: Vec<Unrecordable>,
    /// What is ignored, ascending, where that was asked for. A directory stands for all that is in
    /// it; its path ends in a slash.
    pub ignored: Option<Vec<Vec<u8>>>,
    /// The tree of the last commit.
    tree: Tree,
}

/// A file that differs from the last commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileStatus {
    /// Where.
    pub path: RepoPath,
    /// What happened to it.
    pub change: FileChange,
}

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FileChange {
    /// It is new.
    Added,
    /// It has another content.
    Changed,
    /// Another mode, or a link for a file or the other way round.
    Retyped,
    /// It is gone.
    Deleted,
    /// Two versions are to be put together, and people have not done so yet.
    Conflict,
}

/// A file, or a directory that is wholly new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusLine<'a> {
    /// What happened.
    pub change: FileChange,
    /// The path; a directory's ends in a slash.
    pub name: &'a str,
    /// How many files it covers.
    pub file_count: usize,
}

/// Why there is no status.
#[derive(Debug, thiserror::Error)]
pub enum StatusError {
    /// The work tree cannot be read.
    #[error(transparent)]
    Worktree(#[from] WorktreeError),
    /// What is in conflict cannot be told.
    #[error(transparent)]
    Integrate(#[from] IntegrateError),
    /// The commit graph cannot be walked.
    #[error(transparent)]
    Walk(#[from] WalkError<RepositoryError>),
    /// The repository cannot be read.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

/// Compares the work tree with the last commit, and saves what was hashed for the next time.
/// `config` are the settings in effect.
///
/// # Errors
/// [`StatusError`].
pub fn status(
    repository: &Repository,
    config: &Config,
    reporter: &dyn Reporter,
) -> Result<Status, StatusError> {
    let refs = repository.refs.read()?;
    let head = refs.head().clone();
    let commit = refs.head_commit();
    if let Some(url) = repository.layout.unfinished_clone() {
        return Ok(Status {
            head,
            commit,
            unfinished_clone: Some(url),
            checkout: None,
            unfinished: None,
            stopped_at: None,
            is_bisecting: false,
            upstream: None,
            on_no_branch: Vec::new(),
            files: Vec::new(),
            warnings: Vec::new(),
            left_out: Vec::new(),
            unrecordable: Vec::new(),
            ignored: None,
            tree: Tree::empty(),
        });
    }
    let tree = repository.objects.commit_tree(commit.as_ref())?;
    let mut scan = scan(repository, &tree)?;
    scan.read_tracked(repository)?;
    save_cache(repository, &scan, reporter);
    let upstream = match (&head, commit) {
        (Head::Branch(branch), Some(commit)) => {
            upstream(&repository.objects, &refs, config, branch, commit)?
        }
        _ => None,
    };
    let conflicts = match refs.unfinished() {
        Some(unfinished) => unsettled(repository, unfinished)?,
        None => Vec::new(),
    };
    let file_status = |file: &ChangedFile| FileStatus {
        path: file.path.clone(),
        change: change_of(file),
    };
    Ok(Status {
        head,
        commit,
        unfinished_clone: None,
        checkout: refs.checkout().cloned(),
        unfinished: refs.unfinished().cloned(),
        stopped_at: stopped_at(repository, refs.unfinished()),
        is_bisecting: repository.bisection.read()?.is_some(),
        upstream,
        on_no_branch: left_behind(repository, None)?,
        files: with_conflicts(scan.changed.iter().map(file_status), conflicts),
        left_out: left_out_files(repository, &tree, scan.left_out().cloned())?,
        warnings: scan.warnings,
        unrecordable: scan.forbidden,
        ignored: None,
        tree,
    })
}

/// The first line of the message of the commit that is being applied; `None` where it cannot be
/// read.
fn stopped_at(repository: &Repository, unfinished: Option<&Unfinished>) -> Option<String> {
    let step = unfinished?.steps.first()?;
    let commit = repository.objects.commit(step).ok()?;
    Some(commit.subject().to_owned())
}

/// The files with those that are in conflict, ascending by path.
fn with_conflicts(
    files: impl Iterator<Item = FileStatus>,
    conflicts: Vec<UnsettledPath>,
) -> Vec<FileStatus> {
    let files = files.map(|file| (file.path, file.change));
    let mut by_path: BTreeMap<RepoPath, FileChange> = files.collect();
    for conflict in conflicts {
        by_path.insert(conflict.path, FileChange::Conflict);
    }
    let files = by_path.into_iter();
    files
        .map(|(path, change)| FileStatus { path, change })
        .collect()
}

/// A repository that is busy or may not be written to is no reason to fail.
fn save_cache(repository: &Repository, scan: &Scan, reporter: &dyn Reporter) {
    if !scan.has_news() {
        return;
    }
    let saved =
        repository
            .try_lock()
            .map_err(WorktreeError::from)
            .and_then(|locked| match locked {
                Some(mut locked) => scan.save(&mut locked),
                // Whoever holds the lock is not waited for: the next status saves it.
                None => Ok(()),
            });
    if let Err(error) = saved {
        reporter.step(format_args!("the stat cache was not written: {error}"));
    }
}

fn change_of(file: &ChangedFile) -> FileChange {
    match (file.before, file.stat) {
        (None, _) => FileChange::Added,
        (Some(_), None) => FileChange::Deleted,
        (Some(before), Some(stat)) if before.kind == stat.kind => FileChange::Changed,
        // Of an executable, the contents may be the same.
        (Some(before), Some(stat))
            if before.kind != EntryKind::Symlink
                && stat.kind != EntryKind::Symlink
                && file.object != Some(before.object) =>
        {
            FileChange::Changed
        }
        _ => FileChange::Retyped,
    }
}

impl Status {
    /// Looks for what is ignored, too.
    ///
    /// # Errors
    /// [`StatusError`].
    pub fn find_ignored(&mut self, repository: &Repository) -> Result<(), StatusError> {
        if self.unfinished_clone.is_none() {
            self.ignored = Some(ignored_files(repository, &self.tree)?);
        }
        Ok(())
    }

    /// The files, with directories that are wholly new as one line each. Ascending by name.
    pub fn lines(&self) -> Vec<StatusLine<'_>> {
        collapse(&self.files, &self.tree)
    }

    /// Keeps what is at one of `paths` or below one of them; the empty path is the root.
    pub fn limit_to(&mut self, paths: &[String]) {
        let is_chosen = |path: &[u8]| paths.iter().any(|chosen| is_at_or_below(path, chosen));
        self.files.retain(|file| is_chosen(file.path.as_bytes()));
        self.left_out.retain(|file| is_chosen(file.path.as_bytes()));
        self.unrecordable.retain(|file| is_chosen(file.path()));
    }

    /// Whether the last commit has a file at `path` or below it.
    pub fn is_tracked(&self, path: &str) -> bool {
        let mut tracked = self.tree.entries().into_iter();
        tracked.any(|(tracked, _)| is_at_or_below(tracked.as_bytes(), path))
    }
}

fn collapse<'a>(files: &'a [FileStatus], tree: &Tree) -> Vec<StatusLine<'a>> {
    let has_added = files.iter().any(|file| file.change == FileChange::Added);
    let tracked: HashSet<String> = if has_added {
        tree.entries()
            .iter()
            .flat_map(|(path, _)| directories(path).map(str::to_owned).collect::<Vec<_>>())
            .collect()
    } else {
        HashSet::new()
    };
    let mut lines: BTreeMap<(&str, FileChange), usize> = BTreeMap::new();
    for FileStatus { path, change } in files {
        let name = match change {
            FileChange::Added => directories(path)
                .find(|directory| !tracked.contains(*directory))
                .unwrap_or(path),
            _ => path.as_str(),
        };
        *lines.entry((name, *change)).or_default() += 1;
    }
    lines
        .into_iter()
        .map(|((name, change), file_count)| StatusLine {
            change,
            name,
            file_count,
        })
        .collect()
}

/// Whether `path` is `chosen`, or below it.
fn is_at_or_below(path: &[u8], chosen: &str) -> bool {
    let rest = path.strip_prefix(chosen.as_bytes());
    chosen.is_empty() || rest.is_some_and(|rest| matches!(rest.first(), None | Some(b'/')))
}

/// The directories above a path, outermost first, each with the slash behind it.
fn directories(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..=at])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::report::Silent;
    use crate::repository::{Layout, LayoutKind};
    use crate::testing::Sandbox;
    use crate::worktree::LeftOutReason;

    fn found(sandbox: &Sandbox) -> Status {
        let repository = &sandbox.repository;
        let config = repository.config.read().expect("readable");
        status(repository, &config, &Silent).expect("readable")
    }

    #[test]
    fn every_kind_of_change_is_told_apart() {
        let sandbox = Sandbox::new();
        for path in ["changed", "gone", "same", "script"] {
            sandbox.write_file(path, path);
        }
        let commit = sandbox.commit();
        sandbox.write_file("changed", "other");
        sandbox.write_file("new", "new");
        sandbox.remove_file("gone");
        sandbox.make_executable("script");
        let status = found(&sandbox);
        assert_eq!(status.commit, Some(commit));
        let files: Vec<_> = status
            .files
            .iter()
            .map(|file| (file.path.as_str(), file.change))
            .collect();
        assert_eq!(
            files,
            [
                ("changed", FileChange::Changed),
                ("gone", FileChange::Deleted),
                ("new", FileChange::Added),
                ("script", FileChange::Retyped),
            ]
        );
    }

    #[test]
    fn the_files_of_an_unfinished_clone_are_no_changes() {
        let sandbox = Sandbox::new();
        sandbox.write_file("half", "writ");
        let url = "https://hub.example/ada/engine";
        let mark =
            Layout::unfinished_clone_mark(sandbox.repository.layout.root(), LayoutKind::WorkTree);
        std::fs::write(&mark, format!("{url}\n")).expect("writable");
        let status = found(&sandbox);
        assert_eq!(status.unfinished_clone.as_deref(), Some(url));
        assert_eq!(status.files, []);
        std::fs::remove_file(&mark).expect("there");
        assert_eq!(found(&sandbox).files.len(), 1);
    }

    #[test]
    fn what_a_checkout_left_out_is_no_change() {
        let sandbox = Sandbox::new();
        let files = [
            ".git/config",
            "Doc/a",
            "doc/a",
            "here",
            "other",
            "was-left-out",
        ];
        let files = files.map(|path| (path, path));
        let commit = sandbox.add_commit(&[], &files);
        sandbox.set_ref("refs/heads/main", commit);
        for path in ["Doc/a", "here", "was-left-out"] {
            sandbox.write_file(path, path);
        }
        let left_out = [".git/config", "doc/a", "elsewhere", "other", "was-left-out"];
        let left_out = left_out.map(|path| RepoPath::new(path).expect("allowed"));
        let mut locked = sandbox.repository.lock().expect("no other process uses it");
        locked
            .write_left_out(BTreeSet::from(left_out))
            .expect("writable");
        drop(locked);
        let status = found(&sandbox);
        assert_eq!(status.files, []);
        let left_out = status.left_out.iter();
        let left_out: Vec<_> = left_out
            .map(|file| (file.path.as_str(), &file.reason))
            .collect();
        assert_eq!(
            left_out,
            [
                (".git/config", &LeftOutReason::TakenForGit),
                ("doc/a", &LeftOutReason::TwinOf("Doc".to_owned())),
                ("other", &LeftOutReason::Unwritten)
            ]
        );
    }

    #[test]
    fn directories_that_are_wholly_new_are_one_line() {
        let sandbox = Sandbox::new();
        sandbox.write_file("src/a.rs", "1");
        sandbox.commit();
        for path in ["docs/a/x", "docs/y", "src/b.rs", "top"] {
            sandbox.write_file(path, "new");
        }
        sandbox.write_file("src/a.rs", "2");
        let status = found(&sandbox);
        let lines: Vec<_> = status
            .lines()
            .iter()
            .map(|line| format!("{} {}", line.name, line.file_count))
            .collect();
        assert_eq!(lines, ["docs/ 2", "src/a.rs 1", "src/b.rs 1", "top 1"]);
        assert_eq!(status.upstream, None);
    }

    #[test]
    fn a_status_is_limited_to_paths_and_what_is_below_them() {
        let sandbox = Sandbox::new();
        sandbox.write_file("src/a", "1");
        sandbox.commit();
        for path in ["src/a", "src/b", "src.old", "top", "dir/muse~1"] {
            sandbox.write_file(path, "new");
        }
        let limited = |path: &str| {
            let mut status = found(&sandbox);
            status.limit_to(&[path.to_owned()]);
            let files = status
                .files
                .iter()
                .map(|file| file.path.as_str().to_owned());
            (files.collect::<Vec<_>>(), status.unrecordable.len())
        };
        assert_eq!(limited("").0.len(), 4);
        assert_eq!(limited("src").0, ["src/a", "src/b"]);
        assert_eq!(limited("src/b").0, ["src/b"]);
        assert_eq!(limited("dir"), (Vec::new(), 1));
        let status = found(&sandbox);
        assert!(status.is_tracked("src") && status.is_tracked("src/a"));
        assert!(!status.is_tracked("top") && !status.is_tracked("sr"));
    }

    #[test]
    fn a_status_does_not_wait_for_the_lock() {
        let sandbox = Sandbox::new();
        sandbox.write_file("a", "one");
        sandbox.commit();
        sandbox.write_file("a", "two");
        let _held = sandbox.repository.lock().expect("free");
        let other = sandbox
            .reopen()
            .on_lock_wait("a status", |_| panic!("it waits"));
        let config = other.config.read().expect("readable");
        let status = status(&other, &config, &Silent).expect("readable");
        assert_eq!(status.files.len(), 1);
    }
}
