//! A whole tree in memory: persistent, so that the trees of a long history share what they have in common.
//!
//! Each directory keeps its hash once it is known, and a change copies and rehashes only the
//! directories on its path. The hash of a directory is SHA-256 over `muse/dir/1\0` and then, for each
//! entry in byte order of name: kind u8, name length u16 LE, name, id (32 bytes). An empty
//! directory does not exist, but for the root.

use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::sync::{Arc, OnceLock};

use super::{Change, DIRECTORY_KIND, Entry, SnapshotRecord};
use crate::id::{Hasher, ID_BYTES, SnapshotId};
use crate::path::{RepoPath, fold_name};

/// Prefix of the hashed bytes of a directory.
const DIRECTORY_DOMAIN: &[u8] = b"muse/dir/1\0";

/// Bytes that one file's entry takes in a listing beside its path: kind, id and their framing.
const LISTING_ENTRY_BYTES: u64 = 40;

/// With more new names than this in one directory, twins are looked for through a set.
const TWIN_SCAN_LIMIT: usize = 8;

/// A materialised snapshot. Cloning is cheap.
#[derive(Clone, Default)]
pub struct Tree {
    root: Arc<Directory>,
}

/// Why changes cannot be applied to a tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TreeError {
    /// A change takes away what is not there.
    #[error("{0} is removed, but the base does not have it")]
    NotThere(String),
    /// One name is to be a file and a directory.
    #[error("{0} would be both a file and a directory")]
    FileAndDirectory(String),
    /// Two names in one directory are one on systems that fold case or normalise Unicode.
    #[error("{0} and {1} are the same name on systems that fold case or normalise Unicode")]
    Twins(String, String),
    /// Applying a record's changes gives another tree than its id says.
    #[error("the changes give snapshot {actual}, not {expected}")]
    WrongId {
        /// What the record says.
        expected: SnapshotId,
        /// What its changes give.
        actual: SnapshotId,
    },
}

#[derive(Clone, Default)]
struct Directory {
    /// Ascending by name.
    nodes: Vec<Node>,
    hash: OnceLock<[u8; ID_BYTES]>,
    file_count: u64,
    /// Bytes of all paths below, relative to this directory.
    path_bytes: u64,
}

#[derive(Clone)]
struct Node {
    name: Arc<str>,
    /// Hash of the folded name: equal for twins.
    fold: u32,
    item: Item,
}

#[derive(Clone)]
enum Item {
    File(Entry),
    Directory(Arc<Directory>),
}

impl Tree {
    /// The tree without files.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The snapshot's id: the root directory's hash.
    pub fn id(&self) -> SnapshotId {
        SnapshotId::from_bytes(self.root.hash())
    }

    /// How many files, executables and links it holds.
    pub fn file_count(&self) -> u64 {
        self.root.file_count
    }

    /// About how many bytes a keyframe of this tree takes.
    pub fn listing_bytes(&self) -> u64 {
        self.root.path_bytes + self.root.file_count * LISTING_ENTRY_BYTES
    }

    /// What stands at `path`.
    pub fn get(&self, path: &str) -> Option<Entry> {
        let mut directory = &self.root;
        let mut components = path.split('/').peekable();
        while let Some(name) = components.next() {
            match (
                &directory.nodes[directory.find(name).ok()?].item,
                components.peek(),
            ) {
                (Item::File(entry), None) => return Some(*entry),
                (Item::Directory(below), Some(_)) => directory = below,
                _ => return None,
            }
        }
        None
    }

    /// The tree after `changes`, which are in strictly ascending order of path.
    ///
    /// # Errors
    /// [`TreeError`] where a change takes away what is not there, or the result has a file and
    /// a directory, or two twins, in one place.
    pub fn apply(&self, changes: &[Change]) -> Result<Self, TreeError> {
        let mut root = Arc::clone(&self.root);
        let changes: Vec<_> = changes
            .iter()
            .map(|change| (change.path.as_str(), change.entry))
            .collect();
        Directory::apply(&mut root, &changes, "")?;
        Ok(Self { root })
    }

    /// The tree of `record`, given its base's (the empty tree for a keyframe).
    ///
    /// # Errors
    /// As [`Tree::apply`], and [`TreeError::WrongId`] where the result is not what the record says.
    pub fn apply_record(&self, record: &SnapshotRecord) -> Result<Self, TreeError> {
        let tree = self.apply(&record.changes)?;
        let actual = tree.id();
        if actual != record.id {
            return Err(TreeError::WrongId {
                expected: record.id,
                actual,
            });
        }
        Ok(tree)
    }

    /// All files, ascending by path.
    pub fn entries(&self) -> Vec<(RepoPath, Entry)> {
        let changes = Self::empty().diff(self);
        changes
            .into_iter()
            .filter_map(|change| change.entry.map(|entry| (change.path, entry)))
            .collect()
    }

    /// The changes that lead from this tree to `other`, ascending by path. Shared directories are skipped.
    pub fn diff(&self, other: &Self) -> Vec<Change> {
        let mut changes = Vec::new();
        diff_directories(
            Some(&self.root),
            Some(&other.root),
            &mut String::new(),
            &mut changes,
        );
        changes.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        changes
    }

    /// The record of this tree against `base`, or a keyframe without one.
    pub fn record_against(&self, base: Option<&Self>) -> SnapshotRecord {
        let changes = base.unwrap_or(&Self::empty()).diff(self);
        SnapshotRecord {
            id: self.id(),
            base: base.map(Self::id),
            changes,
        }
    }
}

impl Directory {
    fn find(&self, name: &str) -> Result<usize, usize> {
        self.nodes
            .binary_search_by(|node| node.name.as_bytes().cmp(name.as_bytes()))
    }

    fn hash(&self) -> [u8; ID_BYTES] {
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

    /// Applies changes whose paths are relative to this directory; `prefix` is for error texts.
    fn apply(
        this: &mut Arc<Self>,
        changes: &[(&str, Option<Entry>)],
        prefix: &str,
    ) -> Result<(), TreeError> {
        if changes.is_empty() {
            return Ok(());
        }
        let groups = group_by_component(changes);
        let directory = Arc::make_mut(this);
        directory.hash = OnceLock::new();
        let mut added: Vec<Node> = Vec::new();
        let mut removed = false;
        for group in groups {
            let path = || format!("{prefix}{}", group.name);
            let place = directory.find(group.name);
            let before = place.ok().map(|at| &mut directory.nodes[at].item);
            let had_file = matches!(before, Some(Item::File(_)));
            // A removed file makes room for a directory, and a directory that empties makes room for a file.
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
                let mut changed = below.unwrap_or_default();
                Self::apply(
                    &mut changed,
                    &group.below,
                    &format!("{prefix}{}/", group.name),
                )?;
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
                    name: group.name.into(),
                    fold: fold_hash(group.name),
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
        directory.insert(added, prefix)?;
        directory.recount();
        Ok(())
    }

    /// Merges new nodes in, ascending by name like the present ones, after looking for twins.
    fn insert(&mut self, added: Vec<Node>, prefix: &str) -> Result<(), TreeError> {
        if added.is_empty() {
            return Ok(());
        }
        let suspicious = if added.len() <= TWIN_SCAN_LIMIT {
            let among_added =
                |at: usize, node: &Node| added[..at].iter().any(|other| other.fold == node.fold);
            added.iter().enumerate().any(|(at, node)| {
                among_added(at, node) || self.nodes.iter().any(|other| other.fold == node.fold)
            })
        } else {
            let mut seen = HashSet::with_capacity(self.nodes.len() + added.len());
            !self
                .nodes
                .iter()
                .chain(&added)
                .all(|node| seen.insert(node.fold))
        };
        if self.nodes.len() > 16 * added.len() {
            for node in added {
                let at = self.find(&node.name).unwrap_or_else(|at| at);
                self.nodes.insert(at, node);
            }
        } else {
            self.nodes.extend(added);
            // Two ascending runs: the stable sort merges them in linear time.
            self.nodes
                .sort_by(|a, b| a.name.as_bytes().cmp(b.name.as_bytes()));
        }
        if suspicious {
            self.refuse_twins(prefix)
        } else {
            Ok(())
        }
    }

    /// The exact check behind the hashed one.
    fn refuse_twins(&self, prefix: &str) -> Result<(), TreeError> {
        let mut seen = std::collections::HashMap::with_capacity(self.nodes.len());
        for node in &self.nodes {
            if let Some(twin) = seen.insert(fold_name(&node.name), &node.name) {
                return Err(TreeError::Twins(
                    format!("{prefix}{twin}"),
                    format!("{prefix}{}", node.name),
                ));
            }
        }
        Ok(())
    }

    fn recount(&mut self) {
        self.file_count = 0;
        self.path_bytes = 0;
        for node in &self.nodes {
            let name_bytes = node.name.len() as u64;
            match &node.item {
                Item::File(_) => {
                    self.file_count += 1;
                    self.path_bytes += name_bytes;
                }
                Item::Directory(below) => {
                    self.file_count += below.file_count;
                    self.path_bytes += below.path_bytes + below.file_count * (name_bytes + 1);
                }
            }
        }
    }
}

/// All changes that start with one component: those at it and those below it.
struct Group<'a> {
    name: &'a str,
    direct: Option<Option<Entry>>,
    below: Vec<(&'a str, Option<Entry>)>,
}

/// Groups by first component, ascending by name. (Ascending paths are not enough: `a-b` < `a/b`, yet `a` < `a-b`.)
fn group_by_component<'a>(changes: &[(&'a str, Option<Entry>)]) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for &(path, entry) in changes {
        let (name, rest) = path
            .split_once('/')
            .map_or((path, None), |(name, rest)| (name, Some(rest)));
        if groups.last().is_none_or(|group| group.name != name) {
            groups.push(Group {
                name,
                direct: None,
                below: Vec::new(),
            });
        }
        let group = groups.last_mut().expect("just pushed where empty");
        match rest {
            Some(rest) => group.below.push((rest, entry)),
            None => group.direct = Some(entry),
        }
    }
    groups.sort_by(|a, b| a.name.as_bytes().cmp(b.name.as_bytes()));
    // `a`, `a-b`, `a/c` gave two groups for `a`: they are neighbours now.
    groups.dedup_by(|later, earlier| {
        let same = later.name == earlier.name;
        if same {
            earlier.direct = earlier.direct.or(later.direct);
            earlier.below.append(&mut later.below);
        }
        same
    });
    groups
}

fn fold_hash(name: &str) -> u32 {
    let mut hasher = DefaultHasher::new();
    fold_name(name).hash(&mut hasher);
    hasher.finish() as u32
}

/// Appends what differs between two directories, either of which may be missing.
fn diff_directories(
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
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ObjectId;
    use crate::snapshot::EntryKind;

    fn change(path: &str, contents: Option<&str>) -> Change {
        let entry = contents.map(|contents| Entry {
            kind: EntryKind::File,
            object: ObjectId::of(contents.as_bytes()),
        });
        Change {
            path: RepoPath::new(path).expect("valid"),
            entry,
        }
    }

    fn tree(paths: &[&str]) -> Tree {
        let mut changes: Vec<_> = paths.iter().map(|path| change(path, Some(path))).collect();
        changes.sort_by(|a, b| a.path.cmp(&b.path));
        Tree::empty().apply(&changes).expect("applies")
    }

    #[test]
    fn id_is_the_documented_hash() {
        let object = ObjectId::of(b"hello");
        let mut inner = DIRECTORY_DOMAIN.to_vec();
        inner.extend_from_slice(&[0, 1, 0, b'f']);
        inner.extend_from_slice(object.as_bytes());
        let mut outer = DIRECTORY_DOMAIN.to_vec();
        outer.extend_from_slice(&[3, 1, 0, b'd']);
        outer.extend_from_slice(ObjectId::of(&inner).as_bytes());
        let tree = Tree::empty()
            .apply(&[change("d/f", Some("hello"))])
            .expect("applies");
        assert_eq!(tree.id().as_bytes(), ObjectId::of(&outer).as_bytes());
        assert_eq!(
            Tree::empty().id().as_bytes(),
            ObjectId::of(DIRECTORY_DOMAIN).as_bytes()
        );
    }

    #[test]
    fn changes_lead_to_the_same_id_by_any_way() {
        let whole = tree(&["a", "a-b", "d/x", "d/y/z", "e"]);
        let step = tree(&["a", "d/x", "gone/deep/file"]);
        let after = step.apply(&step.diff(&whole)).expect("applies");
        assert_eq!(after.id(), whole.id());
        assert_eq!(after.entries(), whole.entries());
        assert_eq!(after.file_count(), 5);
        assert_eq!(
            after
                .get(&RepoPath::new("d/y/z").expect("valid"))
                .map(|entry| entry.object),
            Some(ObjectId::of(b"d/y/z"))
        );
        assert_eq!(after.get(&RepoPath::new("d/y").expect("valid")), None);
    }

    #[test]
    fn a_file_can_become_a_directory_and_back() {
        let file = tree(&["a", "b"]);
        let directory = tree(&["a/x", "a/y", "b"]);
        assert_eq!(
            file.apply(&file.diff(&directory)).expect("applies").id(),
            directory.id()
        );
        assert_eq!(
            directory
                .apply(&directory.diff(&file))
                .expect("applies")
                .id(),
            file.id()
        );
    }

    #[test]
    fn impossible_changes_are_refused() {
        let base = tree(&["a", "d/x"]);
        assert_eq!(
            base.apply(&[change("b", None)]).err(),
            Some(TreeError::NotThere("b".into()))
        );
        assert_eq!(
            base.apply(&[change("d/y", None)]).err(),
            Some(TreeError::NotThere("d/y".into()))
        );
        assert_eq!(
            base.apply(&[change("d", None)]).err(),
            Some(TreeError::NotThere("d".into()))
        );
        assert_eq!(
            base.apply(&[change("a/x", Some("x"))]).err(),
            Some(TreeError::FileAndDirectory("a".into()))
        );
        assert_eq!(
            base.apply(&[change("d", Some("x"))]).err(),
            Some(TreeError::FileAndDirectory("d".into()))
        );
        let record = SnapshotRecord {
            id: base.id(),
            base: None,
            changes: vec![change("a", Some("other"))],
        };
        assert!(matches!(
            Tree::empty().apply_record(&record),
            Err(TreeError::WrongId { .. })
        ));
    }

    #[test]
    fn twins_are_refused_in_small_and_in_bulk() {
        let base = tree(&["d/README"]);
        assert_eq!(
            base.apply(&[change("d/readme", Some("x"))]).err(),
            Some(TreeError::Twins("d/README".into(), "d/readme".into()))
        );
        let names: Vec<_> = (0..50)
            .map(|n| format!("f{n:02}"))
            .chain(["F07".to_owned()])
            .collect();
        let mut changes: Vec<_> = names.iter().map(|name| change(name, Some("x"))).collect();
        changes.sort_by(|a, b| a.path.cmp(&b.path));
        assert_eq!(
            Tree::empty().apply(&changes).err(),
            Some(TreeError::Twins("F07".into(), "f07".into()))
        );
        // A rename in case alone is fine.
        let renamed = base
            .apply(&[change("d/README", None), change("d/readme", Some("x"))])
            .expect("applies");
        assert_eq!(renamed.file_count(), 1);
    }

    #[test]
    fn listing_size_follows_the_paths() {
        let tree = tree(&["a", "d/xy", "d/e/z"]);
        assert_eq!(tree.listing_bytes(), 1 + 4 + 5 + 3 * LISTING_ENTRY_BYTES);
    }

    #[test]
    fn records_rebuild_a_tree_from_its_base() {
        let base = tree(&["a", "b/c"]);
        let next = base
            .apply(&[change("b/c", Some("new")), change("b/d", Some("d"))])
            .expect("applies");
        let delta = next.record_against(Some(&base));
        assert_eq!(delta.changes.len(), 2);
        assert_eq!(base.apply_record(&delta).expect("applies").id(), next.id());
        assert_eq!(
            Tree::empty()
                .apply_record(&next.record_against(None))
                .expect("applies")
                .id(),
            next.id()
        );
    }
}
