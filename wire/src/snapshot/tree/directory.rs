//! One directory of a tree in memory, and what is below it.
//!
//! Each directory keeps its hash once it is known: SHA-256 over `muse/dir/1\0` and then, for each
//! entry in byte order of name: kind u8, name length u16 LE, name, id (32 bytes). An empty
//! directory does not exist, but for the root.

use std::sync::{Arc, OnceLock};

use super::by_name::{ByName, join};
use crate::id::{Hasher, ID_BYTES, ObjectId};
use crate::snapshot::{DIRECTORY_KIND, Entry};

/// Prefix of the hashed bytes of a directory.
pub(super) const DIRECTORY_DOMAIN: &[u8] = b"muse/dir/1\0";

/// Bytes that an entry has in the hashed form beside its name: kind, the name's length, id.
const HASHED_ENTRY_BYTES: usize = 1 + 2 + ID_BYTES;

/// A directory. No name is both a file's and a directory's.
#[derive(Default)]
pub(super) struct Directory {
    pub(super) files: ByName<Entry>,
    pub(super) directories: ByName<Arc<Directory>>,
    hash: OnceLock<[u8; ID_BYTES]>,
    /// Files here and below.
    pub(super) file_count: u64,
    /// Bytes of all paths of files here and below, relative to this directory.
    pub(super) path_bytes: u64,
    /// How many directories are below it.
    pub(super) directory_count: u64,
    /// Bytes of memory that it and all below it take.
    pub(super) memory_bytes: u64,
}

/// What a name stands for.
#[derive(Clone, Copy)]
pub(super) enum Item<'a> {
    File(&'a Entry),
    Directory(&'a Arc<Directory>),
}

impl Directory {
    pub(super) fn new(files: ByName<Entry>, directories: ByName<Arc<Self>>) -> Self {
        let mut this = Self {
            file_count: files.len() as u64,
            path_bytes: files.name_bytes(),
            directory_count: directories.len() as u64,
            memory_bytes: 0,
            hash: OnceLock::new(),
            files,
            directories,
        };
        this.memory_bytes = this.own_memory_bytes();
        for (name, below) in this.directories.iter() {
            this.memory_bytes += below.memory_bytes;
            this.file_count += below.file_count;
            this.directory_count += below.directory_count;
            this.path_bytes += below.path_bytes + below.file_count * (name.len() as u64 + 1);
        }
        this
    }

    /// Bytes of memory that it takes without what is below it.
    pub(super) const fn own_memory_bytes(&self) -> u64 {
        let files_and_directories = self.files.memory_bytes() + self.directories.memory_bytes();
        size_of::<Self>() as u64 + files_and_directories
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.files.is_empty() && self.directories.is_empty()
    }

    /// Files and directories together, ascending by name.
    pub(super) fn items(&self) -> impl Iterator<Item = (&str, Item<'_>)> {
        join(self.files.iter(), self.directories.iter()).filter_map(|(name, file, below)| {
            let item = file.map(Item::File).or(below.map(Item::Directory));
            Some((name, item?))
        })
    }

    /// Bytes that [`Self::hash`] will read, here and below, since they were not hashed before.
    pub(super) fn unhashed_bytes(&self) -> u64 {
        if self.hash.get().is_some() {
            return 0;
        }
        let entries = (self.files.len() + self.directories.len()) * HASHED_ENTRY_BYTES;
        let names = self.files.name_bytes() + self.directories.name_bytes();
        let below = self.directories.iter();
        let below: u64 = below.map(|(_, below)| below.unhashed_bytes()).sum();
        entries as u64 + names + below
    }

    pub(super) fn hash(&self) -> [u8; ID_BYTES] {
        *self.hash.get_or_init(|| {
            let mut hasher = Hasher::new();
            hasher.update(DIRECTORY_DOMAIN);
            let mut buffer = Vec::with_capacity(ID_BYTES + 300);
            for (name, item) in self.items() {
                let (kind, id) = match item {
                    Item::File(entry) => (entry.kind as u8, *entry.object.as_bytes()),
                    Item::Directory(below) => (DIRECTORY_KIND, below.hash()),
                };
                let length =
                    u16::try_from(name.len()).expect("a path component is at most 255 bytes");
                buffer.clear();
                buffer.push(kind);
                buffer.extend_from_slice(&length.to_le_bytes());
                buffer.extend_from_slice(name.as_bytes());
                buffer.extend_from_slice(&id);
                hasher.update(&buffer);
            }
            hasher.finish()
        })
    }

    /// Calls `visit` with the path and the entry of each file here and below, ascending by path.
    /// `prefix` is this directory's path: empty, or ending in `/`.
    pub(super) fn visit_files(&self, prefix: &mut String, visit: &mut impl FnMut(&str, Entry)) {
        // In a path, a directory's name goes on with a slash: `a-b` is before `a/`.
        let mut directories: Vec<(&str, &Arc<Self>)> = self.directories.iter().collect();
        directories.sort_unstable_by(|(one, _), (other, _)| {
            let (one, other) = (one.bytes().chain([b'/']), other.bytes().chain([b'/']));
            one.cmp(other)
        });
        let mut directories = directories.into_iter().peekable();
        let mut files = self.files.iter().peekable();
        loop {
            let length = prefix.len();
            let is_before = |(directory, _): &(&str, &Arc<Self>)| match files.peek() {
                Some((file, _)) => directory.bytes().chain([b'/']).lt(file.bytes()),
                None => true,
            };
            if let Some((name, below)) = directories.next_if(is_before) {
                prefix.extend([name, "/"]);
                below.visit_files(prefix, visit);
            } else if let Some((name, entry)) = files.next() {
                prefix.push_str(name);
                visit(prefix, *entry);
            } else {
                return;
            }
            prefix.truncate(length);
        }
    }

    /// Calls `visit` with the object of each file here and below.
    pub(super) fn visit_objects(&self, visit: &mut impl FnMut(ObjectId)) {
        for (_, entry) in self.files.iter() {
            visit(entry.object);
        }
        for (_, below) in self.directories.iter() {
            below.visit_objects(visit);
        }
    }

    /// Calls `visit` with the names in this directory, whose path is `prefix`, then in each below.
    pub(super) fn visit_directories(
        &self,
        prefix: &mut String,
        visit: &mut impl FnMut(&str, &[&str]),
    ) {
        let names: Vec<&str> = self.items().map(|(name, _)| name).collect();
        visit(prefix, &names);
        drop(names);
        for (name, below) in self.directories.iter() {
            let length = prefix.len();
            prefix.extend([name, "/"]);
            below.visit_directories(prefix, visit);
            prefix.truncate(length);
        }
    }
}
