//! Where the objects of a push are stored.

use std::sync::Arc;

use muse_wire::mpack::{Mpack, ObjectRow, OrderedObject};

use super::CollectError;
use crate::repository::RepositoryError;

/// An object's place among the repository's mpacks.
#[derive(Clone, Copy)]
pub(super) struct ObjectPlace {
    /// Which of the mpacks.
    pub(super) mpack: usize,
    /// Where in it.
    pub(super) row: ObjectRow,
}

/// The place of each object, in the same order.
pub(super) fn locate(
    objects: &[OrderedObject],
    mpacks: &[Arc<Mpack>],
) -> Result<Vec<ObjectPlace>, CollectError> {
    objects
        .iter()
        .map(|object| {
            let place = mpacks.iter().enumerate().find_map(|(mpack, pack)| {
                let row = pack.tables().find_object(&object.id)?;
                Some(ObjectPlace { mpack, row })
            });
            place.ok_or_else(|| RepositoryError::missing_object(&object.id).into())
        })
        .collect()
}
