//! Git's trees, each made of the one before it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use gix::bstr::{BStr, BString, ByteSlice as _};
use gix::objs::tree::{Entry, EntryKind, EntryMode};
use gix::objs::{Kind, TreeRefIter};

use super::error::ExportError;
use super::pack::{PackWriter, PackedObject, git_id};
use super::target::Target;

/// A git tree, and those of the directories in it that were looked at.
pub(super) struct GitTree {
    pub(super) id: gix::ObjectId,
    bytes: Vec<u8>,
    below: HashMap<BString, Arc<GitTree>>,
}

/// A file, link or submodule.
pub(super) type Leaf = (EntryMode, gix::ObjectId);

/// What is to be changed in a tree.
#[derive(Default)]
pub(super) struct Edits<'a> {
    /// What takes the place of this path: a leaf, or nothing.
    here: Option<Option<Leaf>>,
    /// What its mode is then.
    mode: Option<EntryMode>,
    below: BTreeMap<&'a BStr, Edits<'a>>,
}

impl<'a> Edits<'a> {
    /// Puts a leaf at a path, or takes one away.
    pub(super) fn add(&mut self, path: &'a [u8], leaf: Option<Leaf>) {
        self.at(path).here = Some(leaf);
    }

    /// Gives a mode to what is at a path then.
    pub(super) fn set_mode(&mut self, path: &'a [u8], mode: EntryMode) {
        self.at(path).mode = Some(mode);
    }

    /// Whether there is nothing to change.
    pub(super) fn is_empty(&self) -> bool {
        self.below.is_empty()
    }

    fn at(&mut self, path: &'a [u8]) -> &mut Self {
        let names = path.split(|&byte| byte == b'/');
        names.fold(self, |edits, name| {
            edits.below.entry(name.as_bstr()).or_default()
        })
    }
}

/// Makes trees of other ones, and writes those that are new.
pub(super) struct TreeWriter<'a> {
    pub(super) target: &'a Target,
    pub(super) pack: &'a mut PackWriter,
}

impl TreeWriter<'_> {
    /// A tree of git.
    pub(super) fn load(&self, id: gix::ObjectId) -> Result<Arc<GitTree>, ExportError> {
        let tree = self.target.git.find_tree(id);
        let mut tree = tree.map_err(ExportError::git("read a tree of"))?;
        Ok(Arc::new(GitTree {
            id,
            bytes: tree.take_data(),
            below: HashMap::new(),
        }))
    }

    /// The tree that `edits` make of `base`.
    pub(super) fn edit(
        &mut self,
        base: Option<&Arc<GitTree>>,
        edits: &Edits<'_>,
    ) -> Result<Arc<GitTree>, ExportError> {
        match self.edit_directory(base, edits)? {
            Some(tree) => Ok(tree),
            None => self.write(None, Vec::new(), HashMap::new()),
        }
    }

    /// As [`TreeWriter::edit`]; none if nothing is left, for git has no empty directories.
    fn edit_directory(
        &mut self,
        base: Option<&Arc<GitTree>>,
        edits: &Edits<'_>,
    ) -> Result<Option<Arc<GitTree>>, ExportError> {
        let mut entries = BTreeMap::new();
        let mut below = HashMap::new();
        if let Some(base) = base {
            for entry in TreeRefIter::from_bytes(&base.bytes, gix::hash::Kind::Sha1) {
                let entry = entry.map_err(ExportError::git("read a tree of"))?;
                // Modes stay as they are: old ones are not all in today's form.
                let place = (entry.mode, entry.oid.to_owned());
                entries.insert(entry.filename.to_owned(), place);
            }
            below.clone_from(&base.below);
        }
        for (&name, edit) in &edits.below {
            let directory = entries
                .get(name)
                .filter(|(mode, _)| mode.is_tree())
                .copied();
            if let Some(Some(leaf)) = edit.here {
                entries.insert(name.to_owned(), leaf);
                below.remove(name);
            } else if !edit.below.is_empty() {
                let base = match (directory, below.get(name)) {
                    (None, _) => None,
                    (Some(_), Some(tree)) => Some(Arc::clone(tree)),
                    (Some((_, id)), None) => Some(self.load(id)?),
                };
                match self.edit_directory(base.as_ref(), edit)? {
                    Some(tree) => {
                        let mode = directory.map_or(EntryKind::Tree.into(), |(mode, _)| mode);
                        entries.insert(name.to_owned(), (mode, tree.id));
                        below.insert(name.to_owned(), tree);
                    }
                    None => {
                        entries.remove(name);
                        below.remove(name);
                    }
                }
            } else if edit.here.is_some() && directory.is_none() {
                entries.remove(name);
            }
            if let (Some(mode), Some(entry)) = (edit.mode, entries.get_mut(name)) {
                entry.0 = mode;
            }
        }
        if entries.is_empty() {
            return Ok(None);
        }
        let bytes = encode(entries);
        self.write(base.map(|base| &**base), bytes, below).map(Some)
    }

    fn write(
        &mut self,
        base: Option<&GitTree>,
        bytes: Vec<u8>,
        below: HashMap<BString, Arc<GitTree>>,
    ) -> Result<Arc<GitTree>, ExportError> {
        let id = git_id(Kind::Tree, &bytes)?;
        if !self.pack.has(&id) && !self.target.has(&id) {
            let base = base.filter(|base| self.pack.can_be_base(&base.id));
            let base = base.map(|base| (base.id, base.bytes.as_slice()));
            let packed = PackedObject::new(Kind::Tree, id, &bytes, base)
                .map_err(ExportError::io(&self.target.directory))?;
            self.pack.add(&packed)?;
        }
        Ok(Arc::new(GitTree { id, bytes, below }))
    }
}

/// A tree's bytes, its entries in git's order: a directory stands where its name and a slash would.
fn encode(entries: BTreeMap<BString, (EntryMode, gix::ObjectId)>) -> Vec<u8> {
    let mut entries: Vec<Entry> = entries
        .into_iter()
        .map(|(filename, (mode, oid))| Entry {
            mode,
            filename,
            oid,
        })
        .collect();
    entries.sort();
    let mut bytes = Vec::new();
    for Entry {
        mode,
        filename,
        oid,
    } in entries
    {
        bytes.extend_from_slice(mode.as_bytes(&mut [0; 6]));
        bytes.push(b' ');
        bytes.extend_from_slice(&filename);
        bytes.push(0);
        bytes.extend_from_slice(oid.as_slice());
    }
    bytes
}
