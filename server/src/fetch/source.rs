//! What a fetch reads from, and what it gives.

use muse_wire::id::MpackKey;

use crate::blobs::{BlobKey, Blobs};
use crate::error::Result;
use crate::store::built_mpacks::BuiltMpack;
use crate::store::mpacks::{MpackFile, StoredMpack};
use crate::store::{Repo, Store};

/// A repository, and where its data is kept.
#[derive(Clone, Copy)]
pub(super) struct RepoSource<'a> {
    pub(super) store: &'a Store,
    pub(super) blobs: &'a Blobs,
    pub(super) repo: &'a Repo,
}

impl RepoSource<'_> {
    /// The blob of an mpack that was pushed.
    pub(super) const fn blob(&self, key: MpackKey) -> BlobKey {
        BlobKey::mpack(self.repo.uuid, key)
    }

    /// A pushed mpack, to be given whole.
    pub(super) fn pushed(&self, mpack: &StoredMpack) -> PlannedFile {
        PlannedFile::thick(self.repo, MpackFile::from(mpack))
    }

    /// The smallest form of a pushed mpack, for a reader that has what it builds on.
    pub(super) fn smallest_form(&self, mpack: &StoredMpack) -> PlannedFile {
        PlannedFile::smallest(self.repo, MpackFile::from(mpack), mpack.thin.as_ref())
    }

    /// A built mpack, to be given whole.
    pub(super) const fn built(&self, built: BuiltMpack) -> PlannedFile {
        PlannedFile {
            blob: BlobKey::built(self.repo.uuid, built.file.key, built.id.0),
            file: built.file,
            thick: None,
        }
    }

    /// The same, or the thick form of a thin mpack whose blob is gone: any may be dropped.
    pub(super) async fn existing_form(&self, planned: PlannedFile) -> Result<PlannedFile> {
        let Some(thick) = &planned.thick else {
            return Ok(planned);
        };
        if self.blobs.size(&planned.blob).await? == Some(planned.file.size_bytes) {
            return Ok(planned);
        }
        Ok(PlannedFile::thick(self.repo, thick.clone()))
    }
}

/// An mpack that a plan gives, and where it lies.
#[derive(Debug, Clone)]
pub(super) struct PlannedFile {
    pub(super) blob: BlobKey,
    pub(super) file: MpackFile,
    /// What stands for it if its blob is gone, where it is thin.
    pub(super) thick: Option<MpackFile>,
}

impl PlannedFile {
    /// A pushed mpack in the form that is always there.
    const fn thick(repo: &Repo, file: MpackFile) -> Self {
        Self {
            blob: BlobKey::mpack(repo.uuid, file.key),
            file,
            thick: None,
        }
    }

    /// The smaller form of a pushed mpack, for a reader that has what it builds on.
    pub(super) fn smallest(repo: &Repo, thick: MpackFile, thin: Option<&MpackFile>) -> Self {
        match thin {
            Some(thin) if thin.size_bytes < thick.size_bytes => Self {
                blob: BlobKey::thin(repo.uuid, thick.key),
                file: thin.clone(),
                thick: Some(thick),
            },
            _ => Self::thick(repo, thick),
        }
    }
}
