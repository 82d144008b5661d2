//! What can be refused from an mpack's tables alone, before any of its content costs anything.

use muse_wire::id::ObjectId;
use muse_wire::limits::PushLimits;
use muse_wire::mpack::{FrameKind, Tables};
use muse_wire::problem::{Problem, ProblemCode};

use crate::failure::Failure;
use crate::store::Store;

/// Most bytes of commit and snapshot records in one push, uncompressed: they are held in memory
/// until they are stored.
pub(super) const MAX_RECORD_BYTES: u64 = 512 * 1024 * 1024;

/// Checks counts and declared sizes. The verifier holds the mpack to what it declares, so nothing
/// inflates beyond these limits either.
///
/// # Errors
/// The problem names the limit.
pub(super) fn check_limits(tables: &Tables, limits: &PushLimits) -> Result<(), Problem> {
    let counts = tables.counts();
    let record_bytes = (0..tables.frame_count())
        .map(|index| tables.frame(index))
        .filter(|frame| frame.kind != FrameKind::Objects)
        .fold(0_u64, |sum, frame| sum.saturating_add(frame.raw_bytes));
    let object_bytes = tables
        .objects()
        .fold(0_u64, |sum, object| sum.saturating_add(object.length));
    let largest = tables.objects().map(|object| object.length).max();
    for (what, actual, limit) in [
        ("objects", counts.objects, limits.objects),
        ("commits", counts.commits, limits.commits),
        ("snapshots", counts.snapshots, limits.commits),
        (
            "bytes in one object",
            largest.unwrap_or(0),
            limits.object_bytes,
        ),
        ("bytes of objects", object_bytes, limits.raw_bytes),
        ("bytes of records", record_bytes, MAX_RECORD_BYTES),
    ] {
        if actual > limit {
            return Err(Problem::new(
                ProblemCode::PushTooLarge,
                format!("the push has {actual} {what}; this server takes {limit}"),
            ));
        }
    }
    Ok(())
}

/// Refuses blocked content.
///
/// # Errors
/// [`Failure::Refused`] names the first blocked object.
pub(super) async fn check_blocked(store: &Store, tables: &Tables) -> Result<(), Failure> {
    let ids: Vec<ObjectId> = tables.objects().map(|object| object.id).collect();
    match store.first_blocked(&ids).await? {
        None => Ok(()),
        Some(blocked) => {
            let detail = format!("the content of object {blocked} is blocked on this server");
            Err(Failure::refused(ProblemCode::Blocked, detail))
        }
    }
}
