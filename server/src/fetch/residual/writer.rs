//! Writes a residual mpack.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use muse_wire::commit::CommitEnvelope;
use muse_wire::id::{ChunkId, ObjectId};
use muse_wire::mpack::{Counts, MpackWriter, NewCommit, ThinFrame};
use muse_wire::snapshot::SnapshotRecord;
use tempfile::TempPath;

use crate::error::{Error, Result};
use crate::fetch::built_mpacks::{self, write_error};
use crate::mpacks::LocalMpack;
use crate::store::mpacks::{ContentLocation, MpackFile, MpackId};

/// Everything that goes into one residual mpack.
pub(super) struct ResidualWriter {
    /// The mpacks that hold the objects and chunks.
    pub(super) mpacks: BTreeMap<MpackId, LocalMpack>,
    /// Objects that are compressed against what the client has.
    pub(super) thin_frames: Vec<ThinFrame>,
    /// The others, by mpack, frame and offset.
    pub(super) objects: Vec<(ObjectId, ContentLocation)>,
    /// In the order of the lists that have them.
    pub(super) chunks: Vec<(ChunkId, ContentLocation)>,
    /// With all their chunks, here or on the client.
    pub(super) large_objects: Vec<(ObjectId, Vec<(ChunkId, u32)>)>,
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
            for frame in &self.thin_frames {
                writer.add_thin_frame(frame).map_err(write_error)?;
            }
            self.write_objects(writer)?;
            self.write_chunks(writer)?;
            for (id, chunks) in &self.large_objects {
                let added = writer.add_chunk_list(*id, chunks.clone());
                added.map_err(write_error)?;
            }
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
        let whole = self.objects.iter().map(|(_, at)| at.length);
        let listed = self.large_objects.iter().flat_map(|(_, chunks)| chunks);
        let lengths = whole.chain(listed.map(|(_, length)| *length));
        let thin = || self.thin_frames.iter();
        let thin_count = thin().flat_map(ThinFrame::objects).count();
        let object_bytes = lengths.map(u64::from).sum::<u64>();
        Counts {
            objects: (thin_count + self.objects.len() + self.large_objects.len()) as u64,
            commits: self.commits.len() as u64,
            snapshots: self.snapshots.len() as u64,
            object_bytes: object_bytes + thin().map(ThinFrame::object_bytes).sum::<u64>(),
            base_bytes: thin().map(ThinFrame::base_bytes).sum(),
        }
    }

    /// Writes frame by frame: a frame that is wanted whole is copied as it is stored.
    fn write_objects<W: Write>(&self, writer: &mut MpackWriter<W>) -> Result<()> {
        for wanted in self
            .objects
            .chunk_by(|(_, a), (_, b)| frame_of(a) == frame_of(b))
        {
            let (mpack, frame) = frame_of(&wanted[0].1);
            let source = &self.mpacks[&mpack].mpack();
            if source.tables().frame_objects(frame).count() == wanted.len() {
                writer.copy_frame(source, frame).map_err(write_error)?;
                continue;
            }
            let contents = source
                .read_frame(frame)
                .map_err(|error| Error::internal("reading a stored mpack", error))?;
            for (id, location) in wanted {
                let object = slice(&contents, location)?;
                writer.add_object(*id, object).map_err(write_error)?;
            }
        }
        Ok(())
    }

    /// Writes the chunks in their order: a frame of which all are wanted, one behind the other, is
    /// copied as it is stored.
    fn write_chunks<W: Write>(&self, writer: &mut MpackWriter<W>) -> Result<()> {
        for wanted in self
            .chunks
            .chunk_by(|(_, a), (_, b)| frame_of(a) == frame_of(b))
        {
            let (mpack, frame) = frame_of(&wanted[0].1);
            let source = &self.mpacks[&mpack].mpack();
            let stored = source.tables().frame_chunks(frame).map(|row| row.id);
            if stored.eq(wanted.iter().map(|(id, _)| *id)) {
                writer.copy_frame(source, frame).map_err(write_error)?;
                continue;
            }
            let contents = source
                .read_frame(frame)
                .map_err(|error| Error::internal("reading a stored mpack", error))?;
            for (id, location) in wanted {
                let chunk = slice(&contents, location)?;
                writer.add_chunk(*id, chunk).map_err(write_error)?;
            }
        }
        Ok(())
    }
}

const fn frame_of(location: &ContentLocation) -> (MpackId, u32) {
    (location.mpack, location.frame)
}

fn slice<'a>(frame: &'a [u8], location: &ContentLocation) -> Result<&'a [u8]> {
    let start = location.offset as usize;
    let end = start.checked_add(location.length as usize);
    end.and_then(|end| frame.get(start..end)).ok_or_else(|| {
        let reason = format!(
            "an entry of mpack {} lies outside its frame",
            location.mpack_key
        );
        Error::internal("reading a stored mpack", reason)
    })
}
