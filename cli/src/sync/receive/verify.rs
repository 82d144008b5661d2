//! Verifying one downloaded mpack: its bytes, its records, and that nothing is missing below them.

use std::sync::{Mutex, PoisonError};

use muse_wire::history::{HistoryCheck, HistoryError, LinkTargets, OutsideObjects};
use muse_wire::id::ObjectId;
use muse_wire::mpack::{
    LargeObjectRow, Mpack, ObjectRow, Record, SinkError, VerifyError, VerifySink, verify,
};

use super::arrival::Ended;
use super::boundary::RepositoryBoundary;
use super::downloaded::Downloaded;
use super::withheld::WithheldObjects;
use crate::report::Phase;
use crate::repository::ObjectStore;
use crate::sync::FetchError;
use crate::worktree::{FileWriter, WorktreeError};

/// An mpack that is what its key and ids say, as far as it can tell by itself.
pub(super) struct Verified {
    pub(super) mpack: Mpack,
    /// Objects that its records name and it does not hold.
    pub(super) outside: OutsideObjects,
    /// Large objects that were not hashed as a whole.
    pub(super) unchecked: Vec<LargeObjectRow>,
}

/// Checks one file, which is `opened` and may still be coming, against the repository and the
/// staged mpacks.
///
/// # Errors
/// [`FetchError::Invalid`] if it is not valid; what is wrong here, or cannot be written, as itself.
pub(super) fn verify_file(
    objects: &ObjectStore,
    mpack: &Downloaded,
    opened: Mpack,
    withheld: &mut WithheldObjects,
    files: Option<&FileWriter>,
    phase: &dyn Phase,
    bytes_before: u64,
) -> Result<Verified, FetchError> {
    let mut source = mpack.reader()?;
    let sink = FileSink {
        files,
        phase,
        bytes_before,
        links: LinkTargets::default(),
        write_error: Mutex::new(None),
    };
    let mut boundary_error = None;
    let mut check = HistoryCheck::new(opened.tables(), RepositoryBoundary(objects), &sink.links);
    let mut on_record = |record: Record| -> Result<(), SinkError> {
        let checked = match record {
            Record::Commit { row, commit, .. } => check.commit(&row, &commit),
            Record::Snapshot { row, changes, .. } => {
                let noted = changes.inspect(|change| {
                    if let Ok(change) = change {
                        withheld.note_path(change);
                    }
                });
                check.changes(row.id, row.base, noted).map(drop)
            }
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
        &mut *source,
        opened.tables(),
        &mpack.key,
        &sink,
        &mut on_record,
    );
    match verified {
        Ok(unchecked) => {
            let outside = check.finish();
            Ok(Verified {
                mpack: mpack.complete(opened)?,
                outside,
                unchecked,
            })
        }
        Err(VerifyError::Sink(reason)) => {
            Err(boundary_error.map_or_else(|| sink.why(reason), FetchError::from))
        }
        Err(VerifyError::Io(error)) if Ended::is_cause(&error) => Err(Ended.into()),
        Err(error) => Err(error.into()),
    }
}

/// Hands verified objects to the work tree, and notes which can be links.
struct FileSink<'a> {
    files: Option<&'a FileWriter>,
    phase: &'a dyn Phase,
    bytes_before: u64,
    links: LinkTargets,
    /// Why a file could not be written.
    write_error: Mutex<Option<WorktreeError>>,
}

impl VerifySink for FileSink<'_> {
    fn object(&self, row: &ObjectRow, contents: &[u8]) -> Result<(), SinkError> {
        self.links.note(row.id, contents);
        self.write(&row.id, row.length.into(), 0, contents)
    }

    fn large_object(
        &self,
        row: &LargeObjectRow,
        offset: u64,
        piece: &[u8],
    ) -> Result<(), SinkError> {
        self.write(&row.id, row.length, offset, piece)
    }

    fn progress(&self, file_bytes: u64) {
        self.phase.set_position(self.bytes_before + file_bytes);
    }
}

impl FileSink<'_> {
    /// Why writing stopped: the file that could not be written, or else `reason`.
    fn why(&self, reason: SinkError) -> FetchError {
        let mut first = self
            .write_error
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        first
            .take()
            .map_or(FetchError::Invalid(reason), FetchError::from)
    }

    fn write(
        &self,
        id: &ObjectId,
        length: u64,
        offset: u64,
        piece: &[u8],
    ) -> Result<(), SinkError> {
        let Some(files) = self.files else {
            return Ok(());
        };
        files.object(id, length, offset, piece).map_err(|error| {
            let mut first = self
                .write_error
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            first.get_or_insert(error);
            "a file could not be written".into()
        })
    }
}
