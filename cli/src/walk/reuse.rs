//! Which stored frames a push can copy instead of compressing their objects again.

use std::collections::HashMap;
use std::sync::Arc;

use muse_wire::id::ObjectId;
use muse_wire::mpack::Mpack;

use super::place::ObjectPlace;

/// A stored frame smaller than this is not copied: compressed with its neighbours it becomes
/// smaller.
const MIN_RAW_BYTES: u64 = 8 * 1024 * 1024;
/// A stored frame is copied where its objects come in runs of at least this mean length in the
/// order that a new mpack would have; otherwise it groups what does not belong together.
const MIN_MEAN_RUN: usize = 8;

/// A stored frame that is copied as it is.
pub(super) struct ReusableFrame {
    /// Which of the mpacks.
    pub(super) mpack: usize,
    /// Its number in there.
    pub(super) index: u32,
    /// The objects in it.
    pub(super) objects: Vec<ObjectId>,
    /// Their lengths together.
    pub(super) object_bytes: u64,
}

/// Frames of which every object is wanted and which group them as a new mpack would.
pub(super) fn reusable_frames(mpacks: &[Arc<Mpack>], places: &[ObjectPlace]) -> Vec<ReusableFrame> {
    let mut positions: HashMap<(usize, u32), Vec<usize>> = HashMap::new();
    for (position, place) in places.iter().enumerate() {
        let frame = (place.mpack, place.row.frame);
        positions.entry(frame).or_default().push(position);
    }
    let mut frames: Vec<_> = positions
        .into_iter()
        .filter(|((mpack, index), positions)| {
            let tables = mpacks[*mpack].tables();
            let raw_bytes = tables.frame(*index).raw_bytes;
            let breaks = positions
                .windows(2)
                .filter(|pair| pair[1] != pair[0] + 1)
                .count();
            raw_bytes >= MIN_RAW_BYTES
                && (breaks == 0 || positions.len() >= MIN_MEAN_RUN * (breaks + 1))
                && tables.frame_objects(*index).count() == positions.len()
        })
        .collect();
    frames.sort_unstable_by_key(|(_, positions)| positions[0]);
    frames
        .into_iter()
        .map(|((mpack, index), positions)| {
            let rows = positions.iter().map(|&position| places[position].row);
            ReusableFrame {
                mpack,
                index,
                objects: rows.clone().map(|row| row.id).collect(),
                object_bytes: rows.map(|row| u64::from(row.length)).sum(),
            }
        })
        .collect()
}
