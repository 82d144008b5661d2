//! The stat cache, `.muse/index`: which files of the work tree need not be read again.
//!
//! ```text
//! magic "museidx2" · count u64 · entries, ascending by path · SHA-256 of all before
//! entry: mtime i64 · ctime i64 · size u64 · inode u64 · kind u8 · object 32
//!        path length u16 · path
//! all numbers little-endian
//! ```
//! A file in any other form is ignored: everything is read again then.
//!
//! A file may be noted only if it was last changed in an earlier tick of the file system's clock
//! than that in which it was read ([`super::FileTime::is_after`]): a later change within the same
//! tick could leave the same stat data.

use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use muse_wire::id::{Hasher, ID_BYTES, ObjectId};
use muse_wire::limits::MAX_PATH_BYTES;
use muse_wire::snapshot::EntryKind;

use super::durable::{self, Durability};
use super::error::{RepositoryError, Result};
use super::layout::Layout;

/// Magic and version.
const MAGIC: &[u8; 8] = b"museidx2";
/// Magic and count.
const HEADER_BYTES: usize = 16;
/// An entry's bytes before its path.
const ENTRY_BYTES: usize = 4 * 8 + 1 + ID_BYTES + 2;
/// Where an entry's path length is.
const LENGTH_AT: usize = ENTRY_BYTES - 2;

/// What the file system says of a file without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileStat {
    /// Last change of the content, in nanoseconds since 1970.
    pub mtime_ns: i64,
    /// Last change of the inode, in nanoseconds since 1970.
    pub ctime_ns: i64,
    /// Length in bytes.
    pub size_bytes: u64,
    /// Inode number.
    pub inode: u64,
    /// File, executable or link.
    pub kind: EntryKind,
}

impl FileStat {
    /// The stat data of a file that a snapshot can hold; `None` for directories, sockets, devices
    /// and pipes.
    pub fn of(metadata: &Metadata) -> Option<Self> {
        let file_type = metadata.file_type();
        let kind = if file_type.is_symlink() {
            EntryKind::Symlink
        } else if !file_type.is_file() {
            return None;
        } else if metadata.permissions().mode() & 0o100 != 0 {
            EntryKind::Executable
        } else {
            EntryKind::File
        };
        let nanoseconds =
            |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000).saturating_add(rest);
        Some(Self {
            mtime_ns: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            ctime_ns: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
            size_bytes: metadata.len(),
            inode: metadata.ino(),
            kind,
        })
    }
}

/// The file that holds the stat cache.
#[derive(Debug)]
pub struct StatCacheStore {
    path: PathBuf,
}

impl StatCacheStore {
    pub(super) fn new(layout: &Layout) -> Self {
        Self {
            path: layout.index.clone(),
        }
    }

    /// What was known of the work tree's files when they were last scanned; empty if the file is
    /// missing or damaged.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn read(&self) -> Result<StatCache> {
        StatCache::read(&self.path)
    }

    /// Whether the file is what was written; a missing one is.
    ///
    /// # Errors
    /// [`RepositoryError::Damaged`] if it is not, and if it cannot be read.
    pub fn check(&self) -> Result<()> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(RepositoryError::storage("read", &self.path)(error)),
        };
        match StatCache::parse(bytes) {
            Some(_) => Ok(()),
            None => Err(RepositoryError::damaged(
                &self.path,
                "it is no stat cache; all files are read again",
            )),
        }
    }
}

/// Replaces the stat cache at `path`.
pub(super) fn write(cache: StatCacheBuilder, path: &Path, temporary: &Path) -> Result<()> {
    durable::replace(path, &cache.encode(), temporary, Durability::Rebuildable)
}

/// What was known of the work tree's files when they were last scanned.
///
/// Held as it lies in the file: opening costs one read, one hash and no allocation for each entry.
#[derive(Debug, Default)]
pub struct StatCache {
    bytes: Vec<u8>,
    /// Where each entry starts, ascending by path.
    starts: Vec<u32>,
}

impl StatCache {
    /// The object that the file at `path` holds, where its stat data says that it is the one
    /// that was hashed then.
    pub fn lookup(&self, path: &str, stat: &FileStat) -> Option<ObjectId> {
        let at = self
            .starts
            .binary_search_by(|&start| self.entry(start).0.cmp(path.as_bytes()))
            .ok()?;
        let (_, known, object) = self.entry(self.starts[at]);
        (known == *stat).then_some(object)
    }

    /// All entries, ascending by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, FileStat, ObjectId)> {
        self.starts.iter().map(|&start| {
            let (path, stat, object) = self.entry(start);
            let path = std::str::from_utf8(path).expect("checked when the file was parsed");
            (path, stat, object)
        })
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    fn read(path: &Path) -> Result<Self> {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(RepositoryError::storage("read", path)(error)),
        };
        Ok(Self::parse(bytes).unwrap_or_default())
    }

    fn parse(bytes: Vec<u8>) -> Option<Self> {
        let (body, checksum) = bytes.split_last_chunk::<ID_BYTES>()?;
        let mut hasher = Hasher::new();
        hasher.update(body);
        if body.len() < HEADER_BYTES || !body.starts_with(MAGIC) || hasher.finish() != *checksum {
            return None;
        }
        let count = u64::from_le_bytes(body[MAGIC.len()..HEADER_BYTES].try_into().ok()?);
        let mut starts =
            Vec::with_capacity(usize::try_from(count).ok()?.min(body.len() / ENTRY_BYTES));
        let mut at = HEADER_BYTES;
        while at < body.len() {
            let entry = body.get(at..at + ENTRY_BYTES)?;
            let length = u16::from_le_bytes([entry[LENGTH_AT], entry[LENGTH_AT + 1]]);
            let end = at + ENTRY_BYTES + usize::from(length);
            std::str::from_utf8(body.get(at + ENTRY_BYTES..end)?).ok()?;
            kind(entry[4 * 8])?;
            starts.push(u32::try_from(at).ok()?);
            at = end;
        }
        let cache = Self { bytes, starts };
        let ascending = cache
            .starts
            .is_sorted_by(|&one, &two| cache.entry(one).0 < cache.entry(two).0);
        (cache.starts.len() as u64 == count && ascending).then_some(cache)
    }

    fn entry(&self, start: u32) -> (&[u8], FileStat, ObjectId) {
        let entry = &self.bytes[start as usize..];
        let number = |at: usize| {
            let bytes = entry[at * 8..at * 8 + 8].try_into();
            u64::from_le_bytes(bytes.expect("a slice of eight bytes"))
        };
        let stat = FileStat {
            mtime_ns: number(0).cast_signed(),
            ctime_ns: number(1).cast_signed(),
            size_bytes: number(2),
            inode: number(3),
            kind: kind(entry[4 * 8]).expect("checked when the file was parsed"),
        };
        let object = ObjectId::from_slice(&entry[4 * 8 + 1..LENGTH_AT]).expect("32 bytes");
        let length = u16::from_le_bytes([entry[LENGTH_AT], entry[LENGTH_AT + 1]]);
        let path = &entry[ENTRY_BYTES..ENTRY_BYTES + usize::from(length)];
        (path, stat, object)
    }
}

fn kind(number: u8) -> Option<EntryKind> {
    [EntryKind::File, EntryKind::Executable, EntryKind::Symlink]
        .into_iter()
        .find(|&kind| kind as u8 == number)
}

/// Collects the entries of a new stat cache, in any order.
#[derive(Debug, Default)]
pub struct StatCacheBuilder {
    entries: Vec<u8>,
    starts: Vec<usize>,
}

impl StatCacheBuilder {
    /// Notes that the file at `path`, as `stat` describes it, holds `object`. The caller has
    /// checked that the file had settled before it was read ([`super::FileTime::is_after`]).
    ///
    /// # Panics
    /// Where `path` is longer than any path in a snapshot.
    pub fn add(&mut self, path: &str, stat: &FileStat, object: &ObjectId) {
        assert!(path.len() <= MAX_PATH_BYTES, "a checked path");
        self.starts.push(self.entries.len());
        for number in [
            stat.mtime_ns.cast_unsigned(),
            stat.ctime_ns.cast_unsigned(),
            stat.size_bytes,
            stat.inode,
        ] {
            self.entries.extend_from_slice(&number.to_le_bytes());
        }
        self.entries.push(stat.kind as u8);
        self.entries.extend_from_slice(object.as_bytes());
        self.entries
            .extend_from_slice(&(path.len() as u16).to_le_bytes());
        self.entries.extend_from_slice(path.as_bytes());
    }

    fn encode(self) -> Vec<u8> {
        let Self {
            entries,
            mut starts,
        } = self;
        let entry = |start: usize| {
            let length = [entries[start + LENGTH_AT], entries[start + LENGTH_AT + 1]];
            &entries[start..start + ENTRY_BYTES + usize::from(u16::from_le_bytes(length))]
        };
        // What was noted last counts.
        starts.sort_by_key(|&start| &entry(start)[ENTRY_BYTES..]);
        let mut bytes = Vec::with_capacity(HEADER_BYTES + entries.len() + ID_BYTES);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&[0; 8]);
        let mut count = 0u64;
        for (at, &start) in starts.iter().enumerate() {
            let again = starts
                .get(at + 1)
                .is_some_and(|&next| entry(next)[ENTRY_BYTES..] == entry(start)[ENTRY_BYTES..]);
            if !again {
                bytes.extend_from_slice(entry(start));
                count += 1;
            }
        }
        bytes[MAGIC.len()..HEADER_BYTES].copy_from_slice(&count.to_le_bytes());
        let mut hasher = Hasher::new();
        hasher.update(&bytes);
        bytes.extend_from_slice(&hasher.finish());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAT: FileStat = FileStat {
        mtime_ns: -5,
        ctime_ns: 1_700_000_000_000_000_000,
        size_bytes: 3,
        inode: 7,
        kind: EntryKind::Executable,
    };

    fn encoded() -> Vec<u8> {
        let mut builder = StatCacheBuilder::default();
        for path in ["b", "a/ü", "a", "b"] {
            builder.add(path, &STAT, &ObjectId::of(path.as_bytes()));
        }
        builder.encode()
    }

    #[test]
    fn only_an_unchanged_file_is_found() {
        let cache = StatCache::parse(encoded()).expect("valid");
        assert_eq!(
            cache.lookup("a/ü", &STAT),
            Some(ObjectId::of("a/ü".as_bytes()))
        );
        assert_eq!(cache.lookup("c", &STAT), None);
        let paths: Vec<_> = cache.iter().map(|(path, ..)| path).collect();
        assert_eq!(paths, ["a", "a/ü", "b"]);
        for changed in [
            FileStat {
                mtime_ns: 0,
                ..STAT
            },
            FileStat {
                ctime_ns: 0,
                ..STAT
            },
            FileStat {
                size_bytes: 4,
                ..STAT
            },
            FileStat { inode: 8, ..STAT },
            FileStat {
                kind: EntryKind::File,
                ..STAT
            },
        ] {
            assert_eq!(cache.lookup("a", &changed), None, "{changed:?}");
        }
    }

    #[test]
    fn damage_leaves_an_empty_cache() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let path = directory.path().join("index");
        assert!(StatCache::read(&path).expect("missing is empty").is_empty());
        let whole = encoded();
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x40;
            fs::write(&path, &damaged).expect("writes");
            assert!(StatCache::read(&path).expect("reads").is_empty(), "at {at}");
        }
        for end in 0..whole.len() {
            assert!(StatCache::parse(whole[..end].to_vec()).is_none());
        }
    }

    #[test]
    fn the_file_is_replaced_whole() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let path = directory.path().join("index");
        let mut builder = StatCacheBuilder::default();
        builder.add("a", &STAT, &ObjectId::of(b"1"));
        write(builder, &path, directory.path()).expect("writes");
        let cache = StatCache::read(&path).expect("reads");
        assert_eq!(cache.len(), 1);
        assert_eq!(cache.lookup("a", &STAT), Some(ObjectId::of(b"1")));
    }
}
