//! Writes an mpack in one pass, hashing it on the way.

mod frames;

use std::io::{Read, Write};

use frames::FrameStream;

use super::layout::{TABLES_TAG, encode_preamble, frame_header};
use super::tables::{FrameKind, NewCommitRow, NewSnapshotRow, NewTables, least_table_bytes};
use super::{Counts, Mpack, WriteError};
use crate::commit::{Commit, CommitEnvelope};
use crate::id::{Hasher, MpackKey, ObjectId};
use crate::limits::{
    MAX_OBJECT_FRAME_RAW_BYTES, MAX_RECORD_FRAME_RAW_BYTES, MAX_SNAPSHOT_CHANGES,
    MAX_STRUCTURED_DELTA_BYTES, MAX_TABLE_BYTES, RECORD_FRAME_RAW_BYTES,
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

/// Writes objects, then commits (parents first), then snapshot records (bases first).
///
/// Frames are compressed on a few threads and written in order: the same calls give the same bytes.
/// Memory is bounded by a few frames, whatever the sizes.
pub struct MpackWriter<W> {
    frames: FrameStream<W>,
    announced: Counts,
    rows: NewTables,
    object_bytes: u64,
    /// What is being added now.
    kind: FrameKind,
    /// Raw bytes of the frame being filled.
    raw: Vec<u8>,
    /// Position of the first entry in it.
    first: u32,
}

impl<W: Write> MpackWriter<W> {
    /// Starts an mpack that will hold exactly `counts`.
    ///
    /// # Errors
    /// [`WriteError::Io`] where the output fails, [`WriteError::TooLarge`] where the tables of so
    /// much would be larger than a reader takes.
    pub fn new(out: W, counts: Counts) -> Result<Self, WriteError> {
        WriteError::check_limit(
            "bytes of tables",
            least_table_bytes(&counts),
            MAX_TABLE_BYTES,
        )?;
        let mut frames = FrameStream::new(out);
        frames.write(&encode_preamble(&counts))?;
        Ok(Self {
            frames,
            announced: counts,
            rows: NewTables::default(),
            object_bytes: 0,
            kind: FrameKind::Objects,
            raw: Vec::new(),
            first: 0,
        })
    }

    /// Adds an object, which must hash to `id`, to the current frame. Any size;
    /// [`Self::add_large_object`] is for what should not be held in memory.
    ///
    /// # Errors
    /// [`WriteError`] where the output fails or commits have already been added.
    pub fn add_object(&mut self, id: ObjectId, contents: &[u8]) -> Result<(), WriteError> {
        let length = contents.len() as u64;
        if length > MAX_OBJECT_FRAME_RAW_BYTES {
            return self.add_large_object(id, length, &mut &*contents);
        }
        self.expect_objects(1, length)?;
        if self.raw.len() as u64 + length > MAX_OBJECT_FRAME_RAW_BYTES {
            self.cut_frame()?;
        }
        self.note_object(id, length);
        self.raw.extend_from_slice(contents);
        Ok(())
    }

    /// Adds an object of `length` bytes from a reader, in frames of its own; checks that the bytes
    /// hash to `id`.
    ///
    /// # Errors
    /// [`WriteError::Inconsistent`] where the reader gives other bytes than announced.
    pub fn add_large_object(
        &mut self,
        id: ObjectId,
        length: u64,
        source: &mut dyn Read,
    ) -> Result<(), WriteError> {
        self.expect_objects(1, length)?;
        self.cut_frame()?;
        self.note_object(id, length);
        let result = self.add_pieces(id, length, source);
        if result.is_err() {
            self.frames.set_broken();
        }
        result
    }

    /// Ends the current object frame, so that what comes next starts another.
    ///
    /// # Errors
    /// [`WriteError`] where the output fails.
    pub fn cut_frame(&mut self) -> Result<(), WriteError> {
        let next = self.position();
        if next > self.first {
            self.frames.submit(self.kind, self.first, &mut self.raw)?;
            self.first = next;
        }
        Ok(())
    }

    /// Copies a stored object frame as it is, with all its objects. For an object that spans
    /// several frames, `frame` is its first and all are copied.
    ///
    /// # Errors
    /// [`WriteError`] where the output fails or `frame` is no first object frame.
    pub fn copy_object_frame(&mut self, source: &Mpack, frame: u32) -> Result<(), WriteError> {
        let tables = source.tables();
        let objects: Vec<_> = tables.frame_objects(frame).collect();
        if objects.is_empty() {
            return Err(inconsistent(format!("no object starts in frame {frame}")));
        }
        let bytes = objects.iter().map(|object| object.length).sum();
        self.expect_objects(objects.len() as u64, bytes)?;
        self.cut_frame()?;
        for object in &objects {
            self.rows.objects.push((object.id, object.offset));
        }
        self.object_bytes += bytes;
        let next = self.position();
        for (index, first) in std::iter::once((frame, self.first))
            .chain(tables.continuations(frame).map(|index| (index, next)))
        {
            let raw_bytes = tables.frame(index).raw_bytes;
            let stored = source.stored_frame(index);
            self.frames
                .copy(FrameKind::Objects, first, raw_bytes, stored)?;
            source.release_frame(index);
        }
        self.first = next;
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
        if self.rows.commits.len() as u64 >= self.announced.commits {
            return Err(inconsistent("more commits than announced"));
        }
        let encoded =
            rmp_serde::to_vec(commit.envelope).map_err(|error| inconsistent(error.to_string()))?;
        let offset = self.add_record(&encoded)?;
        self.rows.commits.push(NewCommitRow {
            id: commit.envelope.id(),
            generation: commit.generation,
            committed_at: commit.commit.committed_at.seconds,
            parents: commit.commit.parents.clone(),
            snapshot: commit.commit.snapshot,
            offset,
        });
        Ok(())
    }

    /// Adds a snapshot record; its base, if in this mpack, comes before it.
    ///
    /// # Errors
    /// [`WriteError`] where the output fails.
    pub fn add_snapshot(&mut self, record: &SnapshotRecord) -> Result<(), WriteError> {
        self.enter(FrameKind::Snapshots)?;
        let (changes, limit) = (record.changes.len() as u64, MAX_SNAPSHOT_CHANGES as u64);
        WriteError::check_limit("changes in a snapshot record", changes, limit)?;
        if self.rows.snapshots.len() as u64 >= self.announced.snapshots {
            return Err(inconsistent("more snapshots than announced"));
        }
        let offset = self.add_record(&record.encode())?;
        self.rows.snapshots.push(NewSnapshotRow {
            id: record.id,
            base: record.base,
            offset,
        });
        Ok(())
    }

    /// Writes tables and trailer.
    ///
    /// # Errors
    /// [`WriteError::Inconsistent`] where what was added is not what was announced, an id came
    /// twice, or a parent or base came too late.
    pub fn finish(mut self) -> Result<Written<W>, WriteError> {
        self.cut_frame()?;
        self.rows.frames = self.frames.take_rows()?;
        if self.frames.is_broken() {
            return Err(inconsistent("an earlier error was ignored"));
        }
        let added = Counts {
            objects: self.rows.objects.len() as u64,
            commits: self.rows.commits.len() as u64,
            snapshots: self.rows.snapshots.len() as u64,
            object_bytes: self.object_bytes,
        };
        if added != self.announced {
            return Err(inconsistent(format!(
                "announced {:?}, but added {added:?}",
                self.announced
            )));
        }
        let frame_header_bytes = frame_header(TABLES_TAG, 0).len() as u64;
        let tables_offset = self.frames.written_bytes() + frame_header_bytes;
        let (tables, trailer) = self.rows.encode(tables_offset)?;
        self.frames
            .write(&frame_header(TABLES_TAG, trailer.tables_bytes))?;
        self.frames.write(tables.bytes())?;
        self.frames.write(&trailer.encode())?;
        let (out, digest, size_bytes) = self.frames.finish()?;
        Ok(Written {
            key: MpackKey::from_bytes(digest),
            size_bytes,
            out,
        })
    }

    /// Reads an object piece by piece into frames of its own.
    fn add_pieces(
        &mut self,
        id: ObjectId,
        length: u64,
        source: &mut dyn Read,
    ) -> Result<(), WriteError> {
        let mut hasher = Hasher::new();
        let mut remaining = length;
        let next = self.position();
        loop {
            let piece_bytes = remaining.min(MAX_OBJECT_FRAME_RAW_BYTES);
            self.raw.reserve_exact(piece_bytes as usize);
            let read = (&mut *source)
                .take(piece_bytes)
                .read_to_end(&mut self.raw)?;
            if (read as u64) < piece_bytes {
                return Err(inconsistent(format!("object {id} ends early")));
            }
            hasher.update(&self.raw);
            remaining -= piece_bytes;
            self.frames
                .submit(FrameKind::Objects, self.first, &mut self.raw)?;
            self.first = next;
            if remaining == 0 {
                break;
            }
        }
        if source.read(&mut [0])? != 0 {
            return Err(inconsistent(format!(
                "object {id} goes on after its length"
            )));
        }
        let actual = ObjectId::from_bytes(hasher.finish());
        if actual != id {
            return Err(inconsistent(format!("object {id} hashes to {actual}")));
        }
        Ok(())
    }

    /// Notes an object that starts where the current frame ends so far.
    fn note_object(&mut self, id: ObjectId, length: u64) {
        self.rows.objects.push((id, self.raw.len() as u32));
        self.object_bytes += length;
    }

    /// Adds a record to the current frame or, where that is full, to a new one; returns its offset
    /// there.
    fn add_record(&mut self, record: &[u8]) -> Result<u32, WriteError> {
        let limit = MAX_RECORD_FRAME_RAW_BYTES;
        WriteError::check_limit("bytes in a record", record.len() as u64, limit)?;
        if (self.raw.len() + record.len()) as u64 > RECORD_FRAME_RAW_BYTES {
            self.cut_frame()?;
        }
        let offset = self.raw.len() as u32;
        self.raw.extend_from_slice(record);
        Ok(offset)
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

    fn expect_objects(&mut self, count: u64, bytes: u64) -> Result<(), WriteError> {
        self.enter(FrameKind::Objects)?;
        if self.rows.objects.len() as u64 + count > self.announced.objects
            || self.object_bytes.saturating_add(bytes) > self.announced.object_bytes
        {
            return Err(inconsistent("more objects than announced"));
        }
        Ok(())
    }

    /// Position of the next entry of the current kind.
    fn position(&self) -> u32 {
        let count = match self.kind {
            FrameKind::Objects => self.rows.objects.len(),
            FrameKind::Commits => self.rows.commits.len(),
            FrameKind::Snapshots => self.rows.snapshots.len(),
        };
        count as u32
    }
}

fn inconsistent(reason: impl Into<String>) -> WriteError {
    WriteError::Inconsistent(reason.into())
}
