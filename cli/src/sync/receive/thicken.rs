//! Making downloaded thin mpacks thick.

use std::collections::{HashMap, HashSet};
use std::io::BufWriter;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use muse_wire::history::{Base as TreeBase, Boundary};
use muse_wire::id::{CommitId, ObjectId, SnapshotId};
use muse_wire::mpack::{self, Base, Mpack, Receiver, ThickenError};
use rayon::prelude::*;

use super::boundary::RepositoryBoundary;
use super::download::Downloaded;
use crate::repository::{ObjectStore, Repository, RepositoryError};
use crate::sync::FetchError;
use crate::worktree::find_object;

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
    let receiver = LocalReceiver {
        boundary: RepositoryBoundary(objects),
        root: repository.layout.root(),
    };
    let written = mpack::thicken(&thin, &downloaded.key, receiver, out);
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

/// The repository, and its work tree: most bases are files that lie there as they were. Reading
/// them costs much less than decompressing the frames that hold them.
struct LocalReceiver<'a> {
    boundary: RepositoryBoundary<'a>,
    root: &'a Path,
}

impl Boundary for LocalReceiver<'_> {
    type Error = RepositoryError;

    fn generation(&mut self, id: &CommitId) -> Result<Option<u32>, RepositoryError> {
        self.boundary.generation(id)
    }

    fn base(&mut self, id: &SnapshotId) -> Result<Option<TreeBase>, RepositoryError> {
        self.boundary.base(id)
    }

    fn has_snapshot(&mut self, id: &SnapshotId) -> Result<bool, RepositoryError> {
        self.boundary.has_snapshot(id)
    }
}

impl Receiver for LocalReceiver<'_> {
    fn contents(&mut self, bases: &[Base]) -> Result<Vec<Option<Vec<u8>>>, RepositoryError> {
        let objects = self.boundary.0;
        let mut ids = Vec::with_capacity(bases.len());
        for base in bases {
            let is_here = objects.has_snapshot(&base.snapshot)?;
            let entry = match is_here {
                true => objects.tree(&base.snapshot)?.get(&base.path),
                false => None,
            };
            ids.push(entry.map(|entry| entry.object));
        }
        let root = self.root;
        let in_work_tree = bases.par_iter().zip(&ids);
        let mut contents: Vec<Option<Vec<u8>>> = in_work_tree
            .map(|(base, id)| find_object(root, &base.path, id.as_ref()?, base.length.into()))
            .collect();
        // Of the length that was declared: no more is in memory than a thin frame may name.
        let wanted: HashSet<(ObjectId, u32)> = ids
            .iter()
            .zip(bases)
            .zip(&contents)
            .filter(|(_, contents)| contents.is_none())
            .filter_map(|((id, base), _)| Some(((*id)?, base.length)))
            .collect();
        let (mut whole, _) = objects.whole_objects(wanted.iter().map(|(id, _)| *id))?;
        whole.retain(|row| wanted.contains(&(row.id, row.length)));
        let found = Mutex::new(HashMap::new());
        whole.read(|row, contents| -> Result<(), RepositoryError> {
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            found.insert(row.id, contents.to_vec());
            Ok(())
        })?;
        let found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        for (contents, id) in contents.iter_mut().zip(ids) {
            if contents.is_none() {
                *contents = id.and_then(|id| found.get(&id).cloned());
            }
        }
        Ok(contents)
    }
}
