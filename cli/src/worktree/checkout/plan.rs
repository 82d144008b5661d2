//! What a checkout will remove and write, and whether that would lose local changes.

use std::cell::LazyCell;
use std::collections::{BTreeSet, HashMap};
use std::ffi::OsStr;
use std::fs::DirEntry;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use muse_wire::path::RepoPath;
use muse_wire::snapshot::{Entry, Tree};

use crate::repository::{FileStat, Repository, StatCache};
use crate::worktree::beneath::Beneath;
use crate::worktree::directories::Directories;
use crate::worktree::error::{Result, WorktreeError};
use crate::worktree::twins::fold_path;
use crate::worktree::{file, scan};

/// The steps of a checkout.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Paths to be removed, ascending.
    pub(super) remove: Vec<RepoPath>,
    /// Files to be written, ascending by path.
    pub(super) write: Vec<(RepoPath, Entry)>,
    /// Whether files make way that no commit has: those below a directory where a file will be, and
    /// one where a directory will be.
    pub(super) clears_way: bool,
}

impl Plan {
    /// From `from` to `to`; refused where that would lose a local change. `from_commit` is what the
    /// commit has of which `from` is what was written.
    pub(super) fn keeping(
        repository: &Repository,
        cache: &StatCache,
        from_commit: &Tree,
        from: &Tree,
        to: &Tree,
    ) -> Result<Self> {
        let root = repository.layout.root();
        let mut directories = Directories::new(root);
        let changes = from.diff(to);
        // Files of `from` that the checkout removes or replaces.
        let outgoing: BTreeSet<&str> = changes
            .iter()
            .filter(|change| from.get(&change.path).is_some())
            .map(|change| change.path.as_str())
            .collect();
        let outgoing_folds = LazyCell::new(|| by_fold(&outgoing));
        let mut plan = Self::default();
        let mut lost = BTreeSet::new();
        for change in &changes {
            let path = &change.path;
            let before = from_commit.get(path);
            match occupant(root, &mut directories, path)? {
                Occupant::Nothing => {}
                Occupant::FileAbove(obstacle) => {
                    // A file or link where a directory must be: fine if it goes, or if nothing will
                    // be written.
                    if change.entry.is_some() && !outgoing.contains(obstacle.as_str()) {
                        lost.insert(obstacle);
                    }
                }
                Occupant::Directory => {
                    if change.entry.is_some() {
                        list_kept(root, path, &outgoing, &mut lost)?;
                    }
                }
                // The file system takes the path for another one, which the checkout removes.
                Occupant::File(stat)
                    if !outgoing.contains(path.as_str())
                        && let Some(twins) = outgoing_folds.get(&fold_path(path))
                        && is_one_of(root, &stat, twins)? => {}
                // It was left out, and has been created since; both commits agree in it.
                Occupant::File(_) if before == change.entry => continue,
                Occupant::File(stat) => {
                    let object = match cache.lookup(path, &stat) {
                        Some(object) => object,
                        None => {
                            let full = root.join(path.as_str());
                            file::hash(&full, stat.kind).map_err(WorktreeError::reading(&full))?
                        }
                    };
                    let current = Some(Entry {
                        kind: stat.kind,
                        object,
                    });
                    if current != before && current != change.entry {
                        lost.insert(path.clone());
                    }
                }
            }
            match change.entry {
                Some(entry) => plan.write.push((path.clone(), entry)),
                None => plan.remove.push(path.clone()),
            }
        }
        if lost.is_empty() {
            Ok(plan)
        } else {
            Err(WorktreeError::WouldOverwrite(lost.into_iter().collect()))
        }
    }

    /// Everything that makes each file of `to`, among those that are `wanted`, as it is there.
    pub(super) fn discarding(
        repository: &Repository,
        from: &Tree,
        to: &Tree,
        is_wanted: &dyn Fn(&RepoPath) -> bool,
    ) -> Result<Self> {
        let mut scan = scan::scan_without(repository, to, BTreeSet::new())?;
        scan.changed.retain(|file| is_wanted(&file.path));
        scan.read_tracked(repository)?;
        let remove = from
            .diff(to)
            .into_iter()
            .filter(|change| change.entry.is_none() && is_wanted(&change.path))
            .map(|change| change.path)
            .collect();
        let write = scan
            .changed
            .into_iter()
            .filter_map(|file| Some((file.path, file.before?)))
            .collect();
        Ok(Self {
            remove,
            write,
            clears_way: false,
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.remove.is_empty() && self.write.is_empty()
    }

    /// The paths of all files that the checkout removes or replaces, as far as there are any.
    pub(super) fn outgoing(&self) -> impl Iterator<Item = &RepoPath> {
        let replaced = self.write.iter().map(|(path, _)| path);
        self.remove.iter().chain(replaced)
    }

    /// Refuses to put a file where the directory is, or one above it, that is to be `kept`.
    pub(super) fn refuse_in_place_of(&self, kept: Option<&RepoPath>) -> Result<()> {
        let is_in_place = |path: &RepoPath| kept.is_some_and(|kept| kept.is_at_or_below(&[path]));
        let mut files = self.write.iter().map(|(path, _)| path);
        match files.find(|path| is_in_place(path)) {
            Some(path) => Err(WorktreeError::StoodIn(path.clone())),
            None => Ok(()),
        }
    }

    /// Removes what goes, and empty directories where a file will be written. Directories that
    /// become empty are removed too, but for the one that is to be `kept`. Returns how many files
    /// were removed.
    pub(super) fn remove(&self, root: &Path, kept: Option<&RepoPath>) -> Result<u64> {
        let beneath = Beneath::open(root).map_err(WorktreeError::writing(root))?;
        let mut directories = Directories::new(root);
        let mut removed_count = 0;
        let mut emptied = BTreeSet::new();
        for path in &self.remove {
            if let Occupant::File(_) = occupant(root, &mut directories, path)? {
                let removed = beneath.remove_file(path.as_str());
                removed.map_err(WorktreeError::writing(&root.join(path.as_str())))?;
                removed_count += 1;
                let mut rest = path.as_str();
                while let Some((above, _)) = rest.rsplit_once('/') {
                    emptied.insert(above);
                    rest = above;
                }
            }
        }
        // The longest first: what lies below comes before what it lies in.
        for directory in emptied.into_iter().rev() {
            if kept.is_none_or(|kept| kept.as_str() != directory) {
                // One that still holds something stays.
                let _ = beneath.remove_directory(directory);
            }
        }
        for (path, _) in &self.write {
            let (in_the_way, removed) = match occupant(root, &mut Directories::new(root), path)? {
                Occupant::Directory => {
                    if self.clears_way {
                        removed_count += remove_files_below(&beneath, root, path.as_bytes())?;
                    }
                    (path.clone(), beneath.remove_empty_directories(path))
                }
                Occupant::FileAbove(file) if self.clears_way => {
                    removed_count += 1;
                    let removed = beneath.remove_file(&*file);
                    (file, removed)
                }
                _ => continue,
            };
            removed.map_err(WorktreeError::writing(&root.join(in_the_way.as_str())))?;
        }
        Ok(removed_count)
    }
}

/// Removes the files in a directory and below it. A repository of its own stays, and so do the
/// directories.
fn remove_files_below(beneath: &Beneath, root: &Path, directory: &[u8]) -> Result<u64> {
    let full = root.join(OsStr::from_bytes(directory));
    let entries = full.read_dir().and_then(Iterator::collect);
    let entries: Vec<DirEntry> = entries.map_err(WorktreeError::reading(&full))?;
    let is_repository =
        |entry: &DirEntry| entry.file_name() == ".git" || entry.file_name() == ".muse";
    if entries.iter().any(is_repository) {
        return Ok(0);
    }
    let mut count = 0;
    for entry in entries {
        let path = [directory, b"/", entry.file_name().as_bytes()].concat();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            count += remove_files_below(beneath, root, &path)?;
        } else {
            let removed = beneath.remove_file(&path);
            removed.map_err(WorktreeError::writing(&entry.path()))?;
            count += 1;
        }
    }
    Ok(count)
}

/// What there is at a path of the work tree.
enum Occupant {
    Nothing,
    File(FileStat),
    Directory,
    /// A file or link at this path, where a directory above the path would have to be.
    FileAbove(RepoPath),
}

fn occupant(root: &Path, directories: &mut Directories<'_>, path: &RepoPath) -> Result<Occupant> {
    if !directories.leads_to(path) {
        for (end, _) in path.match_indices('/') {
            let above = &path[..end];
            let full = root.join(above);
            match full.symlink_metadata() {
                Ok(metadata) if metadata.is_dir() => {}
                Ok(_) => {
                    let above =
                        RepoPath::new(above).expect("the start of an allowed path is allowed");
                    return Ok(Occupant::FileAbove(above));
                }
                Err(error) if is_nowhere(&error) => return Ok(Occupant::Nothing),
                Err(error) => return Err(WorktreeError::reading(&full)(error)),
            }
        }
        return Ok(Occupant::Nothing);
    }
    let full = root.join(path.as_str());
    match full.symlink_metadata() {
        Ok(metadata) if metadata.is_dir() => Ok(Occupant::Directory),
        Ok(metadata) => match FileStat::of(&metadata) {
            Some(stat) => Ok(Occupant::File(stat)),
            None => Err(WorktreeError::InTheWay(path.clone())),
        },
        Err(error) if is_nowhere(&error) => Ok(Occupant::Nothing),
        Err(error) => Err(WorktreeError::reading(&full)(error)),
    }
}

/// Whether the error says that there is nothing, and be it because there can be nothing.
fn is_nowhere(error: &io::Error) -> bool {
    file::is_absent(error) || file::refuses_name(error)
}

/// The paths by their folded form.
fn by_fold<'a>(paths: &BTreeSet<&'a str>) -> HashMap<String, Vec<&'a str>> {
    let mut folds: HashMap<String, Vec<&str>> = HashMap::new();
    for path in paths {
        folds.entry(fold_path(path)).or_default().push(path);
    }
    folds
}

/// Whether the file of which `stat` speaks is found under one of these names, too.
fn is_one_of(root: &Path, stat: &FileStat, others: &[&str]) -> Result<bool> {
    for other in others {
        let full = root.join(other);
        let found = file::stat(&full).map_err(WorktreeError::reading(&full))?;
        if found.as_ref() == Some(stat) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Lists the files below `directory` that the checkout does not remove: they would be lost if a
/// file took its place.
fn list_kept(
    root: &Path,
    directory: &str,
    outgoing: &BTreeSet<&str>,
    lost: &mut BTreeSet<RepoPath>,
) -> Result<()> {
    let full = root.join(directory);
    let entries = full
        .read_dir()
        .and_then(Iterator::collect::<std::io::Result<Vec<_>>>)
        .map_err(WorktreeError::reading(&full))?;
    for entry in entries {
        let path = format!("{directory}/{}", entry.file_name().to_string_lossy());
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            list_kept(root, &path, outgoing, lost)?;
        } else if !outgoing.contains(path.as_str()) {
            // A name that no snapshot can hold is reported as its directory.
            let path = RepoPath::new(path).or_else(|_| RepoPath::new(directory));
            lost.extend(path);
        }
    }
    Ok(())
}
