//! Making downloaded thin mpacks thick.

use std::io::BufWriter;

use muse_wire::mpack::{self, Mpack, ThickenError};

use super::downloaded::Downloaded;
use super::local_receiver::LocalReceiver;
use crate::repository::{ObjectStore, Repository, RepositoryError};
use crate::sync::FetchError;

/// The thick form of a downloaded mpack, which is `thin`, in a file of its own. `objects` are the
/// repository's, and those of the mpacks before this one in the plan.
///
/// # Errors
/// [`FetchError::Invalid`] if it is not valid, [`FetchError::MissingBase`] if the repository lacks
/// what it was compressed against.
pub(super) fn thicken(
    repository: &Repository,
    objects: &ObjectStore,
    downloaded: &Downloaded,
    thin: &Mpack,
) -> Result<Downloaded, FetchError> {
    let file = repository.layout.private_download()?;
    let failed = |error| RepositoryError::writing(file.path())(error);
    let out = BufWriter::new(file.file().try_clone().map_err(failed)?);
    let receiver = LocalReceiver::new(objects, repository.layout.root());
    let written = mpack::thicken(thin, &downloaded.key, receiver, out);
    let written = written.map_err(|error| match error {
        ThickenError::Receiver(error) => error.into(),
        ThickenError::Write(error) if error.is_io() => RepositoryError::from(error).into(),
        ThickenError::MissingBase { .. } => FetchError::MissingBase(Box::new(error)),
        error => FetchError::invalid(error),
    })?;
    Ok(Downloaded::written(written.key, written.size_bytes, file))
}
