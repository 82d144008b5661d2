//! The streaming pass: every byte is hashed, and every record checked against the repository.

use std::io::Read;
use std::sync::Arc;

use muse_wire::dag::CommitNode;
use muse_wire::history::{HistoryCheck, HistoryError, LinkTargets, OutsideObjects};
use muse_wire::id::MpackKey;
use muse_wire::mpack::{
    self, LargeObjectRow, MpackError, ObjectRow, Record, SinkError, SnapshotRow, Tables,
    VerifyError, VerifySink,
};
use muse_wire::problem::ProblemCode;
use muse_wire::snapshot::{Change, RecordWriter};

use super::boundary::RepoBoundary;
use super::limits::MAX_RECORD_BYTES;
use crate::blocking::run_blocking;
use crate::error::{Error, Result, with_causes};
use crate::fault;
use crate::jobs::Cancellation;
use crate::store::commits::NewCommit;
use crate::store::snapshots::{StoredRecordWriter, StoredSnapshot};

/// What the pass found, ready to be stored.
#[derive(Debug, Default)]
pub(super) struct Verified {
    pub(super) commits: Vec<NewCommit>,
    pub(super) snapshots: Vec<StoredSnapshot>,
    /// Objects that the records name and the mpack does not hold.
    pub(super) outside: OutsideObjects,
    /// Large objects whose chunks did not come by in their order.
    pub(super) unchecked: Vec<LargeObjectRow>,
}

/// Reads the whole mpack once.
///
/// # Errors
/// [`Error::Problem`] names the first thing that is wrong with it.
pub(super) async fn verify(
    mut source: Box<dyn Read + Send>,
    tables: &Arc<Tables>,
    key: MpackKey,
    boundary: RepoBoundary,
    cancellation: Cancellation,
) -> Result<Verified> {
    let tables = Arc::clone(tables);
    run_blocking(move || {
        let sink = Sink {
            cancellation,
            links: LinkTargets::default(),
        };
        let mut collector = Collector {
            history: HistoryCheck::new(&tables, boundary, &sink.links),
            verified: Verified::default(),
            record_bytes: 0,
        };
        collector.verified.unchecked = collector.run(&mut source, &tables, key, &sink)?;
        collector.verified.outside = collector.history.finish();
        Ok(collector.verified)
    })
    .await
}

/// Keeps no copy of any object: it notes which can be links, and asks whether to go on.
struct Sink {
    cancellation: Cancellation,
    links: LinkTargets,
}

impl VerifySink for Sink {
    fn large_object(&self, _: &LargeObjectRow, _: u64, _: &[u8]) -> Result<(), SinkError> {
        fault::point("in_verify");
        Ok(self.cancellation.check()?)
    }

    fn object(&self, row: &ObjectRow, contents: &[u8]) -> Result<(), SinkError> {
        fault::point("in_verify");
        self.links.note(row.id, contents);
        Ok(self.cancellation.check()?)
    }
}

struct Collector<'a> {
    history: HistoryCheck<'a, RepoBoundary>,
    verified: Verified,
    /// Bytes of records collected so far.
    record_bytes: u64,
}

impl Collector<'_> {
    fn run(
        &mut self,
        source: &mut impl Read,
        tables: &Tables,
        key: MpackKey,
        sink: &Sink,
    ) -> Result<Vec<LargeObjectRow>> {
        let cancellation = &sink.cancellation;
        // The verifier passes errors on without their type, so the error is kept here.
        let mut failed = None;
        let result = mpack::verify(source, tables, &key, sink, &mut |record| {
            let taken = cancellation.check().and_then(|()| self.take(record));
            taken.map_err(|error| {
                failed = Some(error);
                SinkError::from("a record was refused")
            })
        });
        if let (Err(VerifyError::Sink(_)), Some(error)) = (&result, failed) {
            return Err(error);
        }
        cancellation.check()?;
        result.map_err(verify_error)
    }

    fn take(&mut self, record: Record<'_>) -> Result<()> {
        match record {
            Record::Commit {
                row,
                envelope,
                commit,
            } => {
                self.history.commit(&row, &commit).map_err(history_error)?;
                self.verified.commits.push(NewCommit {
                    id: row.id,
                    node: CommitNode {
                        parents: row.parents,
                        generation: row.generation,
                        committed_at: row.committed_at,
                    },
                    snapshot: commit.snapshot,
                    envelope,
                });
            }
            Record::Snapshot {
                row,
                change_count,
                changes,
            } => {
                let stored = self.check_snapshot(&row, change_count, changes)?;
                self.count(stored.record.as_bytes().len())?;
                self.verified.snapshots.push(stored);
            }
        }
        Ok(())
    }

    /// Checks a record and keeps it as it will be stored, without ever having all of it decoded.
    fn check_snapshot(
        &mut self,
        row: &SnapshotRow,
        change_count: usize,
        changes: &mut dyn Iterator<Item = Result<Change, MpackError>>,
    ) -> Result<StoredSnapshot> {
        let not_kept = |error| Error::internal("keeping a snapshot record", error);
        let begin = |length| StoredRecordWriter::new(length).map_err(not_kept);
        let out = begin(row.place.length.into())?;
        let mut record =
            RecordWriter::new(out, row.id, row.base, change_count).map_err(not_kept)?;
        let mut written = Ok(());
        let changes = changes.inspect(|change| {
            if let (Ok(change), Ok(())) = (change, &written) {
                written = record.change(change);
            }
        });
        let checked = self.history.changes(row.id, row.base, changes);
        let checked = checked.map_err(history_error)?;
        written.map_err(not_kept)?;
        let listing_bytes = checked.tree.listing_bytes();
        let (base, out) = if checked.needs_keyframe {
            let listing = checked.tree.write_listing(begin(listing_bytes)?);
            (None, listing.map_err(not_kept)?)
        } else {
            (row.base, record.finish())
        };
        Ok(StoredSnapshot {
            id: row.id,
            base,
            record: out.finish().map_err(not_kept)?,
            chain_bytes: checked.chain_bytes,
            listing_bytes,
        })
    }

    /// Counts what is held in memory: a keyframe may replace a record that was small in the mpack.
    fn count(&mut self, bytes: usize) -> Result<()> {
        self.record_bytes += bytes as u64;
        if self.record_bytes > MAX_RECORD_BYTES {
            let detail = format!("the push's snapshots take more than {MAX_RECORD_BYTES} bytes");
            return Err(Error::problem(ProblemCode::PushTooLarge, detail));
        }
        Ok(())
    }
}

pub(super) fn verify_error(error: VerifyError) -> Error {
    match error.problem_code() {
        Some(code) => Error::problem(code, with_causes(&error)),
        None => Error::internal("reading the mpack", error),
    }
}

fn history_error(error: HistoryError<Error>) -> Error {
    match (error.problem_code(), error) {
        (_, HistoryError::Boundary(error)) => error,
        (Some(code), error) => Error::problem(code, with_causes(&error)),
        (None, error) => Error::internal("checking the history", with_causes(&error)),
    }
}
