//! Verifying downloaded mpacks: nothing becomes part of the repository before all of it was
//! checked.

use std::fs::File;
use std::sync::{Mutex, PoisonError};

use muse_wire::history::HistoryCheck;
use muse_wire::id::ObjectId;
use muse_wire::mpack::{Mpack, ObjectRow, Record, SinkError, VerifyError, VerifySink, verify};

use super::boundary::RepositoryBoundary;
use super::download::Downloaded;
use crate::report::{Phase, Reporter, Unit};
use crate::repository::Repository;
use crate::sync::FetchError;
use crate::worktree::{FileWriter, WorktreeError};

/// What was received.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Received {
    /// Commits that were not here before.
    pub commits: u64,
    /// Objects that were not here before.
    pub objects: u64,
    /// Bytes of the mpacks that were downloaded.
    pub bytes: u64,
}

/// Verifies downloaded mpacks in order and makes them part of the repository. Objects that `files`
/// wants go there on the way, so that they are decompressed once.
pub(in crate::sync) fn install(
    repository: &Repository,
    reporter: &dyn Reporter,
    downloaded: &[Downloaded],
    files: Option<&FileWriter>,
) -> Result<Received, FetchError> {
    let total_bytes = downloaded.iter().map(|mpack| mpack.size_bytes).sum();
    let label = if files.is_some() {
        "verifying, writing"
    } else {
        "verifying"
    };
    let phase = reporter.phase(label, Some(total_bytes), Unit::Bytes);
    let mut received = Received::default();
    let mut outside = Vec::new();
    let mut bytes_before = 0;
    for mpack in downloaded {
        if !mpack.is_installed {
            outside.extend(verify_one(repository, mpack, files, &*phase, bytes_before)?);
            repository.objects.adopt_mpack(&mpack.path, &mpack.key)?;
            received.commits += mpack.counts.commits;
            received.objects += mpack.counts.objects;
            received.bytes += mpack.size_bytes;
        }
        bytes_before += mpack.size_bytes;
    }
    // Only now: an object that one mpack lacks may be in a later one.
    for object in outside {
        if !repository.objects.has_object(&object)? {
            return Err(FetchError::invalid(format!(
                "the object {object} is missing"
            )));
        }
    }
    reporter.step(format_args!(
        "step 3: verified mpacks={} commits={} objects={}",
        downloaded.len(),
        received.commits,
        received.objects
    ));
    Ok(received)
}

/// Checks one file; returns the objects that its records name and it does not hold.
fn verify_one(
    repository: &Repository,
    mpack: &Downloaded,
    files: Option<&FileWriter>,
    phase: &dyn Phase,
    bytes_before: u64,
) -> Result<Vec<ObjectId>, FetchError> {
    let invalid = |reason: SinkError| {
        // What cannot be verified must not be resumed from.
        let _ = std::fs::remove_file(&mpack.path);
        FetchError::Invalid(reason)
    };
    let opened = Mpack::open(&mpack.path).map_err(|error| invalid(error.into()))?;
    let mut source = File::open(&mpack.path).map_err(FetchError::Downloaded)?;
    let sink = FileSink {
        files,
        phase,
        bytes_before,
        write_error: Mutex::new(None),
    };
    let boundary = RepositoryBoundary(&repository.objects);
    let mut check = HistoryCheck::new(opened.tables(), boundary);
    let mut on_record = |record: Record| -> Result<(), SinkError> {
        match record {
            Record::Commit { row, commit, .. } => check.commit(&row, &commit)?,
            Record::Snapshot(record) => {
                check.snapshot(&record)?;
            }
        }
        Ok(())
    };
    match verify(
        &mut source,
        opened.tables(),
        &mpack.key,
        &sink,
        &mut on_record,
    ) {
        Ok(()) => Ok(check.finish()),
        Err(VerifyError::Io(error)) => Err(FetchError::Downloaded(error)),
        Err(VerifyError::Sink(reason)) => {
            let write_error = sink.write_error.into_inner();
            match write_error.unwrap_or_else(PoisonError::into_inner) {
                Some(error) => Err(error.into()),
                None => Err(invalid(reason)),
            }
        }
        Err(error) => Err(invalid(error.into())),
    }
}

/// Hands verified objects to the work tree.
struct FileSink<'a> {
    files: Option<&'a FileWriter>,
    phase: &'a dyn Phase,
    bytes_before: u64,
    /// Why a file could not be written.
    write_error: Mutex<Option<WorktreeError>>,
}

impl VerifySink for FileSink<'_> {
    fn object(&self, row: &ObjectRow, offset: u64, piece: &[u8]) -> Result<(), SinkError> {
        let Some(files) = self.files else {
            return Ok(());
        };
        files
            .object(&row.id, row.length, offset, piece)
            .map_err(|error| {
                let mut first = self
                    .write_error
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                first.get_or_insert(error);
                "a file could not be written".into()
            })
    }

    fn progress(&self, file_bytes: u64) {
        self.phase.set_position(self.bytes_before + file_bytes);
    }
}
