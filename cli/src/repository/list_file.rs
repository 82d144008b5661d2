//! Lists in JSON files, `{"version": 1, NAME: […]}`, each missing where its list is empty.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::durable::{self, Durability};
use super::error::{RepositoryError, Result};

/// The version of the files.
const VERSION: u32 = 1;

/// What a file holds.
#[derive(Serialize, Deserialize)]
struct Versioned<L> {
    version: u32,
    /// A struct of the list alone, which gives it its name.
    #[serde(flatten)]
    list: L,
}

/// The list at `path`, or an empty one where there is no file.
///
/// # Errors
/// If the file cannot be read or is damaged.
pub(super) fn read<L: DeserializeOwned + Default>(path: &Path) -> Result<L> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(L::default()),
        Err(error) => return Err(RepositoryError::storage("read", path)(error)),
    };
    let Versioned { version, list } = serde_json::from_slice(&bytes)
        .map_err(|error| RepositoryError::damaged(path, error.to_string()))?;
    if version != VERSION {
        let reason = format!("it is of version {version}, not {VERSION}");
        return Err(RepositoryError::damaged(path, reason));
    }
    Ok(list)
}

/// Replaces the list at `path`.
///
/// # Errors
/// If the file cannot be written.
pub(super) fn write(
    list: impl Serialize,
    path: &Path,
    temporary: &Path,
    durability: Durability,
) -> Result<()> {
    let contents = Versioned {
        version: VERSION,
        list,
    };
    let bytes = serde_json::to_vec(&contents).expect("texts and a number always have a JSON form");
    durable::replace(path, &bytes, temporary, durability)
}

/// Removes the file at `path`, if there is one: the list is empty.
///
/// # Errors
/// If the file cannot be removed.
pub(super) fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Ok(()) => durable::sync_parent(path),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(RepositoryError::writing(path)(error)),
    }
}
