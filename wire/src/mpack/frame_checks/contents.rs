//! The frames of objects and chunks.

use std::collections::HashSet;

use super::known::Known;
use super::outcomes::{FrameCheck, Outcomes};
use crate::history::LinkTargets;
use crate::id::ObjectId;
use crate::mpack::compress::FrameDecompressor;
use crate::mpack::thicken::{Receiver, base_contents};
use crate::mpack::{FrameKind, Mpack};

/// Checks the chunks.
pub(super) fn check_chunks(mpack: &Mpack, outcomes: &mut Outcomes) {
    for index in mpack.tables().frames_of(FrameKind::Chunks) {
        let checked = mpack.read_frame(index).and_then(|raw| {
            let ranges = mpack.tables().entry_ranges(index);
            let mut chunks = mpack.tables().frame_chunks(index).zip(ranges);
            chunks.try_for_each(|(row, range)| mpack.check_chunk(&row, &raw[range]))
        });
        outcomes.note(index, checked);
    }
}

/// Checks the objects of an mpack that is not thin.
pub(super) fn check_objects(mpack: &Mpack, links: &LinkTargets, outcomes: &mut Outcomes) {
    for index in mpack.tables().frames_of(FrameKind::Objects) {
        let checked = mpack.read_frame(index).and_then(|raw| {
            let ranges = mpack.tables().entry_ranges(index);
            for (row, range) in mpack.tables().frame_objects(index).zip(ranges) {
                let contents = &raw[range];
                mpack.check_object(&row, contents)?;
                links.note(row.id, contents);
            }
            Ok(())
        });
        outcomes.note(index, checked);
    }
}

/// Decompresses the objects of a thin mpack. Returns their ids in file order, if all are known.
pub(super) fn object_ids<R: Receiver>(
    thin: &Mpack,
    known: &mut Known<R>,
    links: &LinkTargets,
    outcomes: &mut Outcomes,
) -> Option<Vec<ObjectId>> {
    let tables = thin.tables();
    let mut ids = Vec::with_capacity(tables.object_count());
    let (mut decompressor, mut raw) = (FrameDecompressor::new(), Vec::new());
    for index in tables.frames_of(FrameKind::Objects) {
        // Whatever the reason, there is nothing to decompress the frame with.
        let Ok(prefix) = base_contents(&tables.bases_of(index), known) else {
            outcomes.note_unknown(index, FrameCheck::NeedsBases);
            continue;
        };
        let payload = tables.frame(index);
        let payload = payload.payload(thin.stored_frame(index), &prefix);
        let decompressed = decompressor.decompress(&payload, &mut raw);
        if decompressed.is_ok() {
            for range in tables.entry_ranges(index) {
                let contents = &raw[range];
                let id = ObjectId::of(contents);
                links.note(id, contents);
                ids.push(id);
            }
        }
        outcomes.note(index, decompressed);
    }
    (ids.len() == tables.object_count()).then_some(ids)
}

/// The thin mpack with the ids of its objects. Where the tables do not allow these, the objects
/// are wrong.
pub(super) fn complete(thin: &Mpack, ids: &[ObjectId], outcomes: &mut Outcomes) -> Option<Mpack> {
    match thin.with_object_ids(ids) {
        Ok(complete) => Some(complete),
        Err(error) => {
            for index in thin.tables().frames_of(FrameKind::Objects) {
                outcomes.note(index, Err(error.clone()));
            }
            None
        }
    }
}

/// Holds the objects of a thin mpack against what its sound records name: its tables do not say
/// what they hash to.
pub(super) fn confirm_objects(mpack: &Mpack, named: &HashSet<ObjectId>, outcomes: &mut Outcomes) {
    let tables = mpack.tables();
    for index in tables.frames_of(FrameKind::Objects) {
        let is_confirmed = tables.has_object_ids()
            && tables
                .frame_objects(index)
                .all(|row| named.contains(&row.id));
        if !is_confirmed {
            outcomes.note_unknown(index, FrameCheck::Unconfirmed);
        }
    }
}
