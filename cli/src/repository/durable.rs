//! The one place that writes files durably: temporary file, sync, rename, sync of the directory.

use std::fs::{self, File, Metadata, Permissions, TryLockError};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

use tempfile::NamedTempFile;

use super::error::{RepositoryError, Result};

/// How the name of an unfinished download ends.
pub(super) const PARTIAL_SUFFIX: &str = ".part";

/// How long an unfinished download can still be resumed.
const KEEP_PARTIAL: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How the name of a temporary file begins.
pub const TEMPORARY_PREFIX: &str = "tmp-";

/// Age below which a directory is left alone: it cannot be locked.
const KEEP_FRESH: Duration = Duration::from_secs(60);

/// How often a temporary file is created again because a sweep has taken it for a dead writer's.
const MAX_ATTEMPTS: u32 = 20;

/// Whether a replaced file must survive a power cut, or may be rebuilt after one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    /// Synced before the function returns.
    Synced,
    /// Left to the system; readers check what they read.
    Rebuildable,
}

/// Creates a temporary file in `directory`. It is locked while its writer lives, which tells
/// [`sweep`] whose files are whose.
pub(super) fn temporary_file(directory: &Path) -> Result<NamedTempFile> {
    // As any other file: the default of the crate is private to the user, whatever the umask says.
    locked_file(directory, TEMPORARY_PREFIX, 0o666).map_err(RepositoryError::writing(directory))
}

/// Creates a file in `directory`, whose name begins with `prefix`, and locks it. `mode` is what the
/// umask takes from.
///
/// # Errors
/// What the system says.
pub fn locked_file(directory: &Path, prefix: &str, mode: u32) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix);
    #[cfg(unix)]
    builder.permissions(<Permissions as std::os::unix::fs::PermissionsExt>::from_mode(mode));
    let mut attempts = 0;
    loop {
        attempts += 1;
        let file = builder.tempfile_in(directory)?;
        let is_ours = match file.as_file().try_lock() {
            Ok(()) => is_at(file.as_file(), file.path()),
            // A sweep holds it, and removes it.
            Err(TryLockError::WouldBlock) => false,
            // A file system without locks has no sweeps.
            Err(TryLockError::Error(_)) => true,
        };
        if is_ours || attempts == MAX_ATTEMPTS {
            return Ok(file);
        }
    }
}

/// Whether `path` is still a name of an open file.
pub(super) fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::metadata(path)) {
        (Ok(opened), Ok(found)) => is_same(&opened, &found),
        _ => false,
    }
}

#[cfg(unix)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;

    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Elsewhere an open file is neither renamed nor removed.
#[cfg(not(unix))]
fn is_same(_one: &Metadata, _other: &Metadata) -> bool {
    true
}

/// Replaces the file at `path`, or creates it, through a temporary file in `temporary`, which must
/// be on the same file system.
pub(super) fn replace(
    path: &Path,
    content: &[u8],
    temporary: &Path,
    durability: Durability,
) -> Result<()> {
    let mut file = temporary_file(temporary)?;
    file.write_all(content)
        .map_err(RepositoryError::writing(path))?;
    match durability {
        Durability::Synced => install(file, path),
        Durability::Rebuildable => rename(file, path),
    }
}

/// Makes a finished temporary file appear at `path`, durably.
pub(super) fn install(file: NamedTempFile, path: &Path) -> Result<()> {
    file.as_file()
        .sync_all()
        .map_err(RepositoryError::writing(path))?;
    rename(file, path)?;
    sync_parent(path)
}

/// Makes renames and removals in `path`'s directory durable.
pub(super) fn sync_parent(path: &Path) -> Result<()> {
    let parent = path.parent().unwrap_or(path);
    // Only Unix can open a directory to sync it; elsewhere a rename is as durable as it gets.
    if cfg!(unix) {
        File::open(parent)
            .and_then(|directory| directory.sync_all())
            .map_err(RepositoryError::writing(parent))?;
    }
    Ok(())
}

fn rename(file: NamedTempFile, path: &Path) -> Result<()> {
    file.persist(path)
        .map_err(|error| RepositoryError::writing(path)(error.error))?;
    Ok(())
}

/// Removes what writers that are gone have left in a directory that nothing else is in, and
/// downloads that nobody resumed. What cannot be removed stays: it only takes space.
///
/// Links and directories cannot be locked. The caller holds the repository's lock, without which
/// nobody makes links.
pub(super) fn sweep(directory: &Path) {
    sweep_where(directory, |_| true);
}

/// Removes what writers that are gone have left in a directory of other files, too: only temporary
/// ones go. What cannot be removed stays: it only takes space.
pub fn sweep_strays(directory: &Path) {
    sweep_where(directory, |name| name.starts_with(TEMPORARY_PREFIX));
}

fn sweep_where(directory: &Path, is_temporary: impl Fn(&str) -> bool) {
    let Ok(entries) = fs::read_dir(directory) else {
        return;
    };
    for entry in entries.flatten() {
        if is_temporary(&entry.file_name().to_string_lossy()) {
            remove_abandoned(&entry.path());
        }
    }
}

/// Whether `directory` holds an unfinished download with something in it.
pub(super) fn has_partial(directory: &Path) -> bool {
    let is_partial = |entry: fs::DirEntry| {
        let name = entry.file_name();
        name.to_string_lossy().ends_with(PARTIAL_SUFFIX)
            && entry.metadata().is_ok_and(|metadata| metadata.len() > 0)
    };
    fs::read_dir(directory).is_ok_and(|entries| entries.flatten().any(is_partial))
}

/// Removes what a dead process left at `path`.
fn remove_abandoned(path: &Path) {
    let Ok(metadata) = fs::symlink_metadata(path) else {
        return;
    };
    let age = metadata
        .modified()
        .ok()
        .and_then(|modified| SystemTime::now().duration_since(modified).ok());
    let is_older_than = |limit| age.is_some_and(|age| age > limit);
    if metadata.is_dir() {
        if is_older_than(KEEP_FRESH) {
            let _ = fs::remove_dir_all(path);
        }
    } else if metadata.is_symlink() {
        let _ = fs::remove_file(path);
    } else if path.to_string_lossy().ends_with(PARTIAL_SUFFIX) {
        if is_older_than(KEEP_PARTIAL) {
            let _ = fs::remove_file(path);
        }
    } else if let Ok(file) = File::open(path)
        && file.try_lock().is_ok()
    {
        // The lock is held until the name is gone: a writer that is about to lock the file sees
        // that it is not there any more.
        let _ = fs::remove_file(path);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    fn age(path: &Path, by: Duration) {
        let file = File::options().append(true).open(path).expect("opens");
        file.set_modified(SystemTime::now() - by).expect("ages");
    }

    #[test]
    fn replacing_leaves_one_whole_file_and_no_other() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let path = directory.path().join("file");
        for contents in ["one", "two"] {
            replace(
                &path,
                contents.as_bytes(),
                directory.path(),
                Durability::Synced,
            )
            .expect("writes");
            assert_eq!(fs::read_to_string(&path).expect("reads"), contents);
        }
        assert_eq!(
            fs::read_dir(directory.path()).expect("lists").count(),
            1,
            "no temporary file is left"
        );
    }

    #[test]
    fn a_sweep_takes_dead_writers_files_and_no_others() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let live = temporary_file(directory.path()).expect("creates");
        let (_, dead) = temporary_file(directory.path())
            .expect("creates")
            .keep()
            .expect("keeps");
        let link = directory.path().join("checkout-link");
        std::os::unix::fs::symlink("nowhere", &link).expect("links");
        let names = directory.path().join("names");
        fs::create_dir(&names).expect("creates");
        let resumable = directory.path().join("a.part");
        let forgotten = directory.path().join("b.part");
        for path in [&names.join("a"), &resumable, &forgotten] {
            fs::write(path, "x").expect("writes");
        }
        let hour = Duration::from_secs(3600);
        age(&resumable, hour);
        age(&forgotten, KEEP_PARTIAL + hour);
        sweep(directory.path());
        assert!(live.path().exists(), "its writer lives");
        assert!(!dead.exists(), "its writer is gone");
        assert!(
            link.symlink_metadata().is_err(),
            "links are made under the lock"
        );
        assert!(names.exists(), "somebody may be at work there");
        assert!(resumable.exists() && !forgotten.exists());
        File::open(&names)
            .and_then(|opened| opened.set_modified(SystemTime::now() - hour))
            .expect("ages");
        sweep(directory.path());
        assert!(!names.exists());
    }

    #[test]
    fn among_other_files_temporary_ones_alone_go() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let (_, dead) = temporary_file(directory.path())
            .expect("creates")
            .keep()
            .expect("keeps");
        let other = directory.path().join("config.toml");
        fs::write(&other, "").expect("writes");
        sweep_strays(directory.path());
        assert!(other.exists() && !dead.exists());
    }

    #[test]
    fn a_writer_never_keeps_a_file_that_a_sweep_has_taken() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let ends = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !ends.load(Ordering::Relaxed) {
                    sweep(directory.path());
                }
            });
            let is_there =
                |_| temporary_file(directory.path()).is_ok_and(|file| file.path().exists());
            let are_all_there = (0..2000).all(is_there);
            ends.store(true, Ordering::Relaxed);
            assert!(are_all_there);
        });
    }

    #[test]
    fn what_the_user_can_fix_is_told_apart() {
        let missing = Path::new("/nonexistent-directory/file");
        let error = replace(
            missing,
            b"x",
            Path::new("/nonexistent-directory"),
            Durability::Synced,
        );
        assert!(matches!(error, Err(RepositoryError::Storage { .. })));
        let full = RepositoryError::writing(missing)(std::io::ErrorKind::StorageFull.into());
        assert!(matches!(full, RepositoryError::CannotWrite { .. }));
    }
}
