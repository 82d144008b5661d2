//! Removing files of the work tree that the last commit does not have.
//!
//! A directory goes only with all that is in it, and never if somebody is in it. Repositories below
//! this one stay, and so does what is neither file, link nor directory.

use std::ffi::OsStr;
use std::fs::DirEntry;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use muse_wire::path::{RepoPath, is_taken_for_git};
use muse_wire::snapshot::Tree;
use rustix::io::Errno;

use super::beneath::Beneath;
use super::error::{Result, WorktreeError};
use super::ignore::IgnoreRules;
use crate::repository::{LockedRepository, Repository};

/// What makes a directory a repository of its own.
const REPOSITORY_MARKS: [&str; 2] = [".git", ".muse"];

/// What is to go.
#[derive(Debug, Clone, Default)]
pub struct CleanOptions {
    /// Only these paths, from the root of the work tree, and what is below them. One that ends in a
    /// slash stays itself; the empty one is the whole work tree.
    pub paths: Vec<String>,
    /// Whole directories of which the last commit has no file, too.
    pub directories: bool,
    /// What is ignored, too.
    pub ignored: bool,
}

/// What goes, and what was found and stays.
#[derive(Debug, Default)]
pub struct CleanPlan {
    /// Files, and directories that go with all that is in them, whose paths end in a slash.
    pub paths: Vec<Vec<u8>>,
    /// Directories that stay because they are repositories of their own.
    pub repositories: Vec<Vec<u8>>,
    /// Rules of what is ignored that are not valid.
    pub warnings: Vec<String>,
    /// Each file and directory by itself, what is in a directory before it.
    removals: Vec<Removal>,
}

#[derive(Debug)]
enum Removal {
    File(Vec<u8>),
    Directory(Vec<u8>),
}

/// Finds what `options` let go. Nothing is removed.
///
/// # Errors
/// [`WorktreeError`] if a directory cannot be read, or a checkout, clone or merge is unfinished:
/// what the last commit has is not all that counts then.
pub fn plan_clean(repository: &Repository, options: &CleanOptions) -> Result<CleanPlan> {
    let refs = repository.refs.read()?;
    refs.refuse_unfinished()?;
    repository.layout.refuse_unfinished_clone()?;
    let base = repository
        .objects
        .commit_tree(refs.head_commit().as_ref())?;
    let mut plan = CleanPlan::default();
    let rules = IgnoreRules::outside(repository, &mut |text| plan.warnings.push(text));
    let mut search = Search {
        root: repository.layout.work_tree()?,
        kept: repository.kept_directory(),
        base: &base,
        options,
        plan,
    };
    search.directory(b"", &rules, false)?;
    Ok(search.plan)
}

/// Finds what `options` let go, and removes it.
///
/// # Errors
/// As [`plan_clean`], and if something cannot be removed.
pub fn clean(locked: &mut LockedRepository<'_>, options: &CleanOptions) -> Result<CleanPlan> {
    let plan = plan_clean(locked, options)?;
    let root = locked.layout.root();
    let beneath = Beneath::open(root).map_err(WorktreeError::reading(root))?;
    for removal in &plan.removals {
        let (path, removed) = match removal {
            Removal::File(path) => (path, beneath.remove_file(path)),
            Removal::Directory(path) => (path, beneath.remove_directory(path)),
        };
        match removed {
            Err(error) if !has_changed_meanwhile(&error) => {
                return Err(WorktreeError::writing(&root.join(to_path(path)))(error));
            }
            _ => {}
        }
    }
    Ok(plan)
}

/// Whether the file has gone by itself, or the directory has something new in it.
fn has_changed_meanwhile(error: &io::Error) -> bool {
    matches!(
        Errno::from_io_error(error),
        Some(Errno::NOENT | Errno::NOTEMPTY | Errno::EXIST)
    )
}

/// How a path stands to those that the options name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// It is one of them, or below one.
    Inside,
    /// One of them is below it.
    OnTheWay,
    Outside,
}

struct Search<'a> {
    root: &'a Path,
    kept: Option<&'a RepoPath>,
    base: &'a Tree,
    options: &'a CleanOptions,
    plan: CleanPlan,
}

impl Search<'_> {
    /// Looks through the directory `prefix` (`""` or `a/b/`). Returns whether all that is in it
    /// goes.
    fn directory(&mut self, prefix: &[u8], above: &IgnoreRules, is_ignored: bool) -> Result<bool> {
        let directory = self.root.join(to_path(prefix));
        let listed = directory.read_dir().and_then(Iterator::collect);
        let mut entries: Vec<DirEntry> = listed.map_err(WorktreeError::reading(&directory))?;
        entries.sort_unstable_by_key(DirEntry::file_name);
        let warnings = &mut self.plan.warnings;
        let rules = match str::from_utf8(prefix) {
            Ok(prefix) if !is_ignored => {
                above.with_directory(self.root, prefix, &mut |text| warnings.push(text))
            }
            _ => above.clone(),
        };
        let mut goes_whole = true;
        for entry in entries {
            goes_whole &= self.entry(prefix, &entry, &rules, is_ignored)?;
        }
        Ok(goes_whole)
    }

    /// Looks at an entry of the directory `prefix`. Returns whether it goes.
    fn entry(
        &mut self,
        prefix: &[u8],
        entry: &DirEntry,
        rules: &IgnoreRules,
        is_ignored: bool,
    ) -> Result<bool> {
        let name = entry.file_name();
        let mut path = [prefix, name.as_bytes()].concat();
        let place = self.place(&path);
        let is_guarded = name
            .to_str()
            .is_some_and(|name| name == ".muse" || is_taken_for_git(name));
        if place == Place::Outside || is_guarded {
            return Ok(false);
        }
        let kind = entry
            .file_type()
            .map_err(WorktreeError::reading(&entry.path()))?;
        let is_ignored = is_ignored || rules.ignores(&path, kind.is_dir());
        let text = str::from_utf8(&path).ok();
        let may_go = place == Place::Inside && (self.options.ignored || !is_ignored);
        if !kind.is_dir() {
            let is_tracked = text.is_some_and(|path| self.base.get(path).is_some());
            let goes = may_go && !is_tracked && (kind.is_file() || kind.is_symlink());
            if goes {
                self.plan.paths.push(path.clone());
                self.plan.removals.push(Removal::File(path));
            }
            return Ok(goes);
        }
        let is_tracked = text.is_some_and(|path| self.base.has_directory(path));
        let is_entered =
            is_tracked || place == Place::OnTheWay || may_go && self.options.directories;
        if !is_entered {
            return Ok(false);
        }
        if is_repository(&entry.path()) {
            self.plan.repositories.push(path);
            return Ok(false);
        }
        let named_before = self.plan.paths.len();
        let stays = is_tracked || self.kept.is_some_and(|kept| Some(kept.as_str()) == text);
        path.push(b'/');
        let goes = self.directory(&path, rules, is_ignored)? && may_go && !stays;
        if goes {
            // It stands for all that is in it.
            self.plan.paths.truncate(named_before);
            self.plan.paths.push(path.clone());
            path.pop();
            self.plan.removals.push(Removal::Directory(path));
        }
        Ok(goes)
    }

    fn place(&self, path: &[u8]) -> Place {
        let is_above = |above: &[u8], below: &[u8]| {
            below
                .strip_prefix(above)
                .is_some_and(|rest| rest.starts_with(b"/"))
        };
        let mut place = Place::Outside;
        for wanted in &self.options.paths {
            let named = wanted.strip_suffix('/').unwrap_or(wanted).as_bytes();
            let is_itself = path == named && !wanted.ends_with('/');
            if wanted.is_empty() || is_itself || is_above(named, path) {
                return Place::Inside;
            }
            if path == named || is_above(path, named) {
                place = Place::OnTheWay;
            }
        }
        place
    }
}

fn is_repository(directory: &Path) -> bool {
    let has = |mark| directory.join(mark).symlink_metadata().is_ok();
    REPOSITORY_MARKS.into_iter().any(has)
}

fn to_path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sandbox;

    /// A work tree with files of each kind.
    fn sandbox() -> Sandbox {
        let sandbox = Sandbox::new();
        sandbox.write_file("src/a", "committed");
        sandbox.write_file("kept.log", "committed before it was ignored");
        sandbox.commit();
        sandbox.write_file(".gitignore", "*.log\n/out/\n");
        sandbox.commit();
        for path in [
            "new",
            "src/new",
            "src/x.log",
            "docs/a/x",
            "docs/y.log",
            "lone/x",
            "out/x",
        ] {
            sandbox.write_file(path, "new");
        }
        std::fs::create_dir_all(sandbox.path("empty/deep")).expect("writable");
        sandbox
    }

    fn options(paths: &[&str], directories: bool, ignored: bool) -> CleanOptions {
        CleanOptions {
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
            directories,
            ignored,
        }
    }

    fn planned(sandbox: &Sandbox, options: &CleanOptions) -> Vec<String> {
        let plan = plan_clean(&sandbox.repository, options).expect("readable");
        let text = |path: &Vec<u8>| String::from_utf8_lossy(path).into_owned();
        plan.paths.iter().map(text).collect()
    }

    fn clean_with(sandbox: &Sandbox, options: &CleanOptions) -> CleanPlan {
        let mut locked = sandbox.repository.lock().expect("no other process uses it");
        clean(&mut locked, options).expect("removable")
    }

    #[test]
    fn each_option_lets_more_go() {
        let sandbox = sandbox();
        for (directories, ignored, expected) in [
            (false, false, &["new", "src/new"][..]),
            (
                true,
                false,
                &["docs/a/", "empty/", "lone/", "new", "src/new"],
            ),
            (false, true, &["new", "src/new", "src/x.log"]),
            (
                true,
                true,
                &[
                    "docs/",
                    "empty/",
                    "lone/",
                    "new",
                    "out/",
                    "src/new",
                    "src/x.log",
                ],
            ),
        ] {
            let options = options(&[""], directories, ignored);
            assert_eq!(planned(&sandbox, &options), expected);
        }
        clean_with(&sandbox, &options(&[""], true, true));
        assert_eq!(planned(&sandbox, &options(&[""], true, true)), [""; 0]);
        assert_eq!(sandbox.changes(), [""; 0], "what is committed is there");
        assert!(!sandbox.path("docs").exists() && !sandbox.path("empty").exists());
    }

    #[test]
    fn only_what_is_below_the_named_paths_goes() {
        let sandbox = sandbox();
        let below =
            |paths: &[&str], directories| planned(&sandbox, &options(paths, directories, false));
        assert_eq!(below(&["src/"], true), ["src/new"]);
        assert_eq!(below(&["docs/a/"], true), ["docs/a/x"]);
        assert_eq!(below(&["docs/a"], true), ["docs/a/"]);
        assert_eq!(below(&["docs/a/x"], true), ["docs/a/x"]);
        assert_eq!(below(&["lone/"], false), ["lone/x"]);
        assert_eq!(below(&["lon", "src/a"], true), [""; 0]);
        clean_with(&sandbox, &options(&["docs/a", "new"], true, false));
        assert!(sandbox.path("docs/y.log").exists() && sandbox.path("lone/x").exists());
        assert!(!sandbox.path("docs/a").exists() && !sandbox.path("new").exists());
    }

    #[test]
    fn repositories_and_what_lies_behind_links_stay() {
        let sandbox = Sandbox::new();
        let elsewhere = tempfile::tempdir().expect("a temporary directory");
        std::fs::write(elsewhere.path().join("file"), "not ours").expect("writable");
        sandbox.link("link", &elsewhere.path().to_string_lossy());
        sandbox.write_file(".museignore", "/out\n");
        for path in [
            "a/inner/.git/HEAD",
            "a/inner/x",
            "out/inner/.muse/format",
            "out/x",
            "a/y",
        ] {
            sandbox.write_file(path, "new");
        }
        std::os::unix::net::UnixListener::bind(sandbox.path("socket")).expect("writable");
        let plan = clean_with(&sandbox, &options(&[""], true, true));
        assert_eq!(plan.repositories, [&b"a/inner"[..], b"out/inner"]);
        assert_eq!(plan.paths, [&b".museignore"[..], b"a/y", b"link", b"out/x"]);
        assert!(sandbox.path("a/inner/x").exists());
        assert!(sandbox.path("out/inner/.muse/format").exists());
        assert!(elsewhere.path().join("file").exists());
        assert!(sandbox.path("socket").exists());
    }

    #[test]
    fn the_directory_that_somebody_is_in_is_emptied() {
        let sandbox = sandbox();
        let repository = sandbox.reopen();
        let repository = repository.with_kept_directory(&sandbox.path("docs/a"));
        let mut locked = repository.lock().expect("no other process uses it");
        let plan = clean(&mut locked, &options(&["docs"], true, true)).expect("removable");
        assert_eq!(plan.paths, [&b"docs/a/x"[..], b"docs/y.log"]);
        assert!(sandbox.path("docs/a").is_dir() && !sandbox.path("docs/a/x").exists());
    }

    #[test]
    fn what_is_not_utf_8_goes_too() {
        let sandbox = Sandbox::new();
        let name = OsStr::from_bytes(b"caf\xe9");
        let directory = sandbox.path("dir").join(name);
        std::fs::create_dir_all(&directory).expect("writable");
        std::fs::write(directory.join(name), "").expect("writable");
        let plan = clean_with(&sandbox, &options(&[""], true, false));
        assert_eq!(plan.paths, [b"dir/"]);
        assert!(!sandbox.path("dir").exists());
    }
}
