//! Writes an mpack in one pass, hashing it on the way.

mod frames;
mod held_records;

use std::collections::HashSet;
use std::io::{Read, Write};

use frames::{EncodedFrame, FrameStream};
use held_records::HeldRecords;

use super::chunker::cut;
use super::layout::{Preamble, THIN};
use super::tables::{
    FrameKind, FrameRow, NewCommitRow, NewLargeObject, NewSnapshotRow, NewTables, check_table_bytes,
};
use super::{Codec, Counts, Mpack, ThinFrame, WriteError};
use crate::commit::{Commit, CommitEnvelope};
use crate::id::{ChunkId, MpackKey, ObjectId, SnapshotId};
use crate::limits::{
    MAX_CHUNK_BYTES, MAX_COMMIT_BYTES, MAX_OBJECT_FRAME_RAW_BYTES, MAX_SNAPSHOT_CHANGES,
    MAX_SNAPSHOT_RECORD_BYTES, MAX_STRUCTURED_DELTA_BYTES, MAX_WHOLE_OBJECT_BYTES,
    RECORD_FRAME_RAW_BYTES,
};
use crate::snapshot::SnapshotRecord;

/// A commit to be written: the envelope, what is decoded from it, and its generation.
#[derive(Debug, Clone)]
pub struct NewCommit<'a> {
    /// What is stored, verbatim.
    pub envelope: &'a CommitEnvelope,
    /// The same record, decoded.
    pub commit: &'a Commit,
    /// One more than the highest of its parents'.
    pub generation: u32,
}

/// What came out of a finished writer.
#[derive(Debug)]
pub struct Written<W> {
    /// SHA-256 of all bytes written.
    pub key: MpackKey,
    /// How many they are.
    pub size_bytes: u64,
    /// The output, flushed but not synced.
    pub out: W,
}

/// Writes objects, then large objects, then commits (parents first), then snapshot records (bases
/// first).
///
/// Frames are compressed on a few threads and written in order: the same calls give the same bytes.
/// Memory is bounded by a few frames, whatever the sizes.
pub struct MpackWriter<W> {
    frames: FrameStream<W>,
    announced: Counts,
    tables: NewTables,
    /// What `tables` hold already.
    chunks: HashSet<ChunkId>,
    object_bytes: u64,
    /// What is being added now.
    kind: FrameKind,
    /// Raw bytes of the frame being filled.
    raw: Vec<u8>,
    /// Position of the first entry in it.
    first: u32,
    /// Frames of records that wait until all ids are known, to be compressed with them.
    held: Option<HeldRecords>,
}

impl<W: Write> MpackWriter<W> {
    /// Starts an mpack that will hold exactly `counts`. It is thin where they have bases.
    ///
    /// # Errors
    /// [`WriteError::Io`] where the output fails, [`WriteError::TooLarge`] where the tables of so
    /// much would be larger than a reader takes.
    pub fn new(out: W, counts: Counts) -> Result<Self, WriteError> {
        check_table_bytes(&counts)?;
        let preamble = Preamble {
            counts,
            incompatible_flags: if counts.base_bytes > 0 { THIN } else { 0 },
        };
        let mut frames = FrameStream::new(out);
        frames.write(&preamble.encode())?;
        Ok(Self {
            frames,
            announced: counts,
            tables: NewTables::default(),
            chunks: HashSet::new(),
            object_bytes: 0,
            kind: FrameKind::Objects,
            raw: Vec::new(),
            first: 0,
            held: HeldRecords::for_counts(&counts),
        })
    }

    /// Adds an object of at most [`MAX_WHOLE_OBJECT_BYTES`], which must hash to `id`, to the
    /// current frame.
    ///
    /// # Errors
    /// [`WriteError`] where the output fails, the object is too long or a later kind has been
    /// added.
    pub fn add_object(&mut self, id: ObjectId, contents: &[u8]) -> Result<(), WriteError> {
        let length = contents.len() as u64;
        WriteError::check_limit("bytes in a whole object", length, MAX_WHOLE_OBJECT_BYTES)?;
        self.enter(FrameKind::Objects)?;
        self.expect_objects(1, length)?;
        if self.raw.len() as u64 + length > MAX_OBJECT_FRAME_RAW_BYTES {
            self.cut_frame()?;
        }
        self.tables.objects.push((id, self.raw.len() as u32));
        self.raw.extend_from_slice(contents);
        Ok(())
    }

    /// Says that objects of together `bytes` follow that should be compressed together, as the
    /// versions of one file: a frame into which they do not fit ends here, if they fit into one at
    /// all.
    ///
    /// # Errors
    /// [`WriteError`] where the output fails.
    pub fn begin_group(&mut self, bytes: u64) -> Result<(), WriteError> {
        let limit = MAX_OBJECT_FRAME_RAW_BYTES;
        if self.kind == FrameKind::Objects
            && bytes <= limit
            && self.raw.len() as u64 + bytes > limit
        {
            self.cut_frame()?;
        }
        Ok(())
    }

    /// Ends the current frame if it has at least this many raw bytes.
    ///
    /// # Errors
    /// [`WriteError`] where the output fails.
    pub fn end_long_frame(&mut self, raw_bytes: u64) -> Result<(), WriteError> {
        if self.raw.len() as u64 >= raw_bytes {
            self.cut_frame()?;
        }
        Ok(())
    }

    /// Adds objects that are compressed already, against contents that the receiver has.
    ///
    /// # Errors
    /// [`WriteError`] where the output fails or a later kind has been added.
    pub fn add_thin_frame(&mut self, frame: &ThinFrame) -> Result<(), WriteError> {
        self.enter(FrameKind::Objects)?;
        self.expect_objects(frame.objects.len() as u64, frame.raw_bytes)?;
        self.cut_frame()?;
        let mut offset = 0;
        for &(id, length) in &frame.objects {
            self.tables.objects.push((id, offset));
            offset += length;
        }
        self.tables.bases.extend(frame.bases.iter().cloned());
        self.frames.put_encoded(&EncodedFrame {
            kind: FrameKind::Objects,
            codec: Codec::ZstdBases,
            first: self.first,
            base_count: frame.bases.len() as u32,
            raw_bytes: frame.raw_bytes,
            stored: &frame.stored,
        })?;
        self.first = self.position();
        Ok(())
    }

    /// Copies a stored frame of objects or chunks as it is, with all that it holds.
    ///
    /// # Errors
    /// [`WriteError`] where the output fails or `frame` holds records or is thin.
    pub fn copy_frame(&mut self, source: &Mpack, frame: u32) -> Result<(), WriteError> {
        let tables = source.tables();
        let row = tables.frame(frame);
        if !matches!(row.codec, Codec::Stored | Codec::Zstd) || !row.kind.is_content() {
            return Err(inconsistent(format!("frame {frame} cannot be copied")));
        }
        if row.kind == FrameKind::Objects {
            let objects: Vec<_> = tables.frame_objects(frame).map(|row| row.id).collect();
            return self.copy_objects(source, frame, &objects);
        }
        let chunks = tables.frame_chunks(frame).map(|row| (row.id, row.offset));
        let chunks: Vec<_> = chunks.collect();
        self.copy_chunk_frame(&row, source.stored_frame(frame), &chunks)?;
        source.release_frame(frame);
        Ok(())
    }

    /// Copies a stored frame of objects, which have these ids, in order.
    pub(super) fn copy_objects(
        &mut self,
        source: &Mpack,
        frame: u32,
        ids: &[ObjectId],
    ) -> Result<(), WriteError> {
        let tables = source.tables();
        if ids.len() != tables.entry_count(frame) {
            return Err(inconsistent(format!("frame {frame} has other objects")));
        }
        let offsets = tables.entry_ranges(frame).map(|range| range.start as u32);
        let objects: Vec<_> = ids.iter().copied().zip(offsets).collect();
        self.copy_object_frame(&tables.frame(frame), source.stored_frame(frame), &objects)?;
        source.release_frame(frame);
        Ok(())
    }

    /// Copies a frame of whole objects that is stored elsewhere: its row there, its payload, and
    /// all its objects with their offsets in it, ascending.
    ///
    /// # Errors
    /// [`WriteError`] where the output fails, or the frame is thin or holds something else.
    pub fn copy_object_frame(
        &mut self,
        row: &FrameRow,
        stored: &[u8],
        objects: &[(ObjectId, u32)],
    ) -> Result<(), WriteError> {
        self.begin_copy(row, FrameKind::Objects)?;
        self.expect_objects(objects.len() as u64, row.raw_bytes)?;
        self.tables.objects.extend_from_slice(objects);
        self.copy_payload(row, stored)
    }

    /// Copies a frame of chunks that is stored elsewhere: its row there, its payload, and all its
    /// chunks with their offsets in it, ascending.
    ///
    /// # Errors
    /// [`WriteError`] where the output fails, the mpack has one of the chunks already, or the frame
    /// holds something else.
    pub fn copy_chunk_frame(
        &mut self,
        row: &FrameRow,
        stored: &[u8],
        chunks: &[(ChunkId, u32)],
    ) -> Result<(), WriteError> {
        self.begin_copy(row, FrameKind::Chunks)?;
        for (id, _) in chunks {
            if !self.chunks.insert(*id) {
                return Err(inconsistent(format!("chunk {id} is added twice")));
            }
        }
        self.tables.chunks.extend_from_slice(chunks);
        self.copy_payload(row, stored)
    }

    /// Makes a frame the next one, if it can be copied.
    fn begin_copy(&mut self, row: &FrameRow, kind: FrameKind) -> Result<(), WriteError> {
        if row.kind != kind || !matches!(row.codec, Codec::Stored | Codec::Zstd) {
            return Err(inconsistent("the frame cannot be copied".to_owned()));
        }
        self.enter(kind)?;
        self.cut_frame()
    }

    /// Copies the payload of a frame whose entries have been added.
    fn copy_payload(&mut self, row: &FrameRow, stored: &[u8]) -> Result<(), WriteError> {
        self.frames.put_encoded(&EncodedFrame {
            kind: row.kind,
            codec: row.codec,
            first: self.first,
            base_count: 0,
            raw_bytes: row.raw_bytes,
            stored,
        })?;
        self.first = self.position();
        Ok(())
    }

    /// Cuts an object of `length` bytes into chunks and adds it, without the chunks that the mpack
    /// has already and those that `is_known` says its receivers have. Checks that the bytes hash to
    /// `id`.
    ///
    /// # Errors
    /// [`WriteError::Inconsistent`] where the reader gives other bytes than announced.
    pub fn add_large_object(
        &mut self,
        id: ObjectId,
        length: u64,
        source: &mut dyn Read,
        mut is_known: impl FnMut(&ChunkId) -> bool,
    ) -> Result<(), WriteError> {
        let result = self.add_chunks(id, length, source, &mut is_known);
        if result.is_err() {
            self.frames.set_broken();
        }
        self.add_chunk_list(id, result?)
    }

    /// Adds a large object by its chunks and their lengths. Those that are in the mpack are added,
    /// too, before or after it.
    ///
    /// # Errors
    /// [`WriteError`] where this is more than was announced, or a later kind has been added.
    pub fn add_chunk_list(
        &mut self,
        id: ObjectId,
        chunks: Vec<(ChunkId, u32)>,
    ) -> Result<(), WriteError> {
        self.enter(FrameKind::Chunks)?;
        let length = chunks.iter().map(|(_, length)| u64::from(*length)).sum();
        self.expect_objects(1, length)?;
        self.tables
            .large_objects
            .push(NewLargeObject { id, chunks });
        Ok(())
    }

    /// Adds a chunk, which must hash to `id`, unless the mpack has it already.
    ///
    /// # Errors
    /// [`WriteError`] where the output fails, the chunk is too long or a later kind has been added.
    pub fn add_chunk(&mut self, id: ChunkId, contents: &[u8]) -> Result<(), WriteError> {
        let length = contents.len() as u64;
        WriteError::check_limit("bytes in a chunk", length, MAX_CHUNK_BYTES)?;
        self.enter(FrameKind::Chunks)?;
        if !self.chunks.insert(id) {
            return Ok(());
        }
        if self.raw.len() as u64 + length > MAX_CHUNK_BYTES {
            self.cut_frame()?;
        }
        self.tables.chunks.push((id, self.raw.len() as u32));
        self.raw.extend_from_slice(contents);
        Ok(())
    }

    /// Adds a commit; its parents in this mpack come before it.
    ///
    /// # Errors
    /// [`WriteError`] where the output fails or snapshots have already been added.
    pub fn add_commit(&mut self, commit: &NewCommit<'_>) -> Result<(), WriteError> {
        self.enter(FrameKind::Commits)?;
        let delta_bytes = commit.envelope.delta.as_ref().map_or(0, Vec::len) as u64;
        let limit = MAX_STRUCTURED_DELTA_BYTES as u64;
        WriteError::check_limit("bytes in a structured delta", delta_bytes, limit)?;
        if self.tables.commits.len() as u64 >= self.announced.commits {
            return Err(inconsistent("more commits than announced"));
        }
        let encoded = commit.envelope.encode();
        let limit = MAX_COMMIT_BYTES as u64;
        WriteError::check_limit("bytes in a commit", encoded.len() as u64, limit)?;
        let offset = self.place_record(encoded.len())?;
        self.tables.commits.push(NewCommitRow {
            id: commit.envelope.id(),
            generation: commit.generation,
            committed_at: commit.commit.committed_at.seconds,
            parents: commit.commit.parents.clone(),
            snapshot: commit.commit.snapshot,
            offset,
        });
        self.raw.extend_from_slice(&encoded);
        Ok(())
    }

    /// Adds a snapshot record; its base, if in this mpack, comes before it.
    ///
    /// # Errors
    /// [`WriteError`] where the output fails.
    pub fn add_snapshot(&mut self, record: &SnapshotRecord) -> Result<(), WriteError> {
        let (changes, limit) = (record.changes.len() as u64, MAX_SNAPSHOT_CHANGES as u64);
        WriteError::check_limit("changes in a snapshot record", changes, limit)?;
        self.add_encoded_snapshot(record.id, record.base, &record.encode())
    }

    /// As [`Self::add_snapshot`], of a record that is valid and encoded already.
    pub(super) fn add_encoded_snapshot(
        &mut self,
        id: SnapshotId,
        base: Option<SnapshotId>,
        encoded: &[u8],
    ) -> Result<(), WriteError> {
        self.enter(FrameKind::Snapshots)?;
        if self.tables.snapshots.len() as u64 >= self.announced.snapshots {
            return Err(inconsistent("more snapshots than announced"));
        }
        let limit = MAX_SNAPSHOT_RECORD_BYTES as u64;
        WriteError::check_limit("bytes in a snapshot record", encoded.len() as u64, limit)?;
        let offset = self.place_record(encoded.len())?;
        self.tables
            .snapshots
            .push(NewSnapshotRow { id, base, offset });
        let mut pieces = encoded.chunks(RECORD_FRAME_RAW_BYTES as usize).peekable();
        while let Some(piece) = pieces.next() {
            self.raw.extend_from_slice(piece);
            if pieces.peek().is_some() {
                self.cut_frame()?;
            }
        }
        if encoded.len() as u64 > RECORD_FRAME_RAW_BYTES {
            // Nothing else stands in a frame that a record goes on in.
            self.cut_frame()?;
        }
        Ok(())
    }

    /// Writes tables and trailer.
    ///
    /// # Errors
    /// [`WriteError::Inconsistent`] where what was added is not what was announced, an id came
    /// twice, or a parent or base came too late.
    pub fn finish(mut self) -> Result<Written<W>, WriteError> {
        self.cut_frame()?;
        let ids = self.tables.ids();
        if let Some(held) = self.held.take() {
            held.write(&ids.prefix(), &mut self.frames)?;
        }
        let frames = self.frames.take_rows()?;
        if self.frames.is_broken() {
            return Err(inconsistent("an earlier error was ignored"));
        }
        let bases = self.tables.bases.iter();
        let added = Counts {
            objects: self.tables.object_count(),
            commits: self.tables.commits.len() as u64,
            snapshots: self.tables.snapshots.len() as u64,
            object_bytes: self.object_bytes,
            base_bytes: bases.map(|base| u64::from(base.length)).sum(),
        };
        if added != self.announced {
            return Err(inconsistent(format!(
                "announced {:?}, but added {added:?}",
                self.announced
            )));
        }
        let tables_offset = self.frames.written_bytes();
        let (tables, trailer) = self.tables.encode(&ids, &frames, tables_offset)?;
        self.frames.write(&tables)?;
        self.frames.write(&trailer.encode())?;
        let (out, digest, size_bytes) = self.frames.finish()?;
        Ok(Written {
            key: MpackKey::from_bytes(digest),
            size_bytes,
            out,
        })
    }

    /// Adds the chunks of a large object; returns all of them with their lengths.
    fn add_chunks(
        &mut self,
        id: ObjectId,
        length: u64,
        source: &mut dyn Read,
        is_known: &mut dyn FnMut(&ChunkId) -> bool,
    ) -> Result<Vec<(ChunkId, u32)>, WriteError> {
        let mut list = Vec::new();
        let mut actual_length = 0;
        // One byte more than announced shows that the object goes on.
        let actual = cut(&mut source.take(length + 1), |chunk_id, chunk| {
            actual_length += chunk.len() as u64;
            list.push((chunk_id, chunk.len() as u32));
            if is_known(&chunk_id) {
                return Ok(());
            }
            self.add_chunk(chunk_id, chunk)
        })?;
        if actual_length != length {
            return Err(inconsistent(format!("object {id} is not {length} bytes")));
        }
        if actual != id {
            return Err(inconsistent(format!("object {id} hashes to {actual}")));
        }
        Ok(list)
    }

    /// Ends the current frame, so that what comes next starts another.
    fn cut_frame(&mut self) -> Result<(), WriteError> {
        if self.raw.is_empty() && self.position() == self.first {
            return Ok(());
        }
        if self.kind.is_content() {
            self.frames.submit(self.kind, self.first, &mut self.raw)?;
        } else if let Some(mut held) = self.held.take() {
            held.push(self.kind, self.first, std::mem::take(&mut self.raw));
            if held.is_full() {
                held.submit(&mut self.frames)?;
            } else {
                self.held = Some(held);
            }
        } else {
            self.frames.submit(self.kind, self.first, &mut self.raw)?;
        }
        self.first = self.position();
        Ok(())
    }

    /// Where a record of this length starts in its frame: in the current one or, where that is
    /// full, a new one.
    fn place_record(&mut self, length: usize) -> Result<u32, WriteError> {
        if (self.raw.len() + length) as u64 > RECORD_FRAME_RAW_BYTES {
            self.cut_frame()?;
        }
        Ok(self.raw.len() as u32)
    }

    /// Starts adding another kind of entry.
    fn enter(&mut self, kind: FrameKind) -> Result<(), WriteError> {
        if kind < self.kind {
            return Err(inconsistent(format!(
                "{kind:?} come before {:?}",
                self.kind
            )));
        }
        if kind > self.kind {
            self.cut_frame()?;
            self.kind = kind;
            self.first = 0;
        }
        Ok(())
    }

    /// Counts objects that are added.
    fn expect_objects(&mut self, count: u64, bytes: u64) -> Result<(), WriteError> {
        let total = self.object_bytes.saturating_add(bytes);
        if self.tables.object_count() + count > self.announced.objects
            || total > self.announced.object_bytes
        {
            return Err(inconsistent("more objects than announced"));
        }
        self.object_bytes = total;
        Ok(())
    }

    /// Position of the next entry of the current kind.
    fn position(&self) -> u32 {
        let count = match self.kind {
            FrameKind::Objects => self.tables.objects.len(),
            FrameKind::Chunks => self.tables.chunks.len(),
            FrameKind::Commits => self.tables.commits.len(),
            FrameKind::Snapshots => self.tables.snapshots.len(),
        };
        count as u32
    }
}

fn inconsistent(reason: impl Into<String>) -> WriteError {
    WriteError::Inconsistent(reason.into())
}
