//! A push of one commit, as a client sends it.

use muse_wire::api::push::{RefUpdate, StreamControl, StreamedMpack};
use muse_wire::id::{CommitId, MpackKey, ObjectId};
use muse_wire::mpack::Counts;

use crate::blobs::conformance::key_of;
use crate::sandbox::{Project, update};

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
        let mut project = Project::default();
        let commit = project.add(&[], &[("file", Some(contents))]);
        let draft = project.draft(&[commit]);
        let mpack = draft.write();
        Self {
            key: key_of(&mpack),
            mpack,
            counts: draft.counts(),
            commit,
            object: ObjectId::of(contents),
        }
    }

    /// Makes `main` point to the commit, where there was no `main`.
    pub(super) fn updates(&self) -> Vec<RefUpdate> {
        vec![update("main", None, Some(self.commit))]
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
