//! Checking one mpack: its key, every frame, and every object, chunk, commit and record in it.

use std::collections::HashSet;
use std::error::Error;
use std::fs::File;
use std::io::ErrorKind;

use muse_wire::history::{HistoryCheck, HistoryError, LinkTargets};
use muse_wire::mpack::{
    ChunkReference, FrameCheck, LargeObjectRow, ObjectRow, Record, SinkError, VerifyError,
    VerifySink, check_frames, check_large_object, verify,
};

use super::contents::CheckedMpack;
use crate::report::Phase;
use crate::repository::{Repository, RepositoryError, StoredMpack};
use crate::sync::LocalReceiver;

/// Checks all of an mpack; `None` if another process has merged it away. Where it is damaged, each
/// frame is looked at.
///
/// # Errors
/// If the file cannot be read for another reason than what is in it.
pub(super) fn check_mpack(
    repository: &Repository,
    stored: StoredMpack,
    phase: &dyn Phase,
    bytes_before: u64,
) -> Result<Option<CheckedMpack>, RepositoryError> {
    let mut source = match File::open(&stored.path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(RepositoryError::storage("read", &stored.path)(error)),
    };
    let receiver = || LocalReceiver::new(&repository.objects, repository.layout.root());
    let tables = stored.mpack.tables();
    let sink = Sink {
        phase,
        bytes_before,
        links: LinkTargets::default(),
    };
    let mut history = HistoryCheck::new(tables, receiver(), &sink.links);
    let mut on_record = |record: Record<'_>| -> Result<(), SinkError> {
        let checked = match record {
            Record::Commit { row, commit, .. } => history.commit(&row, &commit),
            Record::Snapshot { row, changes, .. } => {
                history.changes(row.id, row.base, changes).map(drop)
            }
        };
        match checked {
            Err(error) if is_damage(&error) => Err(error.into()),
            _ => Ok(()),
        }
    };
    let verified = verify(&mut source, tables, &stored.key, &sink, &mut on_record);
    let mut checked = CheckedMpack {
        damage: None,
        bad_frames: HashSet::new(),
        bad_objects: HashSet::new(),
        stored: stored.clone(),
    };
    match verified {
        Ok(unchecked) => {
            for row in unchecked {
                check_object(repository, &mut checked, &row)?;
            }
        }
        Err(VerifyError::Io(error)) => {
            return Err(RepositoryError::storage("read", &stored.path)(error));
        }
        Err(error) => {
            checked.damage = Some(describe(&error));
            let frames = check_frames(&stored.mpack, Some(receiver()));
            let is_bad = |check: &Result<FrameCheck, _>| {
                matches!(check, Err(_) | Ok(FrameCheck::Unconfirmed))
            };
            let bad = (0..).zip(&frames).filter(|(_, check)| is_bad(check));
            checked.bad_frames = bad.map(|(index, _)| index).collect();
            // What is in sound frames may still make no whole of a large object.
            for row in tables.large_objects() {
                check_object(repository, &mut checked, &row)?;
            }
        }
    }
    Ok(Some(checked))
}

/// Checks a large object whose chunks did not come by in its order. Chunks that are not here are
/// for those to find who need them.
fn check_object(
    repository: &Repository,
    checked: &mut CheckedMpack,
    row: &LargeObjectRow,
) -> Result<(), RepositoryError> {
    let mut reader = repository.objects.chunk_reader()?;
    let tables = checked.stored.mpack.tables();
    let read = |chunk: &ChunkReference| reader.read(&chunk.id).map_err(ObjectError::Repository);
    match check_large_object(tables, row, read, |_, _| Ok(())) {
        Err(ObjectError::Verify(error)) => {
            checked.damage.get_or_insert_with(|| describe(&error));
            checked.bad_objects.insert(row.id);
        }
        Err(ObjectError::Repository(
            RepositoryError::Missing { .. } | RepositoryError::DamagedMpack { .. },
        ))
        | Ok(()) => {}
        Err(ObjectError::Repository(error)) => return Err(error),
    }
    Ok(())
}

/// Why a large object cannot be confirmed.
enum ObjectError {
    Verify(VerifyError),
    Repository(RepositoryError),
}

impl From<VerifyError> for ObjectError {
    fn from(error: VerifyError) -> Self {
        Self::Verify(error)
    }
}

/// Whether the mpack itself is wrong: what it builds on may be missing, or damaged, without that
/// being its fault, and need not be here where nothing needs it.
fn is_damage(error: &HistoryError<RepositoryError>) -> bool {
    !matches!(
        error,
        HistoryError::MissingParent { .. }
            | HistoryError::MissingSnapshot { .. }
            | HistoryError::MissingBase { .. }
            | HistoryError::Boundary(_)
    )
}

/// An error and its causes in one line.
fn describe(error: &VerifyError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// Takes note of link targets and of progress.
struct Sink<'a> {
    phase: &'a dyn Phase,
    bytes_before: u64,
    links: LinkTargets,
}

impl VerifySink for Sink<'_> {
    fn object(&self, row: &ObjectRow, contents: &[u8]) -> Result<(), SinkError> {
        self.links.note(row.id, contents);
        Ok(())
    }

    fn progress(&self, file_bytes: u64) {
        self.phase.set_position(self.bytes_before + file_bytes);
    }
}
