//! The stored mpacks that another is made from, as local files.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io;
use std::path::{Path, PathBuf};

use muse_wire::id::{MpackKey, ObjectId};
use muse_wire::mpack::Mpack;
use tempfile::{NamedTempFile, TempPath};

use crate::app::AppState;
use crate::blobs::BlobKey;
use crate::failure::{Failure, blocking};
use crate::store::Repo;
use crate::store::mpacks::MpackId;
use crate::store::objects::ObjectLocation;

/// An opened mpack, and the copy of it that goes with this value where the blob is not local.
pub(super) struct Source {
    mpack: Mpack,
    _copy: Option<TempPath>,
}

impl Source {
    pub(super) const fn mpack(&self) -> &Mpack {
        &self.mpack
    }
}

/// Opens every mpack that one of the objects lies in.
///
/// # Errors
/// [`Failure`] where the blob store or a local file fails.
pub(super) async fn open_sources(
    state: &AppState,
    repo: &Repo,
    objects: &[(ObjectId, ObjectLocation)],
) -> Result<BTreeMap<MpackId, Source>, Failure> {
    let mut sources = BTreeMap::new();
    for (_, place) in objects {
        if let Entry::Vacant(vacant) = sources.entry(place.mpack) {
            vacant.insert(open(state, repo, place.mpack_key).await?);
        }
    }
    Ok(sources)
}

/// Opens the mpack of this key.
///
/// # Errors
/// [`Failure`] where the blob store or a local file fails.
pub(super) async fn open(state: &AppState, repo: &Repo, key: MpackKey) -> Result<Source, Failure> {
    let blob = BlobKey::mpack(repo.uuid, key);
    if let Some(path) = state.blobs.local_path(&blob) {
        return blocking(move || map(path, None)).await;
    }
    let mut reader = state.blobs.reader(&blob).await?;
    let directory = state.blobs.staging_dir().to_owned();
    blocking(move || {
        let copy = copy(&mut reader, &directory)
            .map_err(|error| Failure::internal("copying a stored mpack", error))?;
        map(copy.to_path_buf(), Some(copy))
    })
    .await
}

fn copy(reader: &mut dyn io::Read, directory: &Path) -> io::Result<TempPath> {
    let mut file = NamedTempFile::new_in(directory)?;
    io::copy(reader, &mut file)?;
    Ok(file.into_temp_path())
}

fn map(path: PathBuf, copy: Option<TempPath>) -> Result<Source, Failure> {
    let mpack =
        Mpack::open(&path).map_err(|error| Failure::internal("opening a stored mpack", error))?;
    Ok(Source { mpack, _copy: copy })
}
