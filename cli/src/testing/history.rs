//! Commits that are written straight into mpacks, one each.

use std::collections::BTreeMap;

use muse_wire::commit::{Author, Commit, CommitEnvelope, Timestamp};
use muse_wire::dag::CommitSource as _;
use muse_wire::id::{CommitId, ObjectId};
use muse_wire::mpack::{Counts, NewCommit};
use muse_wire::path::RepoPath;
use muse_wire::snapshot::{Change, Entry, EntryKind, SnapshotRecord, Tree, needs_keyframe};

use super::Sandbox;

/// A path with its new bytes, or none to remove it.
pub(crate) type FileChange<'a> = (&'a str, Option<&'a [u8]>);

impl Sandbox {
    /// A commit on `parents` that writes these files.
    pub(crate) fn add_commit(&self, parents: &[CommitId], files: &[(&str, &str)]) -> CommitId {
        let changes: Vec<FileChange<'_>> = files
            .iter()
            .map(|&(path, text)| (path, Some(text.as_bytes())))
            .collect();
        self.add_changes(parents, &changes)
    }

    /// A commit on `parents` that makes these changes, recorded as a commit of the client would be.
    pub(crate) fn add_changes(&self, parents: &[CommitId], changes: &[FileChange<'_>]) -> CommitId {
        let base = parents.first().map(|parent| self.tree(parent));
        let (tree, objects) = self.apply(parents, changes);
        let delta = tree.record_against(base.as_ref());
        let chain_bytes = base.map_or(0, |base| {
            let bytes = self.repository.objects.chain_bytes(&base.id());
            bytes.expect("readable")
        });
        let delta_bytes = delta.encode().len() as u64;
        let record = match needs_keyframe(chain_bytes, delta_bytes, tree.listing_bytes()) {
            true => tree.record_against(None),
            false => delta,
        };
        self.write(parents, &tree, &record, &objects)
    }

    /// As [`Self::add_changes`], with a record that builds on `base`.
    pub(crate) fn add_changes_against(
        &self,
        parents: &[CommitId],
        base: Option<&Tree>,
        changes: &[FileChange<'_>],
    ) -> CommitId {
        let (tree, objects) = self.apply(parents, changes);
        self.write(parents, &tree, &tree.record_against(base), &objects)
    }

    /// A first commit that records this tree, whether its objects are here or not.
    pub(crate) fn add_tree(&self, tree: &Tree) -> CommitId {
        self.write(&[], tree, &tree.record_against(None), &BTreeMap::new())
    }

    /// `count` commits in a row, each with a new file.
    pub(crate) fn add_line(
        &self,
        from: Option<CommitId>,
        label: &str,
        count: usize,
    ) -> Vec<CommitId> {
        let mut parents: Vec<CommitId> = from.into_iter().collect();
        let mut commits = Vec::new();
        for number in 0..count {
            let path = format!("{label}/{number}");
            let commit = self.add_commit(&parents, &[(&path, &format!("{label} {number}"))]);
            parents = vec![commit];
            commits.push(commit);
        }
        commits
    }

    /// The first parent's tree with these changes, and the objects that are not here yet.
    fn apply<'a>(
        &self,
        parents: &[CommitId],
        changes: &[FileChange<'a>],
    ) -> (Tree, BTreeMap<ObjectId, &'a [u8]>) {
        let mut objects = BTreeMap::new();
        let mut listed = Vec::new();
        for &(path, bytes) in changes {
            let entry = bytes.map(|bytes| {
                let object = ObjectId::of(bytes);
                let is_here = self.repository.objects.has_object(&object);
                if !is_here.expect("readable") {
                    objects.insert(object, bytes);
                }
                Entry {
                    kind: EntryKind::File,
                    object,
                }
            });
            let path = RepoPath::new(path).expect("an allowed path");
            listed.push(Change { path, entry });
        }
        listed.sort_by(|a, b| a.path.cmp(&b.path));
        let before = self.repository.objects.commit_tree(parents.first());
        let tree = before.expect("recorded").apply(&listed);
        (tree.expect("the changes apply"), objects)
    }

    fn write(
        &self,
        parents: &[CommitId],
        tree: &Tree,
        record: &SnapshotRecord,
        new_objects: &BTreeMap<ObjectId, &[u8]>,
    ) -> CommitId {
        let objects = &self.repository.objects;
        let generation = parents
            .iter()
            .map(|parent| objects.node(parent).expect("readable").expect("there"))
            .map(|node| node.generation)
            .max()
            .unwrap_or(0)
            + 1;
        let commit = Commit {
            parents: parents.to_vec(),
            snapshot: tree.id(),
            author: Author {
                name: "Ada".to_owned(),
                email: String::new(),
            },
            committed_at: Timestamp {
                seconds: 1_700_000_000 + i64::from(generation),
                offset_minutes: 0,
            },
            message: "change".to_owned(),
            metadata: BTreeMap::new(),
            delta_digest: None,
            signers: Vec::new(),
        };
        let envelope = CommitEnvelope::plain(commit.encode().expect("valid"));
        let known = objects.snapshot_record(&tree.id()).expect("readable");
        let object_bytes = new_objects.values().map(|bytes| bytes.len() as u64).sum();
        let mut pending = objects
            .new_mpack(Counts {
                objects: new_objects.len() as u64,
                commits: 1,
                snapshots: u64::from(known.is_none()),
                object_bytes,
                base_bytes: 0,
            })
            .expect("started");
        let writer = pending.writer();
        for (&id, bytes) in new_objects {
            writer.add_object(id, bytes).expect("written");
        }
        let new = NewCommit {
            envelope: &envelope,
            commit: &commit,
            generation,
        };
        writer.add_commit(&new).expect("written");
        if known.is_none() {
            writer.add_snapshot(record).expect("written");
        }
        pending.install().expect("installed");
        envelope.id()
    }
}
