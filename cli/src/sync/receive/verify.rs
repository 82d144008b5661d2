//! Verifying one downloaded mpack: its bytes, its records, and that nothing is missing below them.

use std::fs::File;
use std::sync::{Mutex, PoisonError};

use muse_wire::history::{HistoryCheck, HistoryError};
use muse_wire::id::ObjectId;
use muse_wire::mpack::{Mpack, ObjectRow, Record, SinkError, VerifyError, VerifySink, verify};

use super::boundary::RepositoryBoundary;
use super::download::Downloaded;
use crate::report::Phase;
use crate::repository::ObjectStore;
use crate::sync::FetchError;
use crate::worktree::{FileWriter, WorktreeError};

/// Checks one file against the repository and the staged mpacks; returns it, and the objects that
/// its records name and it does not hold.
///
/// # Errors
/// [`FetchError::Invalid`] if it is not valid; what is wrong here, or cannot be written, as itself.
pub(super) fn verify_file(
    objects: &ObjectStore,
    mpack: &Downloaded,
    files: Option<&FileWriter>,
    phase: &dyn Phase,
    bytes_before: u64,
) -> Result<(Mpack, Vec<ObjectId>), FetchError> {
    let opened = Mpack::open(mpack.path()).map_err(FetchError::invalid)?;
    let mut source = File::open(mpack.path()).map_err(FetchError::Downloaded)?;
    let sink = FileSink {
        files,
        phase,
        bytes_before,
        write_error: Mutex::new(None),
    };
    let mut boundary_error = None;
    let mut check = HistoryCheck::new(opened.tables(), RepositoryBoundary(objects));
    let mut on_record = |record: Record| -> Result<(), SinkError> {
        let checked = match record {
            Record::Commit { row, commit, .. } => check.commit(&row, &commit),
            Record::Snapshot(record) => check.snapshot(&record).map(drop),
        };
        checked.map_err(|error| match error {
            HistoryError::Boundary(error) => {
                boundary_error = Some(error);
                "the repository could not be asked".into()
            }
            error => error.into(),
        })
    };
    let verified = verify(
        &mut source,
        opened.tables(),
        &mpack.key,
        &sink,
        &mut on_record,
    );
    match verified {
        Ok(()) => {
            let outside = check.finish();
            Ok((opened, outside))
        }
        Err(VerifyError::Io(error)) => Err(FetchError::Downloaded(error)),
        Err(VerifyError::Sink(reason)) => {
            let write_error = sink.write_error.into_inner();
            match (
                boundary_error,
                write_error.unwrap_or_else(PoisonError::into_inner),
            ) {
                (Some(error), _) => Err(error.into()),
                (None, Some(error)) => Err(error.into()),
                (None, None) => Err(FetchError::Invalid(reason)),
            }
        }
        Err(error) => Err(FetchError::invalid(error)),
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
