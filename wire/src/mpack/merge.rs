//! Making one mpack of several.
//!
//! Large object frames are copied as they are. The objects of smaller ones are grouped anew, by
//! path and newest first, which is where the space of many one-commit mpacks comes back.
//!
//! The result holds all that the sources hold and builds on nothing that they do not build on, so
//! it can take their place wherever they stand one behind the other.

mod error;
mod large_objects;
mod objects;
mod selection;
mod snapshots;

use std::collections::HashSet;
use std::io::Write;

pub use error::MergeError;
pub use selection::MergeSelection;

use self::error::damaged;
use self::large_objects::LargeObjects;
use self::objects::{FrameCache, Objects};
use self::selection::Everything;
use self::snapshots::Snapshot;
use super::{CommitRow, Counts, Mpack, MpackError, MpackWriter, NewCommit};
use crate::commit::Commit;
use crate::id::{ObjectId, SnapshotId};
use crate::snapshot::SnapshotRecord;

/// Several mpacks that are to become one.
pub struct Merge<'a> {
    sources: &'a [&'a Mpack],
    selection: &'a dyn MergeSelection,
    /// Each commit once with the number of the mpack that it is taken from, parents before
    /// children.
    commits: Vec<(usize, CommitRow)>,
    /// Each snapshot once, bases before what builds on them.
    snapshots: Vec<Snapshot>,
    objects: Objects,
    /// The objects that are grouped anew, in their order, those of each path together.
    order: Vec<Vec<ObjectId>>,
    large_objects: LargeObjects,
}

impl<'a> Merge<'a> {
    /// Looks through the sources. Of what several hold, the first one's is taken.
    ///
    /// # Errors
    /// [`MergeError::Source`].
    pub fn plan<E>(sources: &'a [&'a Mpack]) -> Result<Self, MergeError<E>> {
        Self::plan_part(sources, &Everything)
    }

    /// As [`Self::plan`], of what `selection` takes alone: the others stay behind. Whoever takes
    /// the place of the sources needs what is taken to build on nothing else.
    ///
    /// # Errors
    /// [`MergeError::Source`].
    pub fn plan_part<E>(
        sources: &'a [&'a Mpack],
        selection: &'a dyn MergeSelection,
    ) -> Result<Self, MergeError<E>> {
        let commits = commits(sources, selection);
        let snapshots = snapshots::in_order(sources, selection, &commits);
        let objects = Objects::sort(sources, selection);
        let order = objects.order(sources, &snapshots)?;
        Ok(Self {
            sources,
            selection,
            commits,
            snapshots,
            objects,
            order,
            large_objects: LargeObjects::find(sources, selection),
        })
    }

    /// What the result will hold.
    pub fn counts(&self) -> Counts {
        Counts {
            objects: self.objects.count + self.large_objects.count(),
            object_bytes: self.objects.bytes + self.large_objects.bytes(),
            commits: self.commits.len() as u64,
            snapshots: self.snapshots.len() as u64,
            base_bytes: 0,
        }
    }

    /// Whether the result will hold nothing at all.
    pub fn is_empty(&self) -> bool {
        self.counts() == Counts::default()
            && !large_objects::has_chunks(self.sources, self.selection)
    }

    /// Writes everything to a writer that was made for [`Self::counts`]. `listing` gives the full
    /// listing of a snapshot of which the sources hold records against different bases.
    ///
    /// # Errors
    /// [`MergeError`].
    pub fn write<W: Write, E>(
        &self,
        writer: &mut MpackWriter<W>,
        mut listing: impl FnMut(&SnapshotId) -> Result<SnapshotRecord, E>,
    ) -> Result<(), MergeError<E>> {
        for &(source, frame) in &self.objects.copied {
            writer.copy_frame(self.sources[source], frame)?;
        }
        let mut frames = FrameCache::new(self.sources, &self.objects);
        for group in &self.order {
            let places = group.iter().map(|id| self.objects.regrouped[id]);
            writer.begin_group(places.map(|(_, row)| u64::from(row.length)).sum())?;
            for &id in group {
                let (source, row) = self.objects.regrouped[&id];
                writer.add_object(id, frames.object(source, &row)?)?;
            }
        }
        self.large_objects
            .write(self.sources, self.selection, writer)?;
        for (source, row) in &self.commits {
            let envelope = self.sources[*source]
                .read_commit(&row.id)
                .map_err(damaged(*source))?
                .expect("the commit's row is from this mpack");
            let commit = Commit::decode(&envelope.record).map_err(|error| {
                let offset = self.sources[*source].tables().frame(row.place.frame).offset;
                damaged(*source)(MpackError::malformed("commit", offset, error.to_string()))
            })?;
            writer.add_commit(&NewCommit {
                envelope: &envelope,
                commit: &commit,
                generation: row.generation,
            })?;
        }
        for snapshot in &self.snapshots {
            let record = if snapshot.is_listed {
                listing(&snapshot.id).map_err(MergeError::Listing)?
            } else {
                snapshot.read(self.sources)?
            };
            writer.add_snapshot(&record)?;
        }
        Ok(())
    }
}

fn commits(sources: &[&Mpack], selection: &dyn MergeSelection) -> Vec<(usize, CommitRow)> {
    let mut seen = HashSet::new();
    let mut commits: Vec<_> = sources
        .iter()
        .enumerate()
        .flat_map(|(source, mpack)| {
            let rows = mpack.tables().commits();
            rows.map(move |row| (source, row))
        })
        .filter(|(source, row)| selection.takes_commit(*source, row) && seen.insert(row.id))
        .collect();
    commits.sort_by_key(|(_, row)| (row.generation, row.committed_at, row.id));
    commits
}
