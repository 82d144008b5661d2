//! The streaming pass: every byte hashed, every record checked against the repository.

use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::sync::Arc;

use muse_wire::dag::CommitNode;
use muse_wire::history::{Base, Boundary, HistoryCheck, HistoryError};
use muse_wire::id::{CommitId, MpackKey, ObjectId, SnapshotId};
use muse_wire::mpack::{self, ObjectRow, Record, SinkError, Tables, VerifyError, VerifySink};
use muse_wire::problem::ProblemCode;
use muse_wire::snapshot::SnapshotRecord;
use tokio::runtime::Handle;

use super::check::MAX_RECORD_BYTES;
use crate::app::AppState;
use crate::blobs::BlobKey;
use crate::failure::{Failure, blocking, with_causes};
use crate::fault;
use crate::history::load_tree;
use crate::jobs::lease::Interrupt;
use crate::store::commits::NewCommit;
use crate::store::commits::StoredCommit;
use crate::store::repos::RepoId;
use crate::store::snapshots::StoredSnapshot;
use crate::store::{Repo, Store};

/// What the pass found, ready to be stored.
#[derive(Debug, Default)]
pub(super) struct Verified {
    pub(super) commits: Vec<NewCommit>,
    pub(super) snapshots: Vec<StoredSnapshot>,
    /// Objects that the records name and the mpack does not hold, ascending.
    pub(super) outside_objects: Vec<ObjectId>,
}

/// Reads the whole mpack once.
///
/// # Errors
/// [`Failure::Refused`] names the first thing that is wrong with it.
pub(super) async fn verify(
    state: &AppState,
    repo: &Repo,
    key: MpackKey,
    tables: &Arc<Tables>,
    interrupt: Interrupt,
) -> Result<Verified, Failure> {
    let store = &state.store;
    let boundary = RepoBoundary {
        store: store.clone(),
        repo: repo.id,
        runtime: Handle::current(),
        commits: store
            .commit_nodes(repo.id, &tables.external_commits())
            .await?,
        snapshots: store
            .known_snapshots(repo.id, &tables.external_snapshots())
            .await?,
    };
    let blob = BlobKey::mpack(repo.uuid, key);
    let source = state.blobs.reader(&blob).await?;
    let tables = Arc::clone(tables);
    blocking(move || pass(source, &tables, key, boundary, &interrupt)).await
}

fn pass(
    mut source: Box<dyn Read + Send>,
    tables: &Tables,
    key: MpackKey,
    boundary: RepoBoundary,
    interrupt: &Interrupt,
) -> Result<Verified, Failure> {
    let mut collector = Collector {
        history: HistoryCheck::new(tables, boundary),
        verified: Verified::default(),
        record_bytes: 0,
    };
    // A failure cannot travel through the verifier with its type, so it waits here.
    let mut failure = None;
    let result = mpack::verify(&mut *source, tables, &key, interrupt, &mut |record| {
        let taken = interrupt.check().map_err(Failure::from);
        taken
            .and_then(|()| collector.take(record))
            .map_err(|error| {
                failure = Some(error);
                SinkError::from("a record was refused")
            })
    });
    if let Some(failure) = failure {
        return Err(failure);
    }
    interrupt.check()?;
    result.map_err(refuse)?;
    collector.verified.outside_objects = collector.history.finish();
    Ok(collector.verified)
}

fn refuse(error: VerifyError) -> Failure {
    match error.problem_code() {
        Some(code) => Failure::refused(code, with_causes(&error)),
        None => Failure::internal("reading the mpack", error),
    }
}

/// The verifier needs no copy of any object: it only asks whether to go on.
impl VerifySink for Interrupt {
    fn object(&self, _: &ObjectRow, _: u64, _: &[u8]) -> Result<(), SinkError> {
        fault::point("in_verify");
        Ok(self.check()?)
    }
}

struct Collector<'a> {
    history: HistoryCheck<'a, RepoBoundary>,
    verified: Verified,
    /// Bytes of records collected so far.
    record_bytes: u64,
}

impl Collector<'_> {
    fn take(&mut self, record: Record) -> Result<(), Failure> {
        match record {
            Record::Commit {
                row,
                envelope,
                commit,
            } => {
                self.history.commit(&row, &commit).map_err(unfit)?;
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
            Record::Snapshot(record) => {
                let stored = self.check_snapshot(&record)?;
                self.grow(stored.record.len())?;
                self.verified.snapshots.push(stored);
            }
        }
        Ok(())
    }

    fn check_snapshot(&mut self, record: &SnapshotRecord) -> Result<StoredSnapshot, Failure> {
        let checked = self.history.snapshot(record).map_err(unfit)?;
        let (base, encoded) = if checked.needs_keyframe {
            (None, checked.tree.record_against(None).encode())
        } else {
            (record.base, record.encode())
        };
        Ok(StoredSnapshot {
            id: record.id,
            base,
            record: encoded,
            chain_bytes: checked.chain_bytes,
            listing_bytes: checked.tree.listing_bytes(),
        })
    }

    /// Counts what is held: keyframes may stand in for records that were small in the mpack.
    fn grow(&mut self, bytes: usize) -> Result<(), Failure> {
        self.record_bytes += bytes as u64;
        if self.record_bytes > MAX_RECORD_BYTES {
            let detail = format!("the push's snapshots take more than {MAX_RECORD_BYTES} bytes");
            return Err(Failure::refused(ProblemCode::PushTooLarge, detail));
        }
        Ok(())
    }
}

fn unfit(error: HistoryError<Failure>) -> Failure {
    match (error.problem_code(), error) {
        (_, HistoryError::Boundary(failure)) => failure,
        (Some(code), error) => Failure::refused(code, with_causes(&error)),
        (None, error) => Failure::internal("checking the history", with_causes(&error)),
    }
}

/// What the repository has at the mpack's edge. Trees are loaded when the first record that builds on
/// them comes up, and kept only until the last one.
struct RepoBoundary {
    store: Store,
    repo: RepoId,
    runtime: Handle,
    commits: HashMap<CommitId, StoredCommit>,
    snapshots: HashSet<SnapshotId>,
}

impl Boundary for RepoBoundary {
    type Error = Failure;

    fn generation(&mut self, id: &CommitId) -> Result<Option<u32>, Failure> {
        Ok(self.commits.get(id).map(|commit| commit.node.generation))
    }

    fn base(&mut self, id: &SnapshotId) -> Result<Option<Base>, Failure> {
        if !self.snapshots.contains(id) {
            return Ok(None);
        }
        self.runtime
            .block_on(load_tree(&self.store, self.repo, *id))
    }

    fn has_snapshot(&mut self, id: &SnapshotId) -> Result<bool, Failure> {
        Ok(self.snapshots.contains(id))
    }
}
