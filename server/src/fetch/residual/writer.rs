//! Writes a residual mpack. Of the stored ones that hold its contents, only the frames are read
//! that it needs, by range.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures::stream::{self, StreamExt as _};
use muse_wire::commit::CommitEnvelope;
use muse_wire::id::{ChunkId, ObjectId};
use muse_wire::mpack::{Counts, MpackWriter, NewCommit, ThinFrame};
use muse_wire::snapshot::SnapshotRecord;
use tempfile::TempPath;
use tokio::sync::mpsc::{Receiver, channel};

use super::contents::LocatedContents;
use crate::blocking::run_blocking;
use crate::error::{Error, Result};
use crate::mpacks::{StoredFrames, write_error, write_mpack};
use crate::store::mpacks::{ContentLocation, MpackFile, StoredFrame};

/// How many payloads are read ahead of the writer, of up to 16 MiB each.
const PAYLOADS_AHEAD: usize = 4;

/// Everything that goes into one residual mpack, besides what stored frames hold.
pub(super) struct ResidualWriter {
    /// Objects that are compressed against what the client has.
    pub(super) thin_frames: Vec<ThinFrame>,
    /// With all their chunks, here or on the client.
    pub(super) large_objects: Vec<(ObjectId, Vec<(ChunkId, u32)>)>,
    /// With their generations, parents first.
    pub(super) commits: Vec<(CommitEnvelope, u32)>,
    /// Bases first.
    pub(super) snapshots: Vec<SnapshotRecord>,
}

impl ResidualWriter {
    /// Writes the mpack to a new file in `directory`, with the other `contents`, which lie in these
    /// `frames`.
    ///
    /// # Errors
    /// [`Error`] where the blob store fails, the file cannot be written or a stored mpack is
    /// damaged.
    pub(super) async fn write(
        self,
        directory: PathBuf,
        frames: StoredFrames,
        contents: LocatedContents,
    ) -> Result<(TempPath, MpackFile)> {
        let counts = self.counts(&contents);
        let (sender, receiver) = channel(1);
        let reading = async move {
            let mut pieces = stream::iter(pieces(contents))
                .map(|wanted| Piece::read(&frames, wanted))
                .buffered(PAYLOADS_AHEAD);
            while let Some(piece) = pieces.next().await {
                // Where the writer has failed, nobody needs the rest.
                if sender.send(piece).await.is_err() {
                    return;
                }
            }
        };
        let writing = run_blocking(move || self.write_file(&directory, counts, receiver));
        let ((), written) = futures::join!(reading, writing);
        written
    }

    fn write_file(
        self,
        directory: &Path,
        counts: Counts,
        mut pieces: Receiver<Result<Piece>>,
    ) -> Result<(TempPath, MpackFile)> {
        write_mpack(directory, counts, |writer| {
            for frame in &self.thin_frames {
                writer.add_thin_frame(frame).map_err(write_error)?;
            }
            while let Some(piece) = pieces.blocking_recv() {
                piece?.write(writer)?;
            }
            self.write_records(writer)
        })
    }

    fn write_records(self, writer: &mut MpackWriter<BufWriter<std::fs::File>>) -> Result<()> {
        for (id, chunks) in self.large_objects {
            writer.add_chunk_list(id, chunks).map_err(write_error)?;
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
    }

    fn counts(&self, contents: &LocatedContents) -> Counts {
        let whole = contents.objects.iter().map(|(_, at)| at.length);
        let listed = self.large_objects.iter().flat_map(|(_, chunks)| chunks);
        let lengths = whole.chain(listed.map(|(_, length)| *length));
        let thin = || self.thin_frames.iter();
        let thin_count = thin().flat_map(ThinFrame::objects).count();
        let object_bytes = lengths.map(u64::from).sum::<u64>();
        Counts {
            objects: (thin_count + contents.objects.len() + self.large_objects.len()) as u64,
            commits: self.commits.len() as u64,
            snapshots: self.snapshots.len() as u64,
            object_bytes: object_bytes + thin().map(ThinFrame::object_bytes).sum::<u64>(),
            base_bytes: thin().map(ThinFrame::base_bytes).sum(),
        }
    }
}

/// What is wanted of one frame, in the order in which it is written.
enum Wanted {
    Objects(Vec<(ObjectId, ContentLocation)>),
    Chunks(Vec<(ChunkId, ContentLocation)>),
}

/// The contents, frame by frame.
fn pieces(contents: LocatedContents) -> Vec<Wanted> {
    fn runs<I: Copy>(
        entries: &[(I, ContentLocation)],
    ) -> impl Iterator<Item = Vec<(I, ContentLocation)>> {
        let frame = |at: &ContentLocation| (at.mpack, at.frame);
        let runs = entries.chunk_by(move |(_, one), (_, other)| frame(one) == frame(other));
        runs.map(<[_]>::to_vec)
    }
    let objects = runs(&contents.objects).map(Wanted::Objects);
    objects
        .chain(runs(&contents.chunks).map(Wanted::Chunks))
        .collect()
}

/// A frame that was read, and what is wanted of it.
struct Piece {
    wanted: Wanted,
    frame: StoredFrame,
    payload: Bytes,
}

impl Piece {
    async fn read(frames: &StoredFrames, wanted: Wanted) -> Result<Self> {
        let location = match &wanted {
            Wanted::Objects(objects) => objects[0].1,
            Wanted::Chunks(chunks) => chunks[0].1,
        };
        Ok(Self {
            frame: frames.frame(&location).clone(),
            payload: frames.read_payload(&location).await?,
            wanted,
        })
    }

    /// Copies the frame as it is stored where all of it is wanted, one entry behind the other.
    fn write<W: Write>(self, writer: &mut MpackWriter<W>) -> Result<()> {
        let Self {
            wanted,
            frame,
            payload,
        } = self;
        match wanted {
            Wanted::Objects(objects) => match whole_frame(&objects, &frame) {
                Some(all) => writer
                    .copy_object_frame(&frame.row, &payload, &all)
                    .map_err(write_error)?,
                None => {
                    let raw = decompress(&frame, &payload)?;
                    for (id, at) in objects {
                        let object = slice(&raw, &at)?;
                        writer.add_object(id, object).map_err(write_error)?;
                    }
                }
            },
            Wanted::Chunks(chunks) => match whole_frame(&chunks, &frame) {
                Some(all) => writer
                    .copy_chunk_frame(&frame.row, &payload, &all)
                    .map_err(write_error)?,
                None => {
                    let raw = decompress(&frame, &payload)?;
                    for (id, at) in chunks {
                        let chunk = slice(&raw, &at)?;
                        writer.add_chunk(id, chunk).map_err(write_error)?;
                    }
                }
            },
        }
        Ok(())
    }
}

/// The entries with their offsets, if they are all of the frame, in its order.
fn whole_frame<I: Copy>(
    wanted: &[(I, ContentLocation)],
    frame: &StoredFrame,
) -> Option<Vec<(I, u32)>> {
    let mut end = 0;
    for (_, at) in wanted {
        if u64::from(at.offset) != end {
            return None;
        }
        end += u64::from(at.length);
    }
    let is_all = wanted.len() == frame.entry_count as usize && end == frame.row.raw_bytes;
    is_all.then(|| wanted.iter().map(|(id, at)| (*id, at.offset)).collect())
}

fn decompress(frame: &StoredFrame, payload: &[u8]) -> Result<Vec<u8>> {
    let raw = frame.row.decompress(payload);
    raw.map_err(|error| Error::internal("reading a stored mpack", error))
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
