//! The one place that writes files durably: temporary file, sync, rename, sync of the directory.

use std::fs::{self, File, Permissions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::NamedTempFile;

use super::error::{RepositoryError, Result};

/// How the name of an unfinished download ends.
pub(super) const PARTIAL_SUFFIX: &str = ".part";

/// How long an unfinished download can still be resumed.
const KEEP_PARTIAL: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Age below which a temporary file is left alone: its writer may not have locked it yet.
const KEEP_FRESH: Duration = Duration::from_secs(60);

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
    let mut builder = tempfile::Builder::new();
    builder.prefix("tmp-");
    // As any other file: the default of the crate is private to the user, whatever the umask says.
    #[cfg(unix)]
    builder.permissions(<Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o666));
    let file = builder
        .tempfile_in(directory)
        .map_err(RepositoryError::writing(directory))?;
    // A file system without locks only loses the early clean-up.
    let _ = file.as_file().try_lock();
    Ok(file)
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

/// Removes the temporary files of writers that are gone, and downloads that nobody resumed.
/// What cannot be removed stays: it only takes space.
pub(super) fn sweep(directory: &Path) {
    let Ok(entries) = fs::read_dir(directory) else {
        return;
    };
    let now = SystemTime::now();
    for path in entries.flatten().map(|entry| entry.path()) {
        if is_abandoned(&path, now) {
            let _ = fs::remove_file(path);
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

fn is_abandoned(path: &PathBuf, now: SystemTime) -> bool {
    let age = fs::symlink_metadata(path)
        .and_then(|metadata| metadata.modified())
        .ok()
        .and_then(|modified| now.duration_since(modified).ok());
    let Some(age) = age else { return false };
    if path.to_string_lossy().ends_with(PARTIAL_SUFFIX) {
        return age > KEEP_PARTIAL;
    }
    age > KEEP_FRESH && File::open(path).is_ok_and(|file| file.try_lock().is_ok())
}

#[cfg(test)]
mod tests {
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
        let fresh = directory.path().join("tmp-fresh");
        let resumable = directory.path().join("a.part");
        let forgotten = directory.path().join("b.part");
        for path in [&fresh, &resumable, &forgotten] {
            fs::write(path, "x").expect("writes");
        }
        let hour = Duration::from_secs(3600);
        for path in [live.path(), &dead, &resumable] {
            age(path, hour);
        }
        age(&forgotten, KEEP_PARTIAL + hour);
        sweep(directory.path());
        assert!(live.path().exists(), "its writer lives");
        assert!(!dead.exists(), "its writer is gone");
        assert!(fresh.exists(), "its writer may be about to lock it");
        assert!(resumable.exists() && !forgotten.exists());
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
