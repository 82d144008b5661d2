//! What the server knows of an mpack, and the row that it is read from.

use diesel::prelude::*;
use muse_wire::id::MpackKey;
use muse_wire::mpack::{Codec, Counts, FrameKind, FrameRow};
use serde::{Deserialize, Serialize};

use crate::store::columns::{from_column, pack, unpack};
use crate::store::error::{Result, StoreError};
use crate::store::schema::mpacks;

/// The state of an mpack that is given out, or lost.
pub(in crate::store) const LIVE: &str = "live";

/// The state of an mpack whose place another one has taken. Its blobs are there for some time.
pub(in crate::store) const CONDEMNED: &str = "condemned";

/// The state of a condemned mpack whose blobs are being deleted, or are gone.
pub(in crate::store) const DELETING: &str = "deleting";

/// An mpack's key in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MpackId(pub(crate) i64);

/// Whose commits a merged mpack holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lane {
    /// Those of the default branch, now or earlier. Everything that one of them builds on is in
    /// mpacks of this lane, too.
    Trunk,
    /// Those that other refs reach.
    Side,
    /// Those that no ref reaches, and what only they need. Nobody is given it.
    Lost,
}

impl Lane {
    /// All lanes, each after those that it may build on.
    pub const ALL: [Self; 3] = [Self::Trunk, Self::Side, Self::Lost];

    /// The text form, as stored.
    pub(in crate::store) const fn as_str(self) -> &'static str {
        match self {
            Self::Trunk => "trunk",
            Self::Side => "side",
            Self::Lost => "lost",
        }
    }
}

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
    /// Whose commits it holds; `None` where it is as it was pushed.
    pub lane: Option<Lane>,
    /// Its place among those of its lane; none, which is 0, as it was pushed.
    pub position: i64,
    /// Whether it was lost and is needed again.
    pub brought_back: bool,
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
    lane: Option<String>,
    position: Option<i64>,
    brought_back: bool,
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
            lane: row.lane.as_deref().map(lane).transpose()?,
            position: row.position.unwrap_or_default(),
            brought_back: row.brought_back,
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

fn lane(text: &str) -> Result<Lane> {
    let mut lanes = Lane::ALL.into_iter();
    let found = lanes.find(|lane| lane.as_str() == text);
    found.ok_or(StoreError::Corrupt("lane"))
}

pub(in crate::store) fn mpack_key(bytes: &[u8]) -> Result<MpackKey> {
    MpackKey::from_slice(bytes).ok_or(StoreError::Corrupt("mpack key"))
}
