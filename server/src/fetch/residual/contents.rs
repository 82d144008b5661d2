//! Writes a residual mpack.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use muse_wire::commit::CommitEnvelope;
use muse_wire::id::ObjectId;
use muse_wire::mpack::{Counts, MpackWriter, NewCommit};
use muse_wire::snapshot::SnapshotRecord;
use tempfile::TempPath;

use super::super::built::{self, Built, writing};
use super::super::sources::Source;
use crate::failure::Failure;
use crate::store::mpacks::MpackId;
use crate::store::objects::ObjectLocation;

/// All that goes into one residual mpack.
pub(super) struct Contents {
    pub(super) sources: BTreeMap<MpackId, Source>,
    /// By mpack, frame and offset.
    pub(super) objects: Vec<(ObjectId, ObjectLocation)>,
    /// With their generations, parents first.
    pub(super) commits: Vec<(CommitEnvelope, u32)>,
    /// Bases first.
    pub(super) snapshots: Vec<SnapshotRecord>,
}

impl Contents {
    /// Writes them to a new file in `directory`.
    ///
    /// # Errors
    /// [`Failure::Internal`] where the file cannot be written or a stored mpack is damaged.
    pub(super) fn write(self, directory: &Path) -> Result<(TempPath, Built), Failure> {
        built::write(directory, self.counts(), |writer| {
            self.write_objects(writer)?;
            for (envelope, generation) in &self.commits {
                let commit = envelope
                    .open()
                    .map_err(|error| Failure::internal("decoding a stored commit", error))?;
                let commit = NewCommit {
                    envelope,
                    commit: &commit,
                    generation: *generation,
                };
                writer.add_commit(&commit).map_err(writing)?;
            }
            for record in &self.snapshots {
                writer.add_snapshot(record).map_err(writing)?;
            }
            Ok(())
        })
    }

    fn counts(&self) -> Counts {
        Counts {
            objects: self.objects.len() as u64,
            commits: self.commits.len() as u64,
            snapshots: self.snapshots.len() as u64,
            object_bytes: self.objects.iter().map(|(_, place)| place.length).sum(),
        }
    }

    /// Frame by frame: one that is wanted whole is copied as it is stored.
    fn write_objects<W: Write>(&self, writer: &mut MpackWriter<W>) -> Result<(), Failure> {
        let frame_of = |place: &ObjectLocation| (place.mpack, place.frame);
        for wanted in self
            .objects
            .chunk_by(|(_, a), (_, b)| frame_of(a) == frame_of(b))
        {
            let (mpack, frame) = frame_of(&wanted[0].1);
            let source = &self.sources[&mpack].mpack();
            if source.tables().frame_objects(frame).count() == wanted.len() {
                writer.copy_object_frame(source, frame).map_err(writing)?;
                continue;
            }
            let contents = source
                .read_frame(frame)
                .map_err(|error| Failure::internal("reading a stored mpack", error))?;
            for (id, place) in wanted {
                let start = place.offset as usize;
                let end = usize::try_from(place.length)
                    .ok()
                    .and_then(|length| start.checked_add(length));
                let object = end
                    .and_then(|end| contents.get(start..end))
                    .ok_or_else(|| {
                        let what = format!("object {id} lies outside its frame");
                        Failure::internal("reading a stored mpack", what)
                    })?;
                writer.add_object(*id, object).map_err(writing)?;
            }
        }
        Ok(())
    }
}
