//! Writes a residual mpack.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use muse_wire::commit::CommitEnvelope;
use muse_wire::id::ObjectId;
use muse_wire::mpack::{Counts, MpackWriter, NewCommit};
use muse_wire::snapshot::SnapshotRecord;
use tempfile::TempPath;

use crate::error::{Error, Result};
use crate::fetch::built_mpacks::{self, write_error};
use crate::mpacks::LocalMpack;
use crate::store::mpacks::{MpackFile, MpackId};
use crate::store::objects::ObjectLocation;

/// Everything that goes into one residual mpack.
pub(super) struct ResidualWriter {
    /// The mpacks that hold the objects.
    pub(super) mpacks: BTreeMap<MpackId, LocalMpack>,
    /// By mpack, frame and offset.
    pub(super) objects: Vec<(ObjectId, ObjectLocation)>,
    /// With their generations, parents first.
    pub(super) commits: Vec<(CommitEnvelope, u32)>,
    /// Bases first.
    pub(super) snapshots: Vec<SnapshotRecord>,
}

impl ResidualWriter {
    /// Writes the mpack to a new file in `directory`.
    ///
    /// # Errors
    /// [`Error::Internal`] where the file cannot be written or a stored mpack is damaged.
    pub(super) fn write(self, directory: &Path) -> Result<(TempPath, MpackFile)> {
        built_mpacks::write(directory, self.counts(), |writer| {
            self.write_objects(writer)?;
            for (envelope, generation) in &self.commits {
                let commit = envelope
                    .open()
                    .map_err(|error| Error::internal("decoding a stored commit", error))?;
                let commit = NewCommit {
                    envelope,
                    commit: &commit,
                    generation: *generation,
                };
                writer.add_commit(&commit).map_err(write_error)?;
            }
            for record in &self.snapshots {
                writer.add_snapshot(record).map_err(write_error)?;
            }
            Ok(())
        })
    }

    fn counts(&self) -> Counts {
        Counts {
            objects: self.objects.len() as u64,
            commits: self.commits.len() as u64,
            snapshots: self.snapshots.len() as u64,
            object_bytes: self.objects.iter().map(|(_, at)| at.length).sum(),
        }
    }

    /// Writes frame by frame: a frame that is wanted whole is copied as it is stored.
    fn write_objects<W: Write>(&self, writer: &mut MpackWriter<W>) -> Result<()> {
        let frame_of = |location: &ObjectLocation| (location.mpack, location.frame);
        for wanted in self
            .objects
            .chunk_by(|(_, a), (_, b)| frame_of(a) == frame_of(b))
        {
            let (mpack, frame) = frame_of(&wanted[0].1);
            let source = &self.mpacks[&mpack].mpack();
            if source.tables().frame_objects(frame).count() == wanted.len() {
                writer
                    .copy_object_frame(source, frame)
                    .map_err(write_error)?;
                continue;
            }
            let contents = source
                .read_frame(frame)
                .map_err(|error| Error::internal("reading a stored mpack", error))?;
            for (id, location) in wanted {
                let object = slice(&contents, location).ok_or_else(|| {
                    let reason = format!("object {id} lies outside its frame");
                    Error::internal("reading a stored mpack", reason)
                })?;
                writer.add_object(*id, object).map_err(write_error)?;
            }
        }
        Ok(())
    }
}

fn slice<'a>(frame: &'a [u8], location: &ObjectLocation) -> Option<&'a [u8]> {
    let start = location.offset as usize;
    let length = usize::try_from(location.length).ok()?;
    frame.get(start..start.checked_add(length)?)
}
