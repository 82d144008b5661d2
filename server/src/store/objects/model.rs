//! Where a whole object lies, and the row that it is read from.

use diesel::prelude::*;
use muse_wire::id::ObjectId;

use crate::store::columns::from_column;
use crate::store::error::{Result, StoreError};
use crate::store::mpacks::model::mpack_key;
use crate::store::mpacks::model::{ContentLocation, MpackId};
use crate::store::schema::{mpack_index, mpacks};

/// An object's location, joined with its mpack.
#[derive(Queryable, Selectable)]
#[diesel(table_name = mpack_index)]
pub(in crate::store) struct ObjectRow {
    object_id: Vec<u8>,
    mpack_id: i64,
    #[diesel(select_expression = mpacks::key, select_expression_type = mpacks::key)]
    mpack_key: Vec<u8>,
    frame: i64,
    frame_offset: i64,
    length: i64,
}

impl TryFrom<ObjectRow> for (ObjectId, ContentLocation) {
    type Error = StoreError;

    fn try_from(row: ObjectRow) -> Result<Self> {
        let location = ContentLocation {
            mpack: MpackId(row.mpack_id),
            mpack_key: mpack_key(&row.mpack_key)?,
            frame: from_column(row.frame)?,
            offset: from_column(row.frame_offset)?,
            length: from_column(row.length)?,
        };
        Ok((object_id(&row.object_id)?, location))
    }
}

pub(in crate::store) fn object_id(bytes: &[u8]) -> Result<ObjectId> {
    ObjectId::from_slice(bytes).ok_or(StoreError::Corrupt("object id"))
}
