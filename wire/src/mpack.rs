//! The pack file that everything is stored and sent in. The format is specified in `wire/MPACK.md`.
//!
//! * [`MpackWriter`] writes one in a single pass.
//! * [`Tables`] are the fixed-width tables at its end: what a scan by id reads, and nothing else.
//! * [`Mpack`] reads one at random, mapped from a file or held in memory.
//! * [`Merge`] makes one of several.
//! * [`thicken()`] makes a thin one thick, which is how it is received.
//! * [`check_frames`] looks for damage in each frame.
//! * [`verify()`] reads one front to back, from anywhere, and checks all of it.

mod chunker;
mod codec;
mod compress;
mod error;
mod frame_buffer;
mod frame_checks;
mod layout;
mod merge;
mod order;
mod pool;
mod reader;
mod record;
mod shared_bytes;
mod sorted_ids;
mod tables;
mod thicken;
mod thin;
mod verify;
mod writer;

use serde::{Deserialize, Serialize};

pub use chunker::CutObject;
pub use codec::Codec;
pub use error::{MpackError, WriteError};
pub use frame_checks::{FrameCheck, check_frames};
pub use merge::{Merge, MergeError, MergeSelection};
pub use order::{Arranged, OrderedObject, arrange, write_order};
pub use reader::{Mpack, PartialFrame};
pub use tables::{
    Base, ChunkReference, ChunkRow, CommitRow, FrameKind, FrameRow, LargeObjectRow, ObjectRow,
    RecordPlace, SnapshotRow, TRAILER_BYTES, TableSection, Tables, Trailer, most_table_bytes,
};
pub use thicken::{Receiver, ThickenError, thicken};
pub use thin::{ThinCandidate, ThinFrame, ThinFramePlan, plan_thin_frames};
pub use verify::{Record, SinkError, VerifyError, VerifySink, check_large_object, verify};
pub use writer::{MpackWriter, NewCommit, Written};

/// How much an mpack holds: its `H` frame, and what a push announces.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Objects: files' contents.
    pub objects: u64,
    /// Commits.
    pub commits: u64,
    /// Snapshot records.
    pub snapshots: u64,
    /// Bytes of all objects together, uncompressed.
    pub object_bytes: u64,
    /// Bytes of contents that the receiver needs to decompress thin frames, uncompressed.
    #[serde(default)]
    pub base_bytes: u64,
}

impl Counts {
    /// Adds what another mpack holds.
    pub const fn add(&mut self, other: &Self) {
        self.objects += other.objects;
        self.commits += other.commits;
        self.snapshots += other.snapshots;
        self.object_bytes += other.object_bytes;
        self.base_bytes += other.base_bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_of_two_mpacks_add_up() {
        let counts = |factor: u64| Counts {
            objects: 2 * factor,
            commits: 3 * factor,
            snapshots: 5 * factor,
            object_bytes: 7 * factor,
            base_bytes: 11 * factor,
        };
        let mut sum = counts(2);
        sum.add(&counts(3));
        assert_eq!(sum, counts(5));
    }
}
