//! The stat cache: which files of the work tree need not be read again.

use muse_wire::id::ObjectId;
use muse_wire::snapshot::EntryKind;

/// What the file system says of a file without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileStat {
    /// Last change of the contents, in nanoseconds since 1970.
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

/// What was known of the work tree's files when they were last looked at.
#[derive(Debug, Default)]
pub struct StatCache {}

impl StatCache {
    /// The object that the file at `path` holds, where its stat data says that it is the one
    /// that was hashed then.
    pub fn lookup(&self, path: &str, stat: &FileStat) -> Option<ObjectId> {
        unimplemented!("{path} {stat:?}")
    }

    /// All entries, ascending by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, FileStat, ObjectId)> {
        std::iter::empty()
    }
}

/// Collects the entries of a new stat cache, in any order.
#[derive(Debug, Default)]
pub struct StatCacheBuilder {}

impl StatCacheBuilder {
    /// Notes that the file at `path`, as `stat` describes it, holds `object`.
    pub fn add(&mut self, path: &str, stat: &FileStat, object: &ObjectId) {
        unimplemented!("{path} {stat:?} {object}")
    }
}
