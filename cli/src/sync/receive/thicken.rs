//! Making downloaded thin mpacks thick.

use std::collections::{HashMap, HashSet};
use std::io::BufWriter;
use std::sync::{Mutex, PoisonError};

use muse_wire::id::ObjectId;
use muse_wire::mpack::{self, Base, Mpack, Receiver, ThickenError};

use super::boundary::RepositoryBoundary;
use super::download::Downloaded;
use crate::repository::{ObjectStore, Repository, RepositoryError};
use crate::sync::FetchError;

/// The thick form of a downloaded mpack, in a file of its own; `None` if it is not thin. `objects`
/// are the repository's, and those of the mpacks before this one in the plan.
///
/// # Errors
/// [`FetchError::Invalid`] if it is not valid, [`FetchError::MissingBase`] if the repository lacks
/// what it was compressed against.
pub(super) fn thicken(
    repository: &Repository,
    objects: &ObjectStore,
    downloaded: &Downloaded,
) -> Result<Option<Downloaded>, FetchError> {
    if downloaded.is_installed() {
        return Ok(None);
    }
    let thin = Mpack::open(downloaded.path()).map_err(FetchError::invalid)?;
    if !thin.tables().is_thin() {
        return Ok(None);
    }
    let file = repository.layout.private_download()?;
    let failed = |error| RepositoryError::writing(file.path())(error);
    let out = BufWriter::new(file.file().try_clone().map_err(failed)?);
    let written = mpack::thicken(&thin, &downloaded.key, RepositoryBoundary(objects), out);
    let written = written.map_err(|error| match error {
        ThickenError::Receiver(error) => error.into(),
        ThickenError::Write(error) if error.is_io() => RepositoryError::from(error).into(),
        ThickenError::MissingBase { .. } => FetchError::MissingBase(Box::new(error)),
        error => FetchError::invalid(error),
    })?;
    Ok(Some(Downloaded::written(
        written.key,
        written.size_bytes,
        file,
    )))
}

impl Receiver for RepositoryBoundary<'_> {
    fn contents(&mut self, bases: &[Base]) -> Result<Vec<Option<Vec<u8>>>, RepositoryError> {
        let mut ids = Vec::with_capacity(bases.len());
        for base in bases {
            let is_here = self.0.has_snapshot(&base.snapshot)?;
            let entry = match is_here {
                true => self.0.tree(&base.snapshot)?.get(&base.path),
                false => None,
            };
            ids.push(entry.map(|entry| entry.object));
        }
        // Of the length that was declared: no more is in memory than a thin frame may name.
        let wanted: HashSet<(ObjectId, u32)> = ids
            .iter()
            .zip(bases)
            .filter_map(|(id, base)| Some(((*id)?, base.length)))
            .collect();
        let (mut whole, _) = self.0.whole_objects(wanted.iter().map(|(id, _)| *id))?;
        whole.retain(|row| wanted.contains(&(row.id, row.length)));
        let found = Mutex::new(HashMap::new());
        whole.read(|row, contents| -> Result<(), RepositoryError> {
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            found.insert(row.id, contents.to_vec());
            Ok(())
        })?;
        let found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        let contents = ids
            .iter()
            .map(|id| id.and_then(|id| found.get(&id).cloned()));
        Ok(contents.collect())
    }
}
