//! A push, however it came.

use muse_wire::api::push::RefUpdate;
use muse_wire::id::{MpackKey, PartId};

use uuid::Uuid;

use crate::blobs::{BlobKey, StagedFile};
use crate::store::Repo;
use crate::store::accounts::UserId;
use crate::store::jobs::Lease;

/// A push.
pub(super) struct Push {
    pub(super) repo: Repo,
    pub(super) actor: Option<UserId>,
    pub(super) updates: Vec<RefUpdate>,
    pub(super) mpack: Option<PushedMpack>,
    /// The job that runs this push; its publication ends the job.
    pub(super) job: Option<Lease>,
}

/// Where a push's mpack is.
pub(super) enum PushedMpack {
    /// In the blob store.
    Uploaded {
        /// The key that its bytes are said to hash to.
        key: MpackKey,
        /// The parts that make it up; none where it lies whole under its upload key.
        parts: Vec<PartId>,
    },
    /// In a local file: it came in the request.
    Received(StagedFile),
}

impl PushedMpack {
    pub(super) const fn key(&self) -> MpackKey {
        match self {
            Self::Uploaded { key, .. } => *key,
            Self::Received(file) => file.key,
        }
    }

    /// The blobs in which a client uploaded it.
    pub(super) fn uploads(&self, repo_id: Uuid) -> Vec<BlobKey> {
        match self {
            Self::Uploaded { key, parts } if parts.is_empty() => {
                vec![BlobKey::upload(repo_id, *key)]
            }
            Self::Uploaded { parts, .. } => {
                let keys = parts.iter().map(|part| BlobKey::part(repo_id, *part));
                keys.collect()
            }
            Self::Received(_) => Vec::new(),
        }
    }
}
