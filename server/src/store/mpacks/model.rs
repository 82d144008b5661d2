//! What the server knows of an mpack, and the row that it is read from.

use diesel::prelude::*;
use muse_wire::id::MpackKey;
use muse_wire::mpack::{Codec, Counts, FrameKind, FrameRow};
use serde::{Deserialize, Serialize};

use crate::store::columns::{from_column, pack, unpack};
use crate::store::error::{Result, StoreError};
use crate::store::schema::mpacks;

/// The state of an mpack that may be read.
pub(in crate::store) const LIVE: &str = "live";

/// An mpack's key in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MpackId(pub(crate) i64);

/// An mpack of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMpack {
    /// Its key in the database.
    pub id: MpackId,
    /// The SHA-256 of its bytes, and so its place in the blob store.
    pub key: MpackKey,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// What it holds, whether or not that was new to the repository.
    pub counts: Counts,
    /// The thin form in which it was pushed, where that is kept: it can be given to whoever has
    /// what the mpack's commits build on.
    pub thin: Option<MpackFile>,
    /// When it was published, in milliseconds since 1970.
    pub created_at_ms: i64,
}

/// Where in an mpack a whole object or a chunk lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContentLocation {
    /// The mpack.
    pub mpack: MpackId,
    /// Its key in the blob store.
    pub mpack_key: MpackKey,
    /// Index of the frame.
    pub frame: u32,
    /// Offset in the frame's uncompressed bytes.
    pub offset: u32,
    /// Length in bytes.
    pub length: u32,
}

/// A frame of objects or chunks of a stored mpack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFrame {
    /// Where and how it is stored.
    pub row: FrameRow,
    /// How many objects or chunks it holds.
    pub entry_count: u32,
}

/// An mpack in the blob store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MpackFile {
    /// The SHA-256 of its bytes, and so its place in the blob store.
    pub key: MpackKey,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// What it holds.
    pub counts: Counts,
}

impl From<&StoredMpack> for MpackFile {
    fn from(mpack: &StoredMpack) -> Self {
        Self {
            key: mpack.key,
            size_bytes: mpack.size_bytes,
            counts: mpack.counts,
        }
    }
}

/// An mpack.
#[derive(Queryable, Selectable)]
#[diesel(table_name = mpacks)]
pub(in crate::store) struct MpackRow {
    id: i64,
    key: Vec<u8>,
    size_bytes: i64,
    object_count: i64,
    commit_count: i64,
    snapshot_count: i64,
    object_bytes: i64,
    thin_form: Option<Vec<u8>>,
    created_at_ms: i64,
}

impl TryFrom<MpackRow> for StoredMpack {
    type Error = StoreError;

    fn try_from(row: MpackRow) -> Result<Self> {
        Ok(Self {
            id: MpackId(row.id),
            key: mpack_key(&row.key)?,
            size_bytes: from_column(row.size_bytes)?,
            counts: Counts {
                objects: from_column(row.object_count)?,
                commits: from_column(row.commit_count)?,
                snapshots: from_column(row.snapshot_count)?,
                object_bytes: from_column(row.object_bytes)?,
                // What is kept needs nothing else to be decompressed.
                base_bytes: 0,
            },
            // What cannot be read is not given: the thick form does as well.
            thin: row
                .thin_form
                .and_then(|form| unpack(&form, "thin mpack").ok()),
            created_at_ms: row.created_at_ms,
        })
    }
}

/// A frame of contents as it is kept: whether it holds chunks, the codec's number, the payload's
/// offset in the file and its length, its length once decompressed, and the number of entries.
type PackedFrame = (bool, u8, u64, u64, u64, u32);

/// The frames of contents of an mpack for their column, in the order of their numbers.
pub(in crate::store) fn pack_frames(frames: &[StoredFrame]) -> Vec<u8> {
    let frames = frames.iter().map(|StoredFrame { row, entry_count }| {
        let is_chunks = row.kind == FrameKind::Chunks;
        let codec = row.codec as u8;
        let lengths = (row.offset, row.stored_bytes, row.raw_bytes);
        (
            is_chunks,
            codec,
            lengths.0,
            lengths.1,
            lengths.2,
            *entry_count,
        )
    });
    pack(&frames.collect::<Vec<PackedFrame>>())
}

/// What [`pack_frames`] encoded.
pub(in crate::store) fn unpack_frames(bytes: &[u8]) -> Result<Vec<StoredFrame>> {
    let frames: Vec<PackedFrame> = unpack(bytes, "frames")?;
    let frames = frames.into_iter().map(|frame| {
        let (is_chunks, codec, offset, stored_bytes, raw_bytes, entry_count) = frame;
        let row = FrameRow {
            kind: match is_chunks {
                true => FrameKind::Chunks,
                false => FrameKind::Objects,
            },
            codec: Codec::from_number(codec).ok_or(StoreError::Corrupt("frames"))?,
            offset,
            stored_bytes,
            raw_bytes,
        };
        Ok(StoredFrame { row, entry_count })
    });
    frames.collect()
}

pub(in crate::store) fn mpack_key(bytes: &[u8]) -> Result<MpackKey> {
    MpackKey::from_slice(bytes).ok_or(StoreError::Corrupt("mpack key"))
}
