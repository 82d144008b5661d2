//! Making downloaded thin mpacks thick.

use std::collections::HashMap;
use std::io::BufWriter;
use std::sync::{Mutex, PoisonError};

use muse_wire::id::ObjectId;
use muse_wire::mpack::{self, Base, Mpack, MpackError, ObjectRow, Receiver, ThickenError};

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
        let wanted = ids.iter().zip(bases);
        let wanted = wanted.filter_map(|(id, base)| Some(((*id)?, base.length)));
        let found = read_all(self.0, wanted)?;
        let contents = ids
            .iter()
            .map(|id| id.and_then(|id| found.get(&id).cloned()));
        Ok(contents.collect())
    }
}

/// The bytes of those of these objects that are stored whole and have the length given, each frame
/// decompressed once. So no more is in memory than a thin frame may declare.
fn read_all(
    objects: &ObjectStore,
    wanted: impl Iterator<Item = (ObjectId, u32)>,
) -> Result<HashMap<ObjectId, Vec<u8>>, RepositoryError> {
    let mpacks = objects.mpacks()?;
    let mut rows: Vec<Vec<ObjectRow>> = vec![Vec::new(); mpacks.len()];
    for (id, length) in wanted {
        let place = mpacks.iter().zip(&mut rows).find_map(|(mpack, rows)| {
            let row = mpack.tables().find_object(&id)?;
            (row.length == length).then_some((rows, row))
        });
        if let Some((rows, row)) = place {
            rows.push(row);
        }
    }
    let found = Mutex::new(HashMap::new());
    for (mpack, mut rows) in mpacks.iter().zip(rows) {
        mpack
            .read_objects(&mut rows, |row, contents| -> Result<(), MpackError> {
                let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                found.insert(row.id, contents.to_vec());
                Ok(())
            })
            .map_err(objects.damage_in(mpack))?;
    }
    Ok(found.into_inner().unwrap_or_else(PoisonError::into_inner))
}
