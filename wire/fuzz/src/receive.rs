//! Receiving an mpack: verified as a server and a client do it.

use std::collections::BTreeSet;
use std::convert::Infallible;

use muse_wire::commit::Commit;
use muse_wire::history::{HistoryCheck, HistoryError, LinkTargets};
use muse_wire::id::{CommitId, MpackKey, ObjectId, SnapshotId};
use muse_wire::mpack::{
    LargeObjectRow, ObjectRow, Record, SinkError, Tables, VerifyError, VerifySink, verify,
};

use crate::repository::REPOSITORY;

/// What was received.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Received {
    pub(crate) commits: BTreeSet<CommitId>,
    pub(crate) snapshots: BTreeSet<SnapshotId>,
    /// Large objects that were not checked as a whole.
    pub(crate) unchecked: usize,
}

/// Why it was refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error(transparent)]
    Mpack(VerifyError),
    #[error(transparent)]
    History(HistoryError<Infallible>),
}

/// Verifies a whole file, and that it fits onto the repository.
pub(crate) fn receive(file: &[u8], tables: &Tables, key: &MpackKey) -> Result<Received, Refusal> {
    let sink = Sink::default();
    let mut history = HistoryCheck::new(tables, &*REPOSITORY, &sink.links);
    let mut received = Received::default();
    let mut refused = None;
    let result = verify(&mut &file[..], tables, key, &sink, &mut |record| {
        let checked = match record {
            Record::Commit {
                row,
                envelope,
                commit,
            } => {
                assert_eq!(envelope.id(), row.id);
                assert_eq!(Commit::decode(&envelope.record).expect("verified"), commit);
                assert!(received.commits.insert(row.id), "each commit comes once");
                history.commit(&row, &commit)
            }
            Record::Snapshot { row, changes, .. } => {
                assert!(
                    received.snapshots.insert(row.id),
                    "each snapshot comes once"
                );
                let checked = history.changes(row.id, row.base, changes);
                checked.map(|checked| assert_eq!(checked.tree.id(), row.id))
            }
        };
        checked.map_err(|error| {
            assert!(error.problem_code().is_some(), "the mpack is to blame");
            refused = Some(error);
            SinkError::from("a record was refused")
        })
    });
    match (refused, result) {
        (Some(error), _) => Err(Refusal::History(error)),
        (None, Ok(unchecked)) => {
            received.unchecked = unchecked.len();
            let outside = history.finish();
            assert!(outside.links.is_subset(&outside.all));
            Ok(received)
        }
        (None, Err(error)) => {
            assert!(error.problem_code().is_some(), "{error:?}");
            Err(Refusal::Mpack(error))
        }
    }
}

/// Checks what it is given once more.
#[derive(Default)]
struct Sink {
    links: LinkTargets,
}

impl VerifySink for Sink {
    fn object(&self, row: &ObjectRow, contents: &[u8]) -> Result<(), SinkError> {
        assert_eq!(ObjectId::of(contents), row.id);
        self.links.note(row.id, contents);
        Ok(())
    }

    fn large_object(
        &self,
        row: &LargeObjectRow,
        offset: u64,
        piece: &[u8],
    ) -> Result<(), SinkError> {
        assert!(offset + piece.len() as u64 <= row.length);
        Ok(())
    }
}
