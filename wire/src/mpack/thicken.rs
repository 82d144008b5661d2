//! Making a thin mpack thick: what whoever receives one does before anything else.
//!
//! A thin mpack does not say which objects it holds: their ids are computed here. The result is an
//! mpack like any other, and is verified like any other: nothing that a thin mpack claims is
//! believed here. Nothing else in the system knows of bases.

use std::io::Write;

use super::compress::FrameDecompressor;
use super::record::SnapshotReader;
use super::tables::{Base, FrameKind};
use super::{Codec, Counts, Mpack, MpackError, MpackWriter, NewCommit, WriteError, Written};
use crate::commit::{Commit, CommitError};
use crate::history::{Boundary, HistoryCheck, HistoryError, LinkTargets};
use crate::id::{CommitId, Hasher, MpackKey, ObjectId, SnapshotId};
use crate::problem::ProblemCode;

/// Frames of at least this many raw bytes are copied; the objects of smaller ones are compressed
/// together with their neighbours.
const COPIED_RAW_BYTES: u64 = 4 * 1024 * 1024;

/// Frames of the thick form end after this many raw bytes. They hold small changes to files that
/// lie elsewhere, so longer ones would save little, and several are compressed at a time.
const THICK_FRAME_RAW_BYTES: u64 = 1024 * 1024;

/// Most bytes of full listings that are written in place of records. Short records could otherwise
/// ask for a listing of the whole tree each.
const MAX_LISTED_BYTES: u64 = 512 * 1024 * 1024;

/// What the receiver has: its history, and the contents of files in it.
pub trait Receiver: Boundary {
    /// The contents of these files, in order; `None` for one that is not there.
    ///
    /// # Errors
    /// Only where the look-up itself fails.
    fn contents(&mut self, bases: &[Base]) -> Result<Vec<Option<Vec<u8>>>, Self::Error>;
}

/// Why a thin mpack cannot be made thick.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ThickenError<E: std::error::Error + 'static> {
    /// The thin mpack breaks the format.
    #[error("the thin mpack is invalid")]
    Invalid(#[from] MpackError),
    /// The file is not the one that the key names.
    #[error("the mpack hashes to {actual}, not to its key {expected}")]
    KeyMismatch {
        /// The key.
        expected: MpackKey,
        /// What the bytes hash to.
        actual: MpackKey,
    },
    /// The receiver does not have a base.
    #[error("the base {path} of snapshot {snapshot} is not in the repository")]
    MissingBase {
        /// The snapshot.
        snapshot: SnapshotId,
        /// The file in it.
        path: String,
    },
    /// The thick form would take far more than the thin one.
    #[error("the listings of its snapshots would take more than {MAX_LISTED_BYTES} bytes")]
    TooLarge,
    /// The records do not fit onto the repository.
    #[error(transparent)]
    History(#[from] HistoryError<E>),
    /// The thick mpack cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The repository could not be asked.
    #[error("reading the repository failed")]
    Receiver(#[source] E),
}

impl<E: std::error::Error + 'static> ThickenError<E> {
    /// The stable code where the mpack is to blame; `None` where something else failed.
    pub fn problem_code(&self) -> Option<ProblemCode> {
        match self {
            Self::Invalid(error) => Some(error.code),
            Self::KeyMismatch { .. } => Some(ProblemCode::MpackKeyMismatch),
            Self::MissingBase { .. } => Some(ProblemCode::MissingDependency),
            Self::TooLarge => Some(ProblemCode::PushTooLarge),
            Self::History(error) => error.problem_code(),
            Self::Write(WriteError::Io(_)) | Self::Receiver(_) => None,
            Self::Write(WriteError::Source(error)) => Some(error.code),
            Self::Write(_) => Some(ProblemCode::MpackMalformed),
        }
    }
}

/// Writes the thick form of `thin`, which must hash to `key`, to `out`. Snapshot records whose
/// chain would outgrow the full listing become full listings.
///
/// # Errors
/// [`ThickenError`] naming what is wrong or missing.
pub fn thicken<W: Write, R: Receiver>(
    thin: &Mpack,
    key: &MpackKey,
    mut receiver: R,
    out: W,
) -> Result<Written<W>, ThickenError<R::Error>> {
    let mut hasher = Hasher::new();
    hasher.update(thin.bytes());
    let actual = MpackKey::from_bytes(hasher.finish());
    if actual != *key {
        return Err(ThickenError::KeyMismatch {
            expected: *key,
            actual,
        });
    }
    let counts = Counts {
        base_bytes: 0,
        ..thin.tables().counts()
    };
    let mut writer = MpackWriter::new(out, counts)?;
    let links = LinkTargets::default();
    let ids = write_objects(thin, &mut receiver, &links, &mut writer)?;
    let complete = thin.with_object_ids(&ids)?;
    drop(ids);
    let (thin, tables) = (&complete, complete.tables());
    write_large_objects(thin, &mut writer)?;
    for row in tables.commits_in_file_order() {
        let envelope = required(thin.read_commit(&row.id)?);
        let commit =
            Commit::decode(&envelope.record).map_err(|error| invalid_commit(&row.id, error))?;
        writer.add_commit(&NewCommit {
            envelope: &envelope,
            commit: &commit,
            generation: row.generation,
        })?;
    }
    let mut history = HistoryCheck::new(tables, receiver, &links);
    let mut listed_bytes = 0;
    for row in tables.snapshots_in_file_order() {
        // Neither the record nor a listing is decoded as a whole: a tree may have millions of
        // files.
        let outgrown = thin.read_record(&row.place, |record, frame_offset| {
            let changes = SnapshotReader::new(&row, record, frame_offset)?;
            let checked = history.changes(row.id, row.base, changes)?;
            if checked.needs_keyframe {
                return Ok(Some(checked.tree));
            }
            writer.add_encoded_snapshot(row.id, row.base, record)?;
            Ok::<_, ThickenError<R::Error>>(None)
        })?;
        if let Some(tree) = outgrown {
            listed_bytes += tree.listing_bytes();
            if listed_bytes > MAX_LISTED_BYTES {
                return Err(ThickenError::TooLarge);
            }
            let listing = tree.write_listing(Vec::new()).map_err(WriteError::from)?;
            writer.add_encoded_snapshot(row.id, None, &listing)?;
        }
    }
    Ok(writer.finish()?)
}

/// Writes the objects that are stored whole; returns their ids in file order.
fn write_objects<W: Write, R: Receiver>(
    thin: &Mpack,
    receiver: &mut R,
    links: &LinkTargets,
    writer: &mut MpackWriter<W>,
) -> Result<Vec<ObjectId>, ThickenError<R::Error>> {
    let tables = thin.tables();
    let mut ids = Vec::with_capacity(tables.object_count());
    let (mut decompressor, mut raw) = (FrameDecompressor::new(), Vec::new());
    for index in tables.frames_of(FrameKind::Objects) {
        let frame = tables.frame(index);
        let prefix = base_contents(&tables.bases_of(index), receiver)?;
        let stored = thin.stored_frame(index);
        decompressor.decompress(&frame.payload(stored, &prefix), &mut raw)?;
        let is_copied = frame.codec != Codec::ZstdBases && frame.raw_bytes >= COPIED_RAW_BYTES;
        let first = ids.len();
        for range in tables.entry_ranges(index) {
            let contents = &raw[range];
            let id = ObjectId::of(contents);
            ids.push(id);
            links.note(id, contents);
            if !is_copied {
                writer.add_object(id, contents)?;
                writer.end_long_frame(THICK_FRAME_RAW_BYTES)?;
            }
        }
        if is_copied {
            writer.copy_objects(thin, index, &ids[first..])?;
        }
    }
    Ok(ids)
}

/// The contents of a frame's bases, one behind the other.
pub(super) fn base_contents<R: Receiver>(
    bases: &[Base],
    receiver: &mut R,
) -> Result<Vec<u8>, ThickenError<R::Error>> {
    if bases.is_empty() {
        return Ok(Vec::new());
    }
    let found = receiver.contents(bases).map_err(ThickenError::Receiver)?;
    let lengths = found.iter().flatten().map(Vec::len);
    let mut together = Vec::with_capacity(lengths.sum());
    for (base, contents) in bases.iter().zip(found) {
        let has_length = |contents: &Vec<u8>| contents.len() as u64 == u64::from(base.length);
        let Some(contents) = contents.filter(has_length) else {
            return Err(ThickenError::MissingBase {
                snapshot: base.snapshot,
                path: base.path.to_string(),
            });
        };
        together.extend_from_slice(&contents);
    }
    Ok(together)
}

fn write_large_objects<W: Write>(
    thin: &Mpack,
    writer: &mut MpackWriter<W>,
) -> Result<(), WriteError> {
    let tables = thin.tables();
    for frame in tables.frames_of(FrameKind::Chunks) {
        writer.copy_frame(thin, frame)?;
    }
    for row in tables.large_objects() {
        writer.add_chunk_list(row.id, tables.chunk_list(&row))?;
    }
    Ok(())
}

/// What the tables list is in the mpack.
fn required<T>(record: Option<T>) -> T {
    record.expect("the row is from this mpack")
}

fn invalid_commit(id: &CommitId, error: CommitError) -> MpackError {
    MpackError::malformed("commit", 0, format!("commit {id}: {error}"))
        .with_code(ProblemCode::CommitInvalid)
}
