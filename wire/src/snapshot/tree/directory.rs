//! One directory of a tree in memory, and what is below it.
//!
//! Each directory keeps its hash once it is known: SHA-256 over `muse/dir/1\0` and then, for each
//! entry in byte order of name: kind u8, name length u16 LE, name, id (32 bytes). An empty
//! directory does not exist, but for the root.

use std::cmp::Ordering;
use std::sync::{Arc, OnceLock};

use super::error::TreeError;
use crate::id::{Hasher, ID_BYTES};
use crate::limits::MAX_SNAPSHOT_DIRECTORIES;
use crate::path::RepoPath;
use crate::snapshot::{Change, DIRECTORY_KIND, Entry};

/// Prefix of the hashed bytes of a directory.
pub(super) const DIRECTORY_DOMAIN: &[u8] = b"muse/dir/1\0";

/// A directory; cloning it copies its own list of names alone.
#[derive(Clone, Default)]
pub(super) struct Directory {
    /// Ascending by name.
    pub(super) nodes: Vec<Node>,
    hash: OnceLock<[u8; ID_BYTES]>,
    pub(super) file_count: u64,
    /// Bytes of all paths below, relative to this directory.
    pub(super) path_bytes: u64,
    /// How many directories are below it.
    pub(super) directory_count: u64,
}

/// A name in a directory.
#[derive(Clone)]
pub(super) struct Node {
    name: Arc<str>,
    pub(super) item: Item,
}

/// What a name stands for.
#[derive(Clone)]
pub(super) enum Item {
    File(Entry),
    Directory(Arc<Directory>),
}

impl Directory {
    pub(super) fn find(&self, name: &str) -> Result<usize, usize> {
        self.nodes
            .binary_search_by(|node| node.name.as_bytes().cmp(name.as_bytes()))
    }

    pub(super) fn hash(&self) -> [u8; ID_BYTES] {
        *self.hash.get_or_init(|| {
            let mut hasher = Hasher::new();
            hasher.update(DIRECTORY_DOMAIN);
            let mut buffer = Vec::with_capacity(ID_BYTES + 300);
            for node in &self.nodes {
                let (kind, id) = match &node.item {
                    Item::File(entry) => (entry.kind as u8, *entry.object.as_bytes()),
                    Item::Directory(below) => (DIRECTORY_KIND, below.hash()),
                };
                let length =
                    u16::try_from(node.name.len()).expect("a path component is at most 255 bytes");
                buffer.clear();
                buffer.push(kind);
                buffer.extend_from_slice(&length.to_le_bytes());
                buffer.extend_from_slice(node.name.as_bytes());
                buffer.extend_from_slice(&id);
                hasher.update(&buffer);
            }
            hasher.finish()
        })
    }

    /// Applies changes below this directory, in [`by_components`], whose names in it begin at byte
    /// `start` of their paths.
    ///
    /// Nothing is copied of the changes on the way down, so a deep tree costs no more than a flat
    /// one. `new_directories` counts those that are made, so that a record of few bytes cannot ask
    /// for more than the format allows before the tree is complete.
    pub(super) fn apply(
        this: &mut Arc<Self>,
        changes: &[&Change],
        start: usize,
        new_directories: &mut u64,
    ) -> Result<(), TreeError> {
        let directory = Arc::make_mut(this);
        directory.hash = OnceLock::new();
        let mut added: Vec<Node> = Vec::new();
        let mut removed = false;
        let mut rest = changes;
        while let Some((group, others)) = Group::split_first(rest, start) {
            rest = others;
            let path = || group.path.to_owned();
            let place = directory.find(group.name());
            let before = place.ok().map(|at| &mut directory.nodes[at].item);
            let had_file = matches!(before, Some(Item::File(_)));
            // A removed file makes room for a directory, and a directory that empties makes room
            // for a file.
            if group.direct == Some(None) && !had_file {
                return Err(TreeError::NotThere(path()));
            }
            let mut below = match &before {
                Some(Item::Directory(below)) => Some(Arc::clone(below)),
                _ => None,
            };
            if !group.below.is_empty() {
                if had_file && group.direct.is_none() {
                    return Err(TreeError::FileAndDirectory(path()));
                }
                let mut changed = match below {
                    Some(below) => below,
                    None => {
                        *new_directories += 1;
                        check_directory_count(*new_directories)?;
                        Arc::default()
                    }
                };
                let start = group.path.len() + 1;
                Self::apply(&mut changed, group.below, start, new_directories)?;
                below = (!changed.nodes.is_empty()).then_some(changed);
            }
            let after = match (group.direct, below) {
                (Some(Some(_)), Some(_)) => return Err(TreeError::FileAndDirectory(path())),
                (Some(Some(entry)), None) => Some(Item::File(entry)),
                (_, Some(below)) => Some(Item::Directory(below)),
                (_, None) => None,
            };
            match (before, after) {
                (Some(item), Some(after)) => *item = after,
                (Some(_), None) => {
                    let at = place.expect("an item was found there");
                    directory.nodes[at].item = Item::Directory(Arc::default());
                    removed = true;
                }
                (None, Some(item)) => added.push(Node {
                    name: group.name().into(),
                    item,
                }),
                (None, None) => {}
            }
        }
        if removed {
            directory.nodes.retain(
                |node| !matches!(&node.item, Item::Directory(below) if below.nodes.is_empty()),
            );
        }
        directory.insert(added);
        directory.recount();
        Ok(())
    }

    /// Merges new nodes in, ascending by name like the present ones.
    fn insert(&mut self, added: Vec<Node>) {
        if self.nodes.len() > 16 * added.len() {
            for node in added {
                let at = self.find(&node.name).unwrap_or_else(|at| at);
                self.nodes.insert(at, node);
            }
        } else {
            self.nodes.reserve_exact(added.len());
            self.nodes.extend(added);
            // Two ascending runs: the stable sort merges them in linear time.
            self.nodes
                .sort_by(|a, b| a.name.as_bytes().cmp(b.name.as_bytes()));
        }
    }

    /// Calls `visit` with the names in this directory, whose path is `prefix`, then in each below.
    pub(super) fn visit(&self, prefix: &mut String, visit: &mut impl FnMut(&str, &[&str])) {
        let names: Vec<&str> = self.nodes.iter().map(|node| &*node.name).collect();
        visit(prefix, &names);
        drop(names);
        for node in &self.nodes {
            if let Item::Directory(below) = &node.item {
                let length = prefix.len();
                prefix.extend([&*node.name, "/"]);
                below.visit(prefix, visit);
                prefix.truncate(length);
            }
        }
    }

    fn recount(&mut self) {
        self.file_count = 0;
        self.path_bytes = 0;
        self.directory_count = 0;
        for node in &self.nodes {
            let name_bytes = node.name.len() as u64;
            match &node.item {
                Item::File(_) => {
                    self.file_count += 1;
                    self.path_bytes += name_bytes;
                }
                Item::Directory(below) => {
                    self.file_count += below.file_count;
                    self.directory_count += below.directory_count + 1;
                    self.path_bytes += below.path_bytes + below.file_count * (name_bytes + 1);
                }
            }
        }
    }
}

/// All changes that name one component of a directory: those at it and those below it.
struct Group<'a> {
    /// The path as far as this component.
    path: &'a str,
    /// Where the component begins.
    start: usize,
    direct: Option<Option<Entry>>,
    below: &'a [&'a Change],
}

impl<'a> Group<'a> {
    /// The group of the first of these changes, and the changes of the other groups.
    fn split_first(changes: &'a [&'a Change], start: usize) -> Option<(Self, &'a [&'a Change])> {
        let first: &str = &changes.first()?.path;
        let length = first[start..].find('/').unwrap_or(first.len() - start);
        let path = &first[..start + length];
        let name = &path.as_bytes()[start..];
        let is_in_group = |change: &&Change| {
            let other = &change.path.as_bytes()[start..];
            other.starts_with(name) && matches!(other.get(length), None | Some(b'/'))
        };
        let (group, others) = changes.split_at(changes.partition_point(is_in_group));
        let (direct, below) = match group {
            [direct, below @ ..] if direct.path.len() == path.len() => (Some(direct.entry), below),
            below => (None, below),
        };
        let group = Self {
            path,
            start,
            direct,
            below,
        };
        Some((group, others))
    }

    fn name(&self) -> &'a str {
        &self.path[self.start..]
    }
}

/// The order in which everything below a directory stands together: as if `/` came before every
/// other byte. (By bytes alone, `a-b` is between `a` and `a/b`.)
pub(super) fn by_components(one: &&Change, other: &&Change) -> Ordering {
    let (one, other) = (one.path.as_bytes(), other.path.as_bytes());
    let common = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let rank = |byte: &u8| if *byte == b'/' { 0 } else { *byte };
    let next = |path: &[u8]| path.get(common).map(rank);
    next(one).cmp(&next(other))
}

/// Refuses a tree of more directories than the format allows.
pub(super) fn check_directory_count(count: u64) -> Result<(), TreeError> {
    if count <= MAX_SNAPSHOT_DIRECTORIES as u64 {
        return Ok(());
    }
    Err(TreeError::TooManyDirectories)
}

/// Appends what differs between two directories, either of which may be missing.
pub(super) fn diff_directories(
    from: Option<&Arc<Directory>>,
    to: Option<&Arc<Directory>>,
    prefix: &mut String,
    changes: &mut Vec<Change>,
) {
    if let (Some(from), Some(to)) = (from, to)
        && (Arc::ptr_eq(from, to) || from.hash() == to.hash())
    {
        return;
    }
    let nodes = |directory: Option<&Arc<Directory>>| directory.cloned().unwrap_or_default();
    let (from, to) = (nodes(from), nodes(to));
    let (mut old, mut new) = (from.nodes.iter().peekable(), to.nodes.iter().peekable());
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => return,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(a), Some(b)) => a.name.as_bytes().cmp(b.name.as_bytes()),
        };
        let before = if order.is_le() { old.next() } else { None };
        let after = if order.is_ge() { new.next() } else { None };
        let name = before.or(after).map_or("", |node| &node.name);
        let length = prefix.len();
        prefix.push_str(name);
        diff_items(
            before.map(|node| &node.item),
            after.map(|node| &node.item),
            prefix,
            changes,
        );
        prefix.truncate(length);
    }
}

fn diff_items(
    before: Option<&Item>,
    after: Option<&Item>,
    path: &mut String,
    changes: &mut Vec<Change>,
) {
    let file = |item: Option<&Item>| match item {
        Some(Item::File(entry)) => Some(*entry),
        _ => None,
    };
    fn directory(item: Option<&Item>) -> Option<&Arc<Directory>> {
        match item {
            Some(Item::Directory(directory)) => Some(directory),
            _ => None,
        }
    }
    if file(before) != file(after) {
        let path =
            RepoPath::new(path.as_str()).expect("every path in a tree was checked when it came in");
        changes.push(Change {
            path,
            entry: file(after),
        });
    }
    if directory(before).is_some() || directory(after).is_some() {
        path.push('/');
        diff_directories(directory(before), directory(after), path, changes);
    }
}
