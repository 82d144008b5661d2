//! Which files that were made here belong to git LFS: those that `.gitattributes` gives to its
//! filter. As pointers, git has them as if they had been added there.

use std::cell::RefCell;
use std::collections::hash_map::Entry as MapEntry;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use gix::attrs::StateRef;
use gix::attrs::search::{MetadataCollection, Outcome};
use gix::bstr::BStr;
use gix::glob::pattern::Case;
use muse_wire::commit::Commit;
use muse_wire::id::ObjectId;
use muse_wire::snapshot::{Change, EntryKind, Tree};

use crate::git::LfsPointer;
use crate::repository::{ObjectStore, Result};
use crate::walk::PushSet;

/// The files in which git keeps attributes, one in each directory.
const FILE_NAME: &str = ".gitattributes";

/// The attribute that names a filter, and the name of that of git LFS.
const ATTRIBUTE: &str = "filter";
const FILTER: &[u8] = b"lfs";

/// Longest file that is looked at.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// Finds out which files belong to git LFS.
pub(super) struct LfsRules<'a> {
    store: &'a ObjectStore,
    /// Whether there are attributes anywhere.
    is_needed: bool,
    files: RefCell<HashMap<ObjectId, Rc<Vec<u8>>>>,
}

impl<'a> LfsRules<'a> {
    /// For the commits of `set`.
    pub(super) fn new(store: &'a ObjectStore, set: &PushSet) -> Result<Self> {
        let is_file = |path: &str| path.rsplit('/').next() == Some(FILE_NAME);
        let mut changes = set.snapshots.iter().flat_map(|record| &record.changes);
        let mut is_needed = changes.any(|change| is_file(&change.path));
        for commit in &set.boundary {
            if !is_needed {
                let files = store.commit_tree(Some(commit))?.entries();
                is_needed = files.iter().any(|(path, _)| is_file(path));
            }
        }
        Ok(Self {
            store,
            is_needed,
            files: RefCell::default(),
        })
    }

    /// Whether any file may belong to git LFS.
    pub(super) const fn is_needed(&self) -> bool {
        self.is_needed
    }

    /// The paths of those files among `changes`, all that `commit` changed, which are to be
    /// pointers.
    pub(super) fn pointers<'c>(
        &self,
        commit: &Commit,
        changes: &'c [Change],
    ) -> Result<HashSet<&'c str>> {
        let mut pointers = HashSet::new();
        if !self.is_needed || changes.is_empty() {
            return Ok(pointers);
        }
        let tree = self.store.tree(&commit.snapshot)?;
        let mut directories: HashMap<&str, Attributes> = HashMap::new();
        for change in changes {
            let Some(entry) = change
                .entry
                .filter(|entry| entry.kind != EntryKind::Symlink)
            else {
                continue;
            };
            let directory = change.path.rsplit_once('/').map_or("", |(above, _)| above);
            let attributes = match directories.entry(directory) {
                MapEntry::Occupied(known) => known.into_mut(),
                MapEntry::Vacant(new) => new.insert(self.attributes(&tree, directory)?),
            };
            if attributes.are_of_lfs(&change.path) && self.can_be_pointed_to(&entry.object)? {
                pointers.insert(&*change.path);
            }
        }
        Ok(pointers)
    }

    /// The attributes of the files in a directory.
    fn attributes(&self, tree: &Tree, directory: &str) -> Result<Attributes> {
        let mut attributes = Attributes::default();
        attributes.add(self.file(tree, FILE_NAME)?, FILE_NAME.into());
        let ends = directory.match_indices('/').map(|(at, _)| at);
        for end in ends.chain((!directory.is_empty()).then_some(directory.len())) {
            let path = format!("{}/{FILE_NAME}", &directory[..end]);
            attributes.add(self.file(tree, &path)?, path.into());
        }
        Ok(attributes)
    }

    /// A file with attributes; none if it is not there, or is no file.
    fn file(&self, tree: &Tree, path: &str) -> Result<Option<Rc<Vec<u8>>>> {
        let entry = tree
            .get(path)
            .filter(|entry| entry.kind != EntryKind::Symlink);
        let Some(object) = entry.map(|entry| entry.object) else {
            return Ok(None);
        };
        if let Some(known) = self.files.borrow().get(&object) {
            return Ok(Some(Rc::clone(known)));
        }
        let length = self.store.object_length(&object)?;
        if length.is_some_and(|length| length > MAX_FILE_BYTES) {
            return Ok(None);
        }
        let read = Rc::new(self.store.read_object(&object)?);
        self.files.borrow_mut().insert(object, Rc::clone(&read));
        Ok(Some(read))
    }

    /// Whether git LFS would put it into its store: it has bytes, and is no pointer itself.
    fn can_be_pointed_to(&self, object: &ObjectId) -> Result<bool> {
        let length = self.store.object_length(object)?.unwrap_or(0);
        if !LfsPointer::BYTES.contains(&length) {
            return Ok(length > 0);
        }
        let contents = self.store.read_object(object)?;
        Ok(LfsPointer::parse(&contents).is_none())
    }
}

/// What `.gitattributes` of a directory, and of those above it, say.
#[derive(Default)]
struct Attributes {
    names: MetadataCollection,
    search: gix::attrs::Search,
}

impl Attributes {
    fn add(&mut self, file: Option<Rc<Vec<u8>>>, path: PathBuf) {
        let Some(file) = file else {
            return;
        };
        let may_have_macros = path == Path::new(FILE_NAME);
        let root = Some(Path::new(""));
        let Self { names, search } = self;
        // A path that is not one of the system's has no rules there.
        let _ = search.add_patterns_buffer(&file, path, root, names, may_have_macros);
    }

    fn are_of_lfs(&self, path: &str) -> bool {
        let mut outcome = Outcome::default();
        outcome.initialize_with_selection(&self.names, [ATTRIBUTE]);
        let path: &BStr = path.into();
        self.search.pattern_matching_relative_path(
            path,
            Case::Sensitive,
            Some(false),
            &mut outcome,
        );
        outcome
            .iter_selected()
            .any(|found| match found.assignment.state {
                StateRef::Value(value) => *value.as_bstr() == FILTER,
                _ => false,
            })
    }
}
