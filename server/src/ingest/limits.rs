//! What can be refused before any content is read: by what the client announces, and by what the
//! mpack's tables declare.

use muse_wire::history::TreeLimits;
use muse_wire::id::ObjectId;
use muse_wire::limits::{
    MAX_BASE_TREE_BYTES, PushLimits, STREAM_MAX_BYTES, STREAM_MAX_DIRECTORY_BYTES,
    STREAM_MAX_OBJECTS, STREAM_MAX_RAW_BYTES, STREAM_MAX_RECORD_BYTES,
};
use muse_wire::mpack::{Counts, FrameKind, Tables, most_table_bytes};
use muse_wire::problem::ProblemCode;

use crate::error::{Error, Result};
use crate::store::Store;

/// Most bytes of commit and snapshot records in one push, uncompressed: they are held in memory
/// until they are stored.
pub(super) const MAX_RECORD_BYTES: u64 = 512 * 1024 * 1024;

/// Room in an mpack's tables for sections of a later version of the format, in bytes.
const UNKNOWN_SECTION_BYTES: u64 = 1024 * 1024;

/// What one mpack may declare.
#[derive(Debug, Clone)]
pub(super) struct MpackLimits {
    push: PushLimits,
    /// Most bytes of records, uncompressed.
    record_bytes: u64,
    trees: TreeLimits,
}

impl MpackLimits {
    /// For an mpack that was uploaded.
    pub(super) fn uploaded(push: PushLimits) -> Self {
        Self {
            push,
            record_bytes: MAX_RECORD_BYTES,
            trees: TreeLimits {
                base_bytes: MAX_BASE_TREE_BYTES,
                ..TreeLimits::default()
            },
        }
    }

    /// For an mpack whose client waits while it is verified.
    pub(super) fn streamed(push: &PushLimits) -> Self {
        Self {
            push: PushLimits {
                mpack_bytes: max_streamed_bytes(push),
                objects: push.objects.min(STREAM_MAX_OBJECTS - 1),
                raw_bytes: push.raw_bytes.min(STREAM_MAX_RAW_BYTES - 1),
                ..push.clone()
            },
            record_bytes: STREAM_MAX_RECORD_BYTES - 1,
            trees: TreeLimits {
                base_bytes: MAX_BASE_TREE_BYTES,
                hashed_bytes: STREAM_MAX_DIRECTORY_BYTES - 1,
            },
        }
    }

    /// What its trees may cost.
    pub(super) const fn trees(&self) -> TreeLimits {
        self.trees
    }

    /// Most bytes of its tables: what its counts can need, and room for sections that this version
    /// does not know.
    pub(super) fn table_bytes(&self) -> u64 {
        most_table_bytes(&self.push, self.record_bytes).saturating_add(UNKNOWN_SECTION_BYTES)
    }

    /// For the thick form of an mpack that is within these limits: it takes more bytes, and holds
    /// no more.
    pub(super) fn of_thick_form(&self) -> Self {
        Self {
            push: PushLimits {
                mpack_bytes: u64::MAX,
                ratio: u64::MAX,
                ..self.push.clone()
            },
            ..self.clone()
        }
    }
}

/// Most bytes of an mpack that is streamed.
pub(super) fn max_streamed_bytes(push: &PushLimits) -> u64 {
    push.mpack_bytes.min(STREAM_MAX_BYTES - 1)
}

/// Checks the size of an mpack before anything of it is read.
///
/// # Errors
/// [`Error::Problem`] where it is over the limit.
pub(super) fn check_size(size_bytes: u64, limits: &MpackLimits) -> Result<()> {
    check_announced_size(size_bytes, limits.push.mpack_bytes)
}

/// Checks the size that a client announces.
///
/// # Errors
/// [`Error::Problem`] where it is over `limit`.
pub(super) fn check_announced_size(size_bytes: u64, limit: u64) -> Result<()> {
    if size_bytes <= limit {
        return Ok(());
    }
    let detail = format!("the mpack has {size_bytes} bytes; at most {limit} are taken this way");
    Err(Error::problem(ProblemCode::MpackTooLarge, detail))
}

/// Checks the counts that a client announces.
///
/// # Errors
/// [`Error::Problem`] names the limit.
pub(super) fn check_announced_counts(counts: &Counts, limits: &PushLimits) -> Result<()> {
    for (what, count, limit) in [
        ("objects", counts.objects, limits.objects),
        ("commits", counts.commits, limits.commits),
        ("raw bytes", counts.object_bytes, limits.raw_bytes),
    ] {
        if count > limit {
            let detail = format!("the push has {count} {what}; at most {limit} are taken");
            return Err(Error::problem(ProblemCode::PushTooLarge, detail));
        }
    }
    Ok(())
}

/// Checks the counts and sizes that an mpack declares. The verifier holds the mpack to what it
/// declares, so nothing inflates beyond these limits.
///
/// # Errors
/// [`Error::Problem`] names the limit.
pub(super) fn check_declared(tables: &Tables, size_bytes: u64, limits: &MpackLimits) -> Result<()> {
    let MpackLimits {
        push: limits,
        record_bytes: max_record_bytes,
        ..
    } = limits;
    let counts = tables.counts();
    let record_bytes = tables.raw_bytes_of(&[FrameKind::Commits, FrameKind::Snapshots]);
    let content_bytes = tables.raw_bytes_of(&[FrameKind::Objects, FrameKind::Chunks]);
    let whole = tables.objects().map(|object| u64::from(object.length));
    let large = tables.large_objects().map(|object| object.length);
    let largest = whole.chain(large).max();
    // Each is read and hashed as often as it is listed, and once where no list has it.
    let listed = tables
        .large_objects()
        .map(|object| object.chunks.len() as u64);
    for (what, actual, limit) in [
        ("objects", counts.objects, limits.objects),
        ("commits", counts.commits, limits.commits),
        ("snapshots", counts.snapshots, limits.commits),
        ("chunks in lists", listed.sum(), limits.objects),
        ("chunks", tables.chunk_count() as u64, limits.objects),
        (
            "bytes of chunks",
            tables.raw_bytes_of(&[FrameKind::Chunks]),
            limits.raw_bytes,
        ),
        (
            "bytes in one object",
            largest.unwrap_or(0),
            limits.object_bytes,
        ),
        (
            "bytes of objects and their bases",
            counts.object_bytes.saturating_add(counts.base_bytes),
            limits.raw_bytes,
        ),
        ("bytes of records", record_bytes, *max_record_bytes),
    ] {
        if actual > limit {
            let detail =
                format!("the push has {actual} {what}; at most {limit} are taken this way");
            return Err(Error::problem(ProblemCode::PushTooLarge, detail));
        }
    }
    let inflated_bytes = record_bytes.saturating_add(content_bytes);
    if inflated_bytes > limits.most_inflated_bytes(size_bytes, counts.base_bytes) {
        let detail = format!(
            "the mpack inflates from {size_bytes} bytes to {inflated_bytes}; this server takes \
             a ratio of {} at most",
            limits.ratio
        );
        return Err(Error::problem(ProblemCode::PushTooLarge, detail));
    }
    Ok(())
}

/// Refuses blocked content.
///
/// # Errors
/// [`Error::Problem`] names the first blocked object.
pub(super) async fn check_blocked(store: &Store, tables: &Tables) -> Result<()> {
    let whole = tables.objects().map(|object| object.id);
    let large = tables.large_objects().map(|object| object.id);
    let ids: Vec<ObjectId> = whole.chain(large).collect();
    match store.first_blocked(&ids).await? {
        None => Ok(()),
        Some(blocked) => {
            let detail = format!("the content of object {blocked} is blocked on this server");
            Err(Error::problem(ProblemCode::Blocked, detail))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_takes_less_than_its_bounds_and_an_upload_what_the_server_does() {
        let server = PushLimits::default();
        let streamed = MpackLimits::streamed(&server);
        assert_eq!(streamed.push.mpack_bytes, STREAM_MAX_BYTES - 1);
        assert_eq!(streamed.push.objects, STREAM_MAX_OBJECTS - 1);
        assert_eq!(streamed.push.raw_bytes, STREAM_MAX_RAW_BYTES - 1);
        assert_eq!(streamed.record_bytes, STREAM_MAX_RECORD_BYTES - 1);
        assert_eq!(streamed.trees.hashed_bytes, STREAM_MAX_DIRECTORY_BYTES - 1);
        let uploaded = MpackLimits::uploaded(server.clone());
        assert_eq!(uploaded.push.objects, server.objects);
        assert_eq!(uploaded.record_bytes, 512 << 20);
        assert!(uploaded.trees.hashed_bytes > streamed.trees.hashed_bytes);
    }

    #[test]
    fn a_server_that_takes_less_than_a_stream_may_have_takes_no_more_as_one() {
        let small = PushLimits {
            objects: 3,
            mpack_bytes: 4,
            raw_bytes: 5,
            ..PushLimits::default()
        };
        let streamed = MpackLimits::streamed(&small).push;
        assert_eq!(
            (streamed.objects, streamed.mpack_bytes, streamed.raw_bytes),
            (3, 4, 5)
        );
    }
}
