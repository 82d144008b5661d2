//! What a fetch reads from, and what it gives.

use std::time::Duration;

use muse_wire::api::push::PresignedRequest;
use muse_wire::id::MpackKey;
use serde::{Deserialize, Serialize};

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

    /// Mpacks that are given one after the other: in their smallest form, if the reader takes
    /// `thin` ones.
    pub(super) fn forms<'m>(
        &self,
        mpacks: impl IntoIterator<Item = &'m StoredMpack>,
        thin: bool,
    ) -> Vec<PlannedFile> {
        let form = |mpack: &StoredMpack| {
            let thin = mpack.thin.as_ref().filter(|_| thin);
            PlannedFile::smallest(self.repo, MpackFile::from(mpack), thin)
        };
        mpacks.into_iter().map(form).collect()
    }

    /// A built mpack, to be given whole.
    pub(super) const fn built(&self, built: BuiltMpack) -> PlannedFile {
        PlannedFile {
            blob: BlobKey::built(self.repo.uuid, built.file.key, built.id.0),
            file: built.file,
            thick: None,
        }
    }

    /// A request that downloads a blob. What everybody may read needs no signature where the store
    /// has a public URL, so that caches can keep it.
    pub(super) async fn download(
        &self,
        key: &BlobKey,
        lifetime: Duration,
    ) -> Result<PresignedRequest> {
        let mut request = self.blobs.presign_get(key, lifetime).await?;
        if let Some(base) = self.blobs.public_url()
            && !self.repo.private
            && key.area().is_lasting()
        {
            request.url = format!("{}/{key}", base.as_str().trim_end_matches('/'));
            request.headers.clear();
        }
        Ok(request)
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
#[derive(Debug, Clone, Serialize, Deserialize)]
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

#[cfg(test)]
mod tests {
    use url::Url;
    use uuid::Uuid;

    use super::*;
    use crate::sandbox::Sandbox;

    #[tokio::test]
    async fn only_lasting_blobs_of_public_repositories_are_public() {
        let sandbox = Sandbox::idle(|config| {
            let url = Url::parse("https://cdn.example/muse/");
            config.public_blobs_url = Some(url.expect("valid"));
        })
        .await;
        let url = async |private, blob: &BlobKey| {
            let mut repo = sandbox.repo.clone();
            repo.private = private;
            let source = RepoSource {
                store: sandbox.store(),
                blobs: sandbox.blobs(),
                repo: &repo,
            };
            let request = source.download(blob, Duration::from_secs(60)).await;
            request.expect("signing needs no store").url
        };
        let (repo, key) = (sandbox.repo.uuid, MpackKey::from_bytes([1; 32]));
        let mpack = BlobKey::mpack(repo, key);
        let expected = format!("https://cdn.example/muse/{mpack}");
        assert_eq!(url(false, &mpack).await, expected);
        let thin = BlobKey::thin(repo, key);
        assert!(!url(false, &thin).await.contains("signature"));
        assert!(url(true, &mpack).await.contains("signature"));
        let built = BlobKey::built(repo, key, Uuid::nil());
        assert!(url(false, &built).await.contains("signature"));
    }
}
