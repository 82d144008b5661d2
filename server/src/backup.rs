//! Backup and restoration of a server whose database is SQLite, as one tar archive. A server that
//! runs need not stop for a backup.
//!
//! The archive holds, in this order: the database, as it was at one moment; the secret, where it is
//! a file; the blobs; and a manifest, without which the archive is not whole. The database comes
//! first because what it names was stored before it, and stays for weeks after it was replaced.
//! Blobs that nobody needs, or that are built again on demand, are left out.
//!
//! A restoration puts the database in its place last. Until then there is no server, and the
//! restoration can begin again.

mod error;
mod read;
mod write;

use std::fs::File;
use std::io;
use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use tempfile::PathPersistError;

use crate::blobs::{BlobArea, BlobKey};

pub use self::error::BackupError;
pub use self::read::restore;
pub use self::write::{back_up, back_up_to_file};

/// The version of the archive's format.
const VERSION: u32 = 1;

/// Areas of blobs that are in an archive: those that jobs, readers or operators come back for.
const AREAS: [BlobArea; 5] = [
    BlobArea::Uploads,
    BlobArea::Parts,
    BlobArea::Mpacks,
    BlobArea::Thin,
    BlobArea::Quarantine,
];

/// How many bytes are copied at a time.
const BUFFER_BYTES: usize = 1 << 20;

/// What an archive holds: its last entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    version: u32,
    /// How many blobs it holds.
    pub blobs: u64,
    /// Bytes of all blobs and of the database.
    pub bytes: u64,
}

/// What an entry of an archive is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EntryName {
    Database,
    Secret,
    Blob(BlobKey),
    Manifest,
}

impl EntryName {
    const DATABASE: &str = "musehub.sqlite";
    const SECRET: &str = "secret";
    const MANIFEST: &str = "manifest.json";
    const BLOBS: &str = "blobs/";

    fn path(self) -> String {
        match self {
            Self::Database => Self::DATABASE.to_owned(),
            Self::Secret => Self::SECRET.to_owned(),
            Self::Blob(key) => format!("{}{key}", Self::BLOBS),
            Self::Manifest => Self::MANIFEST.to_owned(),
        }
    }
}

impl FromStr for EntryName {
    type Err = ();

    fn from_str(path: &str) -> Result<Self, ()> {
        match path {
            Self::DATABASE => Ok(Self::Database),
            Self::SECRET => Ok(Self::Secret),
            Self::MANIFEST => Ok(Self::Manifest),
            _ => {
                let key: BlobKey = path
                    .strip_prefix(Self::BLOBS)
                    .and_then(|key| key.parse().ok())
                    .ok_or(())?;
                AREAS
                    .contains(&key.area())
                    .then_some(Self::Blob(key))
                    .ok_or(())
            }
        }
    }
}

fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(directory) if directory != Path::new("") => directory,
        _ => Path::new("."),
    }
}

/// Gives a synced file its name, and syncs the directory.
fn persist(
    path: &Path,
    rename: impl FnOnce(&Path) -> Result<(), PathPersistError>,
) -> io::Result<()> {
    rename(path)?;
    File::open(directory_of(path))?.sync_all()
}

#[cfg(test)]
mod tests;
