//! A push, however it came.

use muse_wire::api::push::RefUpdate;
use muse_wire::id::MpackKey;

use crate::blobs::StagedFile;
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
    /// Under its upload key in the blob store.
    Uploaded(MpackKey),
    /// In a local file: it came in the request.
    Received(StagedFile),
}

impl PushedMpack {
    pub(super) const fn key(&self) -> MpackKey {
        match self {
            Self::Uploaded(key) => *key,
            Self::Received(file) => file.key,
        }
    }
}
