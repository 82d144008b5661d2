//! An object that is not given, and the row that it is read from.

use muse_wire::id::ObjectId;

use crate::store::error::{Result, StoreError};
use crate::store::objects::model::object_id;

/// An object that is not given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The object.
    pub object: ObjectId,
    /// Why, for people.
    pub reason: String,
    /// Since when, in milliseconds since 1970.
    pub created_at_ms: i64,
}

/// The columns of a block: object, reason and time.
pub(in crate::store) type BlockRow = (Vec<u8>, String, i64);

impl TryFrom<BlockRow> for Block {
    type Error = StoreError;

    fn try_from((object, reason, created_at_ms): BlockRow) -> Result<Self> {
        Ok(Self {
            object: object_id(&object)?,
            reason,
            created_at_ms,
        })
    }
}
