//! A stored mpack as a file on this machine, for work that reads most of it.

use std::io;
use std::path::{Path, PathBuf};

use muse_wire::mpack::Mpack;
use muse_wire::problem::ProblemCode;
use tempfile::{NamedTempFile, TempPath};

use crate::blobs::{BlobKey, Blobs};
use crate::blocking::run_blocking;
use crate::error::{Error, Result};

/// An open mpack. Where the blob is not a local file, its copy is removed with this value.
pub(crate) struct LocalMpack {
    mpack: Mpack,
    _copy: Option<TempPath>,
}

impl LocalMpack {
    /// Opens an mpack that was verified when it was pushed. If it cannot be read now, that is the
    /// server's fault.
    ///
    /// # Errors
    /// [`Error`] where the blob store or a local file fails, or the mpack is damaged.
    pub(crate) async fn open_stored(blobs: &Blobs, key: &BlobKey) -> Result<Self> {
        match Self::open(blobs, key).await {
            Err(Error::Problem(problem)) => Err(Error::internal("opening a stored mpack", problem)),
            result => result,
        }
    }

    /// Opens an mpack in the blob store, after copying it to this machine if need be.
    ///
    /// # Errors
    /// [`Error::Problem`] where it is no mpack; other errors where the blob store or a local file
    /// fails.
    pub(crate) async fn open(blobs: &Blobs, key: &BlobKey) -> Result<Self> {
        if let Some(path) = blobs.local_path(key) {
            return run_blocking(move || Self::map(path, None)).await;
        }
        let mut reader = blobs.reader(key).await?;
        let directory = blobs.staging_dir().to_owned();
        run_blocking(move || {
            let copy = copy(&mut reader, &directory)
                .map_err(|error| Error::internal("copying a stored mpack", error))?;
            Self::map(copy.to_path_buf(), Some(copy))
        })
        .await
    }

    /// Opens a file of this machine, which stays where it is.
    ///
    /// # Errors
    /// [`Error::Problem`] where it is no mpack; other errors where it cannot be read.
    pub(crate) async fn open_file(path: PathBuf) -> Result<Self> {
        run_blocking(move || Self::map(path, None)).await
    }

    /// The mpack itself.
    pub(crate) const fn mpack(&self) -> &Mpack {
        &self.mpack
    }

    fn map(path: PathBuf, copy: Option<TempPath>) -> Result<Self> {
        let mpack = Mpack::open(&path).map_err(|error| match error.code {
            ProblemCode::Internal => Error::internal("opening an mpack", error),
            code => Error::problem(code, error.to_string()),
        })?;
        Ok(Self { mpack, _copy: copy })
    }
}

fn copy(reader: &mut dyn io::Read, directory: &Path) -> io::Result<TempPath> {
    let mut file = NamedTempFile::new_in(directory)?;
    io::copy(reader, &mut file)?;
    Ok(file.into_temp_path())
}
