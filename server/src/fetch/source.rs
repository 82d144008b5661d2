//! What a fetch reads from.

use muse_wire::id::MpackKey;

use crate::blobs::{BlobKey, Blobs};
use crate::store::{Repo, Store};

/// A repository, and where its data is kept.
#[derive(Clone, Copy)]
pub(super) struct RepoSource<'a> {
    pub(super) store: &'a Store,
    pub(super) blobs: &'a Blobs,
    pub(super) repo: &'a Repo,
}

impl RepoSource<'_> {
    /// The blob of one of the repository's mpacks, pushed or built.
    pub(super) const fn blob(&self, key: MpackKey) -> BlobKey {
        BlobKey::mpack(self.repo.uuid, key)
    }
}
