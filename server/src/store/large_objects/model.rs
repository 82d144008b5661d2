//! A large object, a chunk's location, and the rows that they are read from.

use diesel::prelude::*;
use muse_wire::id::{ChunkId, ID_BYTES, ObjectId};

use crate::store::columns::from_column;
use crate::store::error::{Result, StoreError};
use crate::store::mpacks::model::{ContentLocation, MpackId, mpack_key};
use crate::store::objects::model::object_id;
use crate::store::schema::{chunks, large_objects, mpacks};

/// Bytes of a chunk in a list: its id, and its length as a little-endian u32.
const CHUNK_BYTES: usize = ID_BYTES + 4;

/// An object that is stored as a list of chunks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LargeObject {
    /// The mpack that brought the list; its chunks may be in others.
    pub mpack: MpackId,
    /// Length in bytes: that of all its chunks together.
    pub length: u64,
    /// Its chunks and their lengths, in order.
    pub chunks: Vec<(ChunkId, u32)>,
}

/// A large object to be stored: its length is that of its chunks together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLargeObject {
    /// The object.
    pub id: ObjectId,
    /// Its length in bytes.
    pub length: u64,
    /// Its chunks and their lengths, in order.
    pub chunks: Vec<(ChunkId, u32)>,
}

/// A large object.
#[derive(Queryable, Selectable)]
#[diesel(table_name = large_objects)]
pub(in crate::store) struct LargeObjectRow {
    object_id: Vec<u8>,
    length: i64,
    mpack_id: i64,
    chunks: Vec<u8>,
}

impl TryFrom<LargeObjectRow> for (ObjectId, LargeObject) {
    type Error = StoreError;

    fn try_from(row: LargeObjectRow) -> Result<Self> {
        let large = LargeObject {
            mpack: MpackId(row.mpack_id),
            length: from_column(row.length)?,
            chunks: split_chunks(&row.chunks)?,
        };
        Ok((object_id(&row.object_id)?, large))
    }
}

/// A chunk's location, joined with its mpack.
#[derive(Queryable, Selectable)]
#[diesel(table_name = chunks)]
pub(in crate::store) struct ChunkRow {
    chunk_id: Vec<u8>,
    mpack_id: i64,
    #[diesel(select_expression = mpacks::key, select_expression_type = mpacks::key)]
    mpack_key: Vec<u8>,
    frame: i64,
    frame_offset: i64,
    length: i64,
}

impl TryFrom<ChunkRow> for (ChunkId, ContentLocation) {
    type Error = StoreError;

    fn try_from(row: ChunkRow) -> Result<Self> {
        let location = ContentLocation {
            mpack: MpackId(row.mpack_id),
            mpack_key: mpack_key(&row.mpack_key)?,
            frame: from_column(row.frame)?,
            offset: from_column(row.frame_offset)?,
            length: from_column(row.length)?,
        };
        let id = ChunkId::from_slice(&row.chunk_id).ok_or(StoreError::Corrupt("chunk id"))?;
        Ok((id, location))
    }
}

/// A list of chunks as its column holds it.
pub(in crate::store) fn join_chunks(chunks: &[(ChunkId, u32)]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(chunks.len() * CHUNK_BYTES);
    for (id, length) in chunks {
        bytes.extend_from_slice(id.as_bytes());
        bytes.extend_from_slice(&length.to_le_bytes());
    }
    bytes
}

fn split_chunks(bytes: &[u8]) -> Result<Vec<(ChunkId, u32)>> {
    let (chunks, rest) = bytes.as_chunks::<CHUNK_BYTES>();
    let split = |chunk: &[u8; CHUNK_BYTES]| {
        let (id, length) = chunk.split_first_chunk()?;
        Some((
            ChunkId::from_bytes(*id),
            u32::from_le_bytes(*length.first_chunk()?),
        ))
    };
    let list: Option<Vec<_>> = chunks.iter().map(split).collect();
    let is_whole = rest.is_empty();
    list.filter(|_| is_whole)
        .ok_or(StoreError::Corrupt("list of chunks"))
}
