//! A small mpack with one commit.

use std::collections::BTreeMap;

use muse_wire::api::push::{Force, RefUpdate, StreamControl, StreamedMpack};
use muse_wire::commit::{Author, Commit, CommitEnvelope, Timestamp};
use muse_wire::id::{CommitId, MpackKey, ObjectId};
use muse_wire::mpack::{Counts, MpackWriter, NewCommit};
use muse_wire::name::RefName;
use muse_wire::path::RepoPath;
use muse_wire::snapshot::{Change, Entry, EntryKind, Tree};

/// A commit of one file, as an mpack.
pub(super) struct Sample {
    pub(super) mpack: Vec<u8>,
    pub(super) key: MpackKey,
    pub(super) counts: Counts,
    pub(super) commit: CommitId,
    pub(super) object: ObjectId,
}

impl Sample {
    pub(super) fn new(contents: &[u8]) -> Self {
        let object = ObjectId::of(contents);
        let change = Change {
            path: RepoPath::new("file").expect("valid"),
            entry: Some(Entry {
                kind: EntryKind::File,
                object,
            }),
        };
        let tree = Tree::empty().apply(&[change]).expect("a tree");
        let commit = Commit {
            parents: Vec::new(),
            snapshot: tree.id(),
            author: Author {
                name: "Ada".to_owned(),
                email: "ada@example.org".to_owned(),
            },
            committed_at: Timestamp {
                seconds: 1_700_000_000,
                offset_minutes: 0,
            },
            message: "Begin".to_owned(),
            metadata: BTreeMap::new(),
            delta_digest: None,
        };
        let envelope = CommitEnvelope::plain(commit.encode().expect("valid"));
        let counts = Counts {
            objects: 1,
            commits: 1,
            snapshots: 1,
            object_bytes: contents.len() as u64,
        };
        let mut writer = MpackWriter::new(Vec::new(), counts).expect("start");
        let mut source = contents;
        writer
            .add_large_object(object, contents.len() as u64, &mut source)
            .expect("object");
        let new = NewCommit {
            envelope: &envelope,
            commit: &commit,
            generation: 1,
        };
        writer.add_commit(&new).expect("commit");
        writer
            .add_snapshot(&tree.record_against(None))
            .expect("snapshot");
        let written = writer.finish().expect("finish");
        Self {
            key: written.key,
            mpack: written.out,
            counts,
            commit: envelope.id(),
            object,
        }
    }

    /// Makes `main` point to the commit, where there was no `main`.
    pub(super) fn updates(&self) -> Vec<RefUpdate> {
        vec![RefUpdate {
            name: RefName::branch("main").expect("valid"),
            old: None,
            new: Some(self.commit),
            force: Force::No,
        }]
    }

    pub(super) fn control(&self) -> StreamControl {
        StreamControl {
            updates: self.updates(),
            mpack: Some(StreamedMpack {
                mpack_key: self.key,
                size_bytes: self.mpack.len() as u64,
            }),
        }
    }
}

/// The body of a streamed push.
pub(super) fn stream_body(control: &StreamControl, mpack: &[u8]) -> Vec<u8> {
    let control = rmp_serde::to_vec_named(control).expect("encodes");
    let mut body = vec![b'P'];
    body.extend_from_slice(&(control.len() as u64).to_le_bytes());
    body.extend_from_slice(&control);
    body.extend_from_slice(mpack);
    body
}
