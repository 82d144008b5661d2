//! What the server builds for fetches, and what a builder is told.

use muse_wire::id::MpackKey;
use uuid::Uuid;

use crate::store::mpacks::model::MpackFile;
use crate::store::repos::model::RepoId;

/// Names one build and, together with the mpack's key, its blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuildId(pub Uuid);

/// A built mpack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltMpack {
    /// The build that it comes from.
    pub id: BuildId,
    /// The mpack.
    pub file: MpackFile,
}

/// Something to build.
#[derive(Debug, Clone, Copy)]
pub struct NewBuild {
    /// The repository.
    pub repo: RepoId,
    /// Digest of what goes into the mpack.
    pub digest: [u8; 32],
}

/// Whether to build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildClaim {
    /// Nothing is to be built: here it is.
    Ready(BuiltMpack),
    /// The caller builds, under this id.
    Granted(BuildId),
    /// Somebody else is building it.
    Taken,
    /// Too much is kept for the repository's readers already.
    Full,
}

/// A build whose row is gone and whose blob is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpiredBuild {
    /// The build.
    pub id: BuildId,
    /// The repository's name in the blob store.
    pub repo_uuid: Uuid,
    /// The mpack; `None` where nothing was built, so that there is no blob.
    pub key: Option<MpackKey>,
}
