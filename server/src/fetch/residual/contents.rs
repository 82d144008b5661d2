//! What goes into a residual mpack, and where that lies.

use muse_wire::id::{ChunkId, CommitId, Hasher, ObjectId, SnapshotId};
use muse_wire::path::RepoPath;
use muse_wire::snapshot::SnapshotRecord;

use crate::store::mpacks::ContentLocation;

/// The contents of an mpack that has to be built.
#[derive(Default)]
pub(in crate::fetch) struct Residual {
    /// Parents first.
    pub(in crate::fetch) commits: Vec<CommitId>,
    /// Bases first.
    pub(in crate::fetch) snapshots: Vec<SnapshotRecord>,
    /// Those that are stored whole, ascending.
    pub(in crate::fetch) objects: Vec<ObjectId>,
    /// Those among them that are compressed against what the client has.
    pub(in crate::fetch) versions: Vec<NewVersions>,
    /// With all their chunks and the lengths of those, ascending.
    pub(in crate::fetch) large_objects: Vec<(ObjectId, Vec<(ChunkId, u32)>)>,
    /// Of their chunks, those that the client lacks, in the order of the lists.
    pub(in crate::fetch) chunks: Vec<ChunkId>,
}

impl Residual {
    /// Whether nothing has to be built.
    pub(in crate::fetch) const fn is_empty(&self) -> bool {
        self.commits.is_empty()
            && self.snapshots.is_empty()
            && self.objects.is_empty()
            && self.large_objects.is_empty()
    }

    /// What tells it from other residuals.
    pub(super) fn digest(&self) -> [u8; 32] {
        let mut hasher = Hasher::new();
        hasher.update(b"muse/residual/1\0");
        for commit in &self.commits {
            hasher.update(commit.as_bytes());
        }
        hasher.update(b"\0snapshots\0");
        for record in &self.snapshots {
            hasher.update(record.id.as_bytes());
            // Records of one snapshot against different bases are different contents.
            hasher.update(record.base.as_ref().map_or(&[][..], |base| base.as_bytes()));
            hasher.update(&[0]);
        }
        hasher.update(b"\0objects\0");
        for object in &self.objects {
            hasher.update(object.as_bytes());
        }
        for versions in &self.versions {
            hasher.update(b"\0versions\0");
            hasher.update(versions.snapshot.as_bytes());
            hasher.update(versions.base.as_bytes());
            hasher.update(versions.path.as_str().as_bytes());
            hasher.update(&[0]);
            for object in &versions.objects {
                hasher.update(object.as_bytes());
            }
        }
        for (object, chunks) in &self.large_objects {
            hasher.update(b"\0large object\0");
            hasher.update(object.as_bytes());
            for (chunk, length) in chunks {
                hasher.update(chunk.as_bytes());
                hasher.update(&length.to_le_bytes());
            }
        }
        hasher.update(b"\0chunks\0");
        for chunk in &self.chunks {
            hasher.update(chunk.as_bytes());
        }
        hasher.finish()
    }
}

/// Where a residual's contents lie.
pub(in crate::fetch) struct LocatedContents {
    /// By mpack, frame and offset.
    pub(super) objects: Vec<(ObjectId, ContentLocation)>,
    /// In the order of the lists that have them.
    pub(super) chunks: Vec<(ChunkId, ContentLocation)>,
}

impl LocatedContents {
    /// Bytes that have to be written, uncompressed.
    pub(in crate::fetch) fn bytes(&self) -> u64 {
        self.locations().map(|at| u64::from(at.length)).sum()
    }

    pub(super) fn locations(&self) -> impl Iterator<Item = &ContentLocation> {
        let objects = self.objects.iter().map(|(_, at)| at);
        objects.chain(self.chunks.iter().map(|(_, at)| at))
    }
}

/// Objects of a residual that are versions of one file, and the version that the client has.
pub(in crate::fetch) struct NewVersions {
    /// Newest first.
    pub(in crate::fetch) objects: Vec<ObjectId>,
    /// A snapshot that the client has.
    pub(in crate::fetch) snapshot: SnapshotId,
    /// The file in it.
    pub(in crate::fetch) path: RepoPath,
    /// Its contents.
    pub(in crate::fetch) base: ObjectId,
}
