//! Making git's commits of commits, parents first.

use std::collections::HashMap;
use std::sync::Arc;

use gix::objs::Kind;
use gix::objs::tree::{EntryKind as GitKind, EntryMode};
use muse_wire::commit::Commit;
use muse_wire::dag::CommitSource as _;
use muse_wire::id::{CommitId, ObjectId};
use muse_wire::snapshot::EntryKind;

use super::blobs::write_one;
use super::changes::{NewEntry, git_changes};
use super::error::ExportError;
use super::lfs::LfsWriter;
use super::lfs_rules::LfsRules;
use super::notes;
use super::pack::{PackWriter, PackedObject, git_id};
use super::summary::ChangedId;
use super::target::Target;
use super::tree::{Edits, GitTree, Leaf, TreeWriter};
use crate::git::{CommitMap, GIT_COMMIT, Said, commit_bytes, without_signature};
use crate::repository::ObjectStore;

/// Makes git's commits.
pub(super) struct CommitWriter<'a> {
    pub(super) store: &'a ObjectStore,
    pub(super) target: &'a Target,
    pub(super) pack: &'a mut PackWriter,
    /// What objects are in git.
    pub(super) blobs: HashMap<ObjectId, gix::ObjectId>,
    rules: &'a LfsRules<'a>,
    /// What commits are in git that were exported before.
    pub(super) known: &'a CommitMap,
    /// What the others are.
    made: HashMap<CommitId, gix::ObjectId>,
    /// Git's trees of commits that still are first parents, with how often.
    trees: HashMap<CommitId, KeptTree>,
    /// Imported commits that are others in git now.
    pub(super) changed: Vec<ChangedId>,
    pub(super) lfs: LfsWriter,
}

struct KeptTree {
    uses_left: u32,
    tree: Option<Arc<GitTree>>,
}

impl<'a> CommitWriter<'a> {
    /// Will write `commits`.
    pub(super) fn new(
        store: &'a ObjectStore,
        target: &'a Target,
        pack: &'a mut PackWriter,
        blobs: HashMap<ObjectId, gix::ObjectId>,
        rules: &'a LfsRules<'a>,
        known: &'a CommitMap,
        commits: &[CommitId],
    ) -> Result<Self, ExportError> {
        let mut trees: HashMap<CommitId, KeptTree> = HashMap::new();
        for id in commits {
            let node = store.node(id)?;
            if let Some(&parent) = node.as_ref().and_then(|node| node.parents.first()) {
                let kept = trees.entry(parent).or_insert(KeptTree {
                    uses_left: 0,
                    tree: None,
                });
                kept.uses_left += 1;
            }
        }
        Ok(Self {
            store,
            target,
            pack,
            blobs,
            rules,
            known,
            made: HashMap::with_capacity(commits.len()),
            trees,
            changed: Vec::new(),
            lfs: LfsWriter::new(target),
        })
    }

    /// What a commit is in git: one that was exported before, or written now.
    pub(super) fn git(&self, commit: &CommitId) -> Option<gix::ObjectId> {
        let made = self.made.get(commit).copied();
        made.or_else(|| self.known.get(commit))
    }

    /// Writes a commit whose parents are in git.
    pub(super) fn write(&mut self, id: &CommitId) -> Result<(), ExportError> {
        let commit = self.store.commit(id)?;
        let tree = self.tree(id, &commit)?;
        let parents = commit.parents.iter().map(|parent| {
            let git = self.git(parent);
            git.expect("parents are written before")
        });
        let parents: Vec<_> = parents.collect();
        let was = commit.metadata.get(GIT_COMMIT);
        let said = Said::of(&commit, was.is_some());
        let bytes = commit_bytes(&said, tree.id, &parents);
        let git = self.add_compared(Kind::Commit, bytes, id, &commit, was)?;
        self.made.insert(*id, git);
        if let Some(kept) = self.trees.get_mut(id) {
            kept.tree = Some(tree);
        }
        Ok(())
    }

    /// Adds a commit, or a tag, of these bytes. Where it is another one than it `was` in git, that
    /// is noted, and its signature left out. Returns its id.
    pub(super) fn add_compared(
        &mut self,
        kind: Kind,
        bytes: Vec<u8>,
        id: &CommitId,
        commit: &Commit,
        was: Option<&String>,
    ) -> Result<gix::ObjectId, ExportError> {
        let git = git_id(kind, &bytes)?;
        let is_same = |was: &String| gix::ObjectId::from_hex(was.as_bytes()).ok() == Some(git);
        let Some(was) = was.filter(|was| !is_same(was)) else {
            return self.add(kind, &bytes);
        };
        let git = self.add(kind, &without_signature(&bytes))?;
        self.changed.push(ChangedId {
            commit: *id,
            was: was.clone(),
            is: git.to_string(),
            is_inherited: self.is_inherited(commit)?,
        });
        Ok(git)
    }

    /// Adds an object that is not compressed against another one. Returns its id.
    pub(super) fn add(&mut self, kind: Kind, bytes: &[u8]) -> Result<gix::ObjectId, ExportError> {
        let id = git_id(kind, bytes)?;
        if !self.pack.has(&id) && !self.target.has(&id) {
            let packed = PackedObject::new(kind, id, bytes, None)
                .map_err(ExportError::git("compress an object of"))?;
            self.pack.add(&packed)?;
        }
        Ok(id)
    }

    /// Whether one of the parents is not what it was in git.
    fn is_inherited(&self, commit: &Commit) -> Result<bool, ExportError> {
        for parent in &commit.parents {
            let was = self.store.commit(parent)?.metadata.remove(GIT_COMMIT);
            let is = self.git(parent).map(|git| git.to_string());
            if was.is_some() && was != is {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Writes the tree of a commit.
    fn tree(&mut self, id: &CommitId, commit: &Commit) -> Result<Arc<GitTree>, ExportError> {
        let base = match commit.parents.first() {
            Some(parent) => Some(self.base(parent)?),
            None => None,
        };
        let modes = notes::noted_modes(id, commit)?;
        let changes = git_changes(self.store, self.rules, id, commit)?;
        let mut new = Vec::with_capacity(changes.len());
        for (path, entry) in &changes {
            new.push((path.as_slice(), self.leaf(*entry)?));
        }
        let mut edits = Edits::default();
        for (path, leaf) in new {
            edits.add(path, leaf);
        }
        for (path, mode) in &modes {
            edits.set_mode(path, *mode);
        }
        let mut trees = TreeWriter {
            target: self.target,
            pack: self.pack,
        };
        match base {
            Some(base) if edits.is_empty() => Ok(base),
            base => trees.edit(base.as_ref(), &edits),
        }
    }

    /// The tree of a first parent.
    fn base(&mut self, parent: &CommitId) -> Result<Arc<GitTree>, ExportError> {
        let kept = self.trees.get_mut(parent).expect("it is a first parent");
        kept.uses_left -= 1;
        let tree = match kept.uses_left {
            0 => kept.tree.take(),
            _ => kept.tree.clone(),
        };
        if let Some(tree) = tree {
            return Ok(tree);
        }
        let git = self.known.get(parent).expect("it was exported before");
        let read = ExportError::git("read a commit of");
        let commit = self.target.git.find_commit(git).map_err(read)?;
        let tree = commit
            .tree_id()
            .map_err(ExportError::git("read a commit of"))?
            .detach();
        let trees = TreeWriter {
            target: self.target,
            pack: self.pack,
        };
        trees.load(tree)
    }

    fn leaf(&mut self, entry: NewEntry) -> Result<Option<Leaf>, ExportError> {
        Ok(match entry {
            NewEntry::Gone => None,
            NewEntry::Blob(kind, object) => Some((git_mode(kind), self.blob(object)?)),
            NewEntry::Pointer(kind, pointer) => {
                self.lfs.put(self.store, pointer)?;
                let id = self.add(Kind::Blob, &pointer.to_bytes())?;
                Some((git_mode(kind), id))
            }
            NewEntry::Submodule(commit) => Some((GitKind::Commit.into(), commit)),
        })
    }

    fn blob(&mut self, object: ObjectId) -> Result<gix::ObjectId, ExportError> {
        if let Some(&id) = self.blobs.get(&object) {
            return Ok(id);
        }
        // It is in the tree of a commit that was exported before, or is a pointer elsewhere.
        let id = write_one(self.store, &object, self.target, self.pack)?;
        self.blobs.insert(object, id);
        Ok(id)
    }
}

fn git_mode(kind: EntryKind) -> EntryMode {
    match kind {
        EntryKind::File => GitKind::Blob.into(),
        EntryKind::Executable => GitKind::BlobExecutable.into(),
        EntryKind::Symlink => GitKind::Link.into(),
    }
}
