//! The order in which an mpack holds objects: one place, used by import, push and consolidation.

use muse_wire::id::ObjectId;
use muse_wire::path::RepoPath;
use muse_wire::snapshot::SnapshotRecord;

/// An object in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderedObject {
    /// The object.
    pub id: ObjectId,
    /// A path that it stood at.
    pub path: RepoPath,
    /// A new frame starts here ([`muse_wire::mpack::MpackWriter::cut_frame`]).
    pub starts_frame: bool,
}

/// The objects that `records` (oldest first) add, each once, in the order in which an mpack is to
/// hold them: by path, newest first, so that versions of one file compress against each other.
pub fn write_order<'a>(
    records: impl IntoIterator<Item = &'a SnapshotRecord>,
) -> Vec<OrderedObject> {
    let _ = records.into_iter();
    unimplemented!()
}
