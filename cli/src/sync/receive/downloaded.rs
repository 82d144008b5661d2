//! The mpacks of a plan, as they are here: some before they are complete.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use muse_wire::id::{CommitId, MpackKey};
use muse_wire::mpack::Mpack;

use super::arrival::{Arrival, ArrivingFile};
use crate::repository::{PartialDownload, Withheld};
use crate::sync::FetchError;

/// Everything that a plan gives.
#[derive(Default)]
pub(in crate::sync) struct Download {
    /// Its mpacks, in its order.
    pub(in crate::sync) mpacks: Vec<Downloaded>,
    /// What it says is not in them.
    pub(in crate::sync) withheld: Withheld,
    /// Commits that it says come without some of their parents.
    pub(in crate::sync) shallow: Vec<CommitId>,
    /// Commits that it says have all their parents now.
    pub(in crate::sync) unshallow: Vec<CommitId>,
}

impl Download {
    /// Bytes that are still to be downloaded.
    pub(in crate::sync) fn missing_bytes(&self) -> u64 {
        self.mpacks.iter().map(Downloaded::missing_bytes).sum()
    }
}

/// An mpack of the plan, and where it is.
pub(in crate::sync) struct Downloaded {
    pub(in crate::sync) key: MpackKey,
    pub(in crate::sync) size_bytes: u64,
    pub(super) place: Place,
}

/// Where an mpack is.
pub(super) enum Place {
    /// The repository has it already.
    Installed(PathBuf),
    /// A file that is not verified yet, which no other process writes to.
    Partial(Arriving),
}

/// A file that may still grow.
pub(super) struct Arriving {
    pub(super) file: PartialDownload,
    /// Where its end is put, at its offset, if that comes first.
    pub(super) end: Option<PartialDownload>,
    pub(super) arrival: Arrival,
}

impl Downloaded {
    /// A file that was written here.
    pub(in crate::sync) fn written(key: MpackKey, size_bytes: u64, file: PartialDownload) -> Self {
        Self {
            key,
            size_bytes,
            place: Place::Partial(Arriving {
                file,
                end: None,
                arrival: Arrival::whole(),
            }),
        }
    }

    /// Whether the repository has it already, so that it needs no verification of its own.
    pub(in crate::sync) const fn is_installed(&self) -> bool {
        matches!(self.place, Place::Installed(_))
    }

    /// Whether it may be read before it is complete.
    pub(super) const fn is_streamed(&self) -> bool {
        matches!(&self.place, Place::Partial(arriving) if arriving.end.is_some())
    }

    /// The file, which may not be complete.
    pub(super) fn path(&self) -> &Path {
        match &self.place {
            Place::Installed(path) => path,
            Place::Partial(arriving) => arriving.file.path(),
        }
    }

    /// How much of it is still to be downloaded.
    pub(super) fn missing_bytes(&self) -> u64 {
        match &self.place {
            Place::Installed(_) => 0,
            Place::Partial(Arriving { file, .. }) => {
                let length = file.file().metadata().map(|metadata| metadata.len());
                self.size_bytes.saturating_sub(length.unwrap_or_default())
            }
        }
    }

    /// Opens it once its tables and records can be read. Its contents may still be to come:
    /// [`Downloaded::complete`] waits for them.
    ///
    /// # Errors
    /// [`FetchError::Invalid`], and [`FetchError::DownloadEnded`] where they do not come.
    pub(in crate::sync) fn open(&self) -> Result<Mpack, FetchError> {
        let opened = match self.end()? {
            Some((_, end, _)) => Mpack::open_end(end),
            None => Mpack::open(self.path()),
        };
        opened.map_err(FetchError::invalid)
    }

    /// The same with its contents, once they are all there.
    ///
    /// # Errors
    /// As [`Downloaded::open`].
    pub(super) fn complete(&self, opened: Mpack) -> Result<Mpack, FetchError> {
        let Place::Partial(arriving) = &self.place else {
            return Ok(opened);
        };
        arriving.arrival.wait()?;
        match self.end()? {
            // The tables are those that were checked: the end of the file is a copy.
            Some(_) => Mpack::open_again(self.path()).map_err(FetchError::invalid),
            None => Ok(opened),
        }
    }

    /// Reads it from its start, as it comes.
    ///
    /// # Errors
    /// [`FetchError::Downloaded`], and [`FetchError::DownloadEnded`].
    pub(super) fn reader(&self) -> Result<Box<dyn Read + '_>, FetchError> {
        let path = self.path();
        Ok(match self.end()? {
            Some((arrival, end, start)) => Box::new(
                ArrivingFile::open(arrival, path, end, start).map_err(FetchError::Downloaded)?,
            ),
            None => Box::new(File::open(path).map_err(FetchError::Downloaded)?),
        })
    }

    /// Removes what must not be resumed from.
    pub(super) fn discard(&self) {
        if !self.is_installed() {
            let _ = fs::remove_file(self.path());
        }
    }

    /// Waits for the end of a file whose end comes first: where that is, and from which offset on;
    /// and else for all of it.
    fn end(&self) -> Result<Option<(&Arrival, &Path, u64)>, FetchError> {
        let Place::Partial(Arriving { end, arrival, .. }) = &self.place else {
            return Ok(None);
        };
        let start = arrival.wait_for_end()?;
        let end = end.as_ref().map(PartialDownload::path);
        Ok(end.zip(start).map(|(path, start)| (arrival, path, start)))
    }
}
