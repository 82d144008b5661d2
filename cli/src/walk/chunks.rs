//! Writing the chunks of a push.

use std::collections::HashSet;
use std::io::Write;
use std::sync::Arc;

use muse_wire::id::ChunkId;
use muse_wire::mpack::{Mpack, MpackWriter};

use super::CollectError;
use super::place::ChunkPlace;
use crate::report::Phase;

/// Writes all of `chunks`. Frames of which every chunk is sent are copied as they are; of others
/// those in a row are picked out together.
pub(super) fn write_chunks<W: Write>(
    writer: &mut MpackWriter<W>,
    mpacks: &[Arc<Mpack>],
    chunks: &[ChunkPlace],
    phase: &dyn Phase,
) -> Result<(), CollectError> {
    let mut unsent: HashSet<ChunkId> = chunks.iter().map(|place| place.row.id).collect();
    let in_one_frame = |one: &ChunkPlace, two: &ChunkPlace| {
        (one.mpack, one.row.frame) == (two.mpack, two.row.frame)
    };
    for places in chunks.chunk_by(in_one_frame) {
        let (mpack, frame) = (&mpacks[places[0].mpack], places[0].row.frame);
        let places: Vec<_> = places
            .iter()
            .filter(|place| unsent.contains(&place.row.id))
            .collect();
        if places.is_empty() {
            continue;
        }
        let in_frame = || mpack.tables().frame_chunks(frame);
        if in_frame().all(|row| unsent.contains(&row.id)) {
            writer.copy_frame(mpack, frame)?;
            for row in in_frame() {
                unsent.remove(&row.id);
                phase.advance(row.length.into());
            }
            continue;
        }
        let raw = mpack.read_frame(frame)?;
        for place in places {
            let start = place.row.offset as usize;
            writer.add_chunk(place.row.id, &raw[start..start + place.row.length as usize])?;
            unsent.remove(&place.row.id);
            phase.advance(place.row.length.into());
        }
    }
    Ok(())
}
