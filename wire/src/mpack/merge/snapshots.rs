//! The snapshot records of a merged mpack.

use std::collections::HashMap;

use super::error::{MergeError, damaged};
use super::selection::MergeSelection;
use crate::id::SnapshotId;
use crate::mpack::{CommitRow, Mpack};
use crate::snapshot::SnapshotRecord;

/// A snapshot and where its record is taken from.
pub(super) struct Snapshot {
    pub(super) id: SnapshotId,
    source: usize,
    base: Option<SnapshotId>,
    /// The whole listing stands in for the record: several mpacks have records of it against
    /// different bases, of which others may rely on any, its base builds on itself, or readers lack
    /// its base.
    pub(super) is_listed: bool,
}

impl Snapshot {
    pub(super) fn read<E>(&self, sources: &[&Mpack]) -> Result<SnapshotRecord, MergeError<E>> {
        let record = sources[self.source].read_snapshot(&self.id);
        let record = record.map_err(damaged(self.source))?;
        Ok(record.expect("the snapshot's row is from this mpack"))
    }
}

/// Each snapshot once, in the order of the commits, bases before what builds on them.
pub(super) fn in_order(
    sources: &[&Mpack],
    selection: &dyn MergeSelection,
    commits: &[(usize, CommitRow)],
) -> Vec<Snapshot> {
    let mut found: HashMap<SnapshotId, Snapshot> = HashMap::new();
    let mut rest = Vec::new();
    for (source, mpack) in sources.iter().enumerate() {
        let rows = mpack.tables().snapshots_in_file_order();
        for row in rows.filter(|row| selection.takes_snapshot(source, row)) {
            rest.push(row.id);
            let snapshot = found.entry(row.id).or_insert(Snapshot {
                id: row.id,
                source,
                base: row.base,
                is_listed: false,
            });
            if snapshot.base != row.base {
                snapshot.is_listed = true;
                snapshot.base = None;
            }
        }
    }
    let has_base = |snapshot: &Snapshot| {
        let base = snapshot.base.as_ref();
        base.is_none_or(|base| found.contains_key(base) || selection.has_base(base))
    };
    let without_base = found.values().filter(|snapshot| !has_base(snapshot));
    let without_base: Vec<SnapshotId> = without_base.map(|snapshot| snapshot.id).collect();
    for id in without_base {
        if let Some(snapshot) = found.get_mut(&id) {
            snapshot.is_listed = true;
            snapshot.base = None;
        }
    }
    let wanted = commits.iter().map(|(_, row)| row.snapshot).chain(rest);
    let mut ordered = Vec::with_capacity(found.len());
    for id in wanted {
        let mut line: Vec<Snapshot> = Vec::new();
        let mut next = Some(id);
        while let Some(snapshot) = next.and_then(|id| found.remove(&id)) {
            next = snapshot.base;
            line.push(snapshot);
        }
        // Records against each other, each fine where it came from: the round has to begin
        // somewhere.
        if let Some(last) = line.last()
            && let Some(base) = last.base
            && line.iter().any(|snapshot| snapshot.id == base)
            && let Some(last) = line.last_mut()
        {
            last.is_listed = true;
        }
        ordered.extend(line.into_iter().rev());
    }
    ordered
}
