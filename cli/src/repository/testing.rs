//! Small histories for this module's tests.

use muse_wire::commit::{Author, Commit, CommitEnvelope, Timestamp};
use muse_wire::dag::CommitSource as _;
use muse_wire::id::{CommitId, ObjectId};
use muse_wire::mpack::{Counts, NewCommit};
use muse_wire::name::RefName;
use muse_wire::path::RepoPath;
use muse_wire::snapshot::{Change, Entry, EntryKind, Tree, needs_keyframe};

use super::{Expected, RefEdit, Repository};

/// A repository in a directory that goes with it.
pub(super) struct Sandbox {
    pub(super) repository: Repository,
    _directory: tempfile::TempDir,
}

impl Sandbox {
    pub(super) fn new() -> Self {
        let directory = tempfile::tempdir().expect("temporary directory");
        let repository = Repository::init(directory.path(), "main").expect("creates");
        Self {
            repository,
            _directory: directory,
        }
    }

    /// The same repository, as another process would open it.
    pub(super) fn reopen(&self) -> Repository {
        Repository::open(self.repository.root()).expect("opens")
    }

    /// Records a commit on `parents` that writes these files, in an mpack of its own.
    pub(super) fn commit(&self, parents: &[CommitId], files: &[(&str, &str)]) -> CommitId {
        let repository = &self.repository;
        let parent = parents
            .first()
            .map(|parent| repository.commit(parent).expect("reads").snapshot);
        let base = parent.map_or_else(Tree::empty, |id| repository.tree(&id).expect("reads"));
        let mut changes: Vec<_> = files
            .iter()
            .map(|(path, contents)| Change {
                path: RepoPath::new(*path).expect("valid"),
                entry: Some(Entry {
                    kind: EntryKind::File,
                    object: ObjectId::of(contents.as_bytes()),
                }),
            })
            .collect();
        changes.sort_by(|one, two| one.path.cmp(&two.path));
        let tree = base.apply(&changes).expect("applies");
        let delta = tree.record_against(parent.is_some().then_some(&base));
        let chain = parent.map_or(0, |id| repository.chain_bytes(&id).expect("reads"));
        let delta_bytes = delta.encode().len() as u64;
        let record = match needs_keyframe(chain, delta_bytes, tree.listing_bytes()) {
            true => tree.record_against(None),
            false => delta,
        };
        let generation = parents
            .iter()
            .map(|parent| repository.node(parent).expect("reads").expect("there"))
            .map(|node| node.generation)
            .max();
        let commit = Commit {
            parents: parents.to_vec(),
            snapshot: tree.id(),
            author: Author {
                name: "Ada".to_owned(),
                email: String::new(),
            },
            committed_at: Timestamp {
                seconds: 1_700_000_000 + i64::from(generation.unwrap_or(0)),
                offset_minutes: 0,
            },
            message: format!("{files:?}"),
            metadata: Default::default(),
            delta_digest: None,
        };
        let envelope = CommitEnvelope::plain(commit.encode().expect("valid"));
        let mut pending = repository
            .new_mpack(Counts {
                objects: files.len() as u64,
                commits: 1,
                snapshots: 1,
                object_bytes: files.iter().map(|(_, text)| text.len() as u64).sum(),
            })
            .expect("creates");
        let writer = pending.writer();
        for (_, contents) in files {
            let id = ObjectId::of(contents.as_bytes());
            writer.add_object(id, contents.as_bytes()).expect("writes");
        }
        let new = NewCommit {
            envelope: &envelope,
            commit: &commit,
            generation: generation.unwrap_or(0) + 1,
        };
        writer.add_commit(&new).expect("writes");
        writer.add_snapshot(&record).expect("writes");
        pending.install().expect("installs");
        envelope.id()
    }

    pub(super) fn set_ref(&self, name: &str, commit: CommitId) {
        let edit = RefEdit {
            name: RefName::new(name).expect("valid"),
            expected: Expected::Any,
            new: Some(commit),
        };
        let lock = self.repository.lock().expect("free");
        self.repository
            .update_refs(&lock, &[edit], "test")
            .expect("moves");
    }
}
