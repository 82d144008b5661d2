//! One file of the work tree: its stat data and its bytes.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use muse_wire::id::{ObjectId, hash_object};
use muse_wire::limits::MAX_WHOLE_OBJECT_BYTES;
use muse_wire::mpack::CutObject;
use muse_wire::path::RepoPath;
use muse_wire::snapshot::EntryKind;
use rustix::fs::OFlags;
use rustix::io::Errno;

use super::error::{Result, WorktreeError};
use crate::repository::FileStat;

/// Larger files are never in memory as a whole, and stored as chunks.
pub(super) const LARGE_FILE_BYTES: u64 = MAX_WHOLE_OBJECT_BYTES;

/// A file whose content is known, for the stat cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KnownFile {
    pub(super) path: RepoPath,
    pub(super) stat: FileStat,
    pub(super) object: ObjectId,
}

/// The stat data of `path` itself, without following a link; `None` if there is nothing that a
/// snapshot can hold.
pub(super) fn stat(path: &Path) -> io::Result<Option<FileStat>> {
    match path.symlink_metadata() {
        Ok(metadata) => Ok(FileStat::of(&metadata)),
        Err(error) if is_absent(&error) || refuses_name(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether the error says that there is nothing at the path.
pub(super) fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// Whether the error says that the file system cannot hold a file of such a name, so that there is
/// none.
pub(super) fn refuses_name(error: &io::Error) -> bool {
    matches!(
        Errno::from_io_error(error),
        Some(Errno::INVAL | Errno::NAMETOOLONG | Errno::ILSEQ | Errno::NOTSUP)
    )
}

/// Opens a file for reading. What has taken its place since its stat data was read is refused: a
/// link would be followed, and a pipe would be waited for.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)?;
    if file.metadata()?.is_file() {
        return Ok(file);
    }
    Err(io::Error::other("it is not a regular file any more"))
}

/// The object that a file or link holds, without keeping it in memory.
pub(super) fn hash(path: &Path, kind: EntryKind) -> io::Result<ObjectId> {
    match kind {
        EntryKind::Symlink => Ok(ObjectId::of(&read_target(path)?)),
        EntryKind::File | EntryKind::Executable => Ok(hash_object(&mut open(path)?)?.0),
    }
}

/// The object that a file holds, cut into chunks, without keeping it in memory.
pub(super) fn cut(path: &Path) -> io::Result<CutObject> {
    CutObject::of(&mut open(path)?)
}

/// All bytes of a file, or a link's target, of about `size_bytes`, with the id of the object that
/// they are. Fails for a file that has become a large one since its length was asked.
pub(super) fn read(
    path: &Path,
    kind: EntryKind,
    size_bytes: u64,
) -> io::Result<(ObjectId, Vec<u8>)> {
    let bytes = match kind {
        EntryKind::Symlink => read_target(path)?,
        EntryKind::File | EntryKind::Executable => {
            // One byte more than announced, so that the end is seen without growing the buffer.
            let capacity = usize::try_from(size_bytes.min(LARGE_FILE_BYTES)).unwrap_or(0) + 1;
            let mut bytes = Vec::with_capacity(capacity);
            let most = size_bytes.max(LARGE_FILE_BYTES);
            open(path)?.take(most + 1).read_to_end(&mut bytes)?;
            if bytes.len() as u64 > most {
                return Err(io::Error::other("it grows while it is read"));
            }
            bytes
        }
    };
    Ok((ObjectId::of(&bytes), bytes))
}

/// The bytes of one file of the work tree, or a link's target; `None` if they are more than
/// `limit_bytes`.
///
/// # Errors
/// [`WorktreeError::Read`] if it cannot be read.
pub fn read_file(
    root: &Path,
    path: &RepoPath,
    kind: EntryKind,
    limit_bytes: u64,
) -> Result<Option<Vec<u8>>> {
    let full = root.join(path.as_str());
    let found = stat(&full).map_err(WorktreeError::reading(&full))?;
    let Some(stat) = found.filter(|stat| stat.kind == kind) else {
        return Err(WorktreeError::ChangedMeanwhile(path.clone()));
    };
    if stat.size_bytes > limit_bytes {
        return Ok(None);
    }
    let (_, bytes) = read(&full, kind, stat.size_bytes).map_err(WorktreeError::reading(&full))?;
    Ok(Some(bytes))
}

/// The bytes of an object of this length, if a regular file at `path` holds them.
pub fn find_object(
    root: &Path,
    path: &RepoPath,
    object: &ObjectId,
    length: u64,
) -> Option<Vec<u8>> {
    let full = root.join(path.as_str());
    let stat = stat(&full).ok()??;
    if stat.kind == EntryKind::Symlink || stat.size_bytes != length {
        return None;
    }
    let (actual, bytes) = read(&full, stat.kind, length).ok()?;
    (actual == *object).then_some(bytes)
}

fn read_target(path: &Path) -> io::Result<Vec<u8>> {
    Ok(path.read_link()?.into_os_string().into_vec())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn what_took_the_place_of_a_file_is_not_read() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = |name: &str| directory.path().join(name);
        std::fs::write(path("secret"), "somebody else's").expect("writable");
        std::os::unix::fs::symlink(path("secret"), path("link")).expect("writable");
        let made = Command::new("mkfifo").arg(path("pipe")).status();
        assert!(made.is_ok_and(|status| status.success()));
        for name in ["link", "pipe"] {
            // The pipe has no writer: opened as a file is, it would be waited for without end.
            assert!(hash(&path(name), EntryKind::File).is_err(), "{name}");
            assert!(read(&path(name), EntryKind::File, 1).is_err(), "{name}");
            assert!(cut(&path(name)).is_err(), "{name}");
        }
        let grown = File::create(path("grown")).expect("writable");
        grown.set_len(LARGE_FILE_BYTES + 1).expect("writable");
        assert!(read(&path("grown"), EntryKind::File, 15).is_err());
        assert!(read(&path("grown"), EntryKind::File, LARGE_FILE_BYTES + 1).is_ok());
        let (object, bytes) = read(&path("secret"), EntryKind::File, 15).expect("a file");
        assert_eq!(object, ObjectId::of(&bytes));
    }
}
