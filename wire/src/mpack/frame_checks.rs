//! Looking for damage in each frame, where [`verify()`](crate::mpack::verify()) would stop at the
//! first.

mod contents;
mod known;
mod outcomes;
mod records;

use self::known::Known;
pub use self::outcomes::FrameCheck;
use self::outcomes::Outcomes;
use super::layout::{FRAME_HEADER_BYTES, frame_header};
use super::thicken::Receiver;
use super::{FrameRow, Mpack, MpackError};
use crate::history::LinkTargets;

/// Reads all frames and checks the header of each, that it decompresses, and that everything in it
/// hashes to its id and is what the tables say. Returns the outcomes in file order.
///
/// What thin frames and records build on outside of the mpack is looked up in the `receiver`. Where
/// there is none, or it lacks what is needed or cannot read that, the rest is checked all the same.
/// Memory is bounded by a few frames, one record, and the trees that later records build on.
///
/// Large objects are checked chunk by chunk, not as a whole.
pub fn check_frames<R: Receiver>(
    mpack: &Mpack,
    receiver: Option<R>,
) -> Vec<Result<FrameCheck, MpackError>> {
    let tables = mpack.tables();
    let mut outcomes = Outcomes::new(tables.frame_count());
    for index in 0..tables.frame_count() {
        outcomes.note(index, check_start(mpack, index));
    }
    let mut known = Known(receiver);
    let links = LinkTargets::default();
    contents::check_chunks(mpack, &mut outcomes);
    if !tables.is_thin() {
        contents::check_objects(mpack, &links, &mut outcomes);
        records::check_commits(mpack, &mut outcomes);
        records::check_snapshots(mpack, known, &links, &mut outcomes);
        return outcomes.into_vec();
    }
    let ids = contents::object_ids(mpack, &mut known, &links, &mut outcomes);
    let complete = ids.and_then(|ids| contents::complete(mpack, &ids, &mut outcomes));
    let mpack = complete.as_ref().unwrap_or(mpack);
    records::check_commits(mpack, &mut outcomes);
    let named = records::check_snapshots(mpack, known, &links, &mut outcomes);
    contents::confirm_objects(mpack, &named, &mut outcomes);
    outcomes.into_vec()
}

/// Checks what can be known of a frame without decompressing it.
fn check_start(mpack: &Mpack, index: u32) -> Result<(), MpackError> {
    let frame = mpack.tables().frame(index);
    check_header(mpack, &frame)?;
    frame.payload(mpack.stored_frame(index), &[]).check_header()
}

fn check_header(mpack: &Mpack, frame: &FrameRow) -> Result<(), MpackError> {
    let header = frame_header(frame.kind.tag(), frame.codec, frame.stored_bytes);
    // A payload was checked to have room for its header before it.
    let end = frame.offset as usize;
    let start = end - FRAME_HEADER_BYTES;
    if mpack.bytes()[start..end] == header {
        return Ok(());
    }
    let reason = "its header is not what the tables say";
    Err(MpackError::malformed("frame", start as u64, reason))
}
