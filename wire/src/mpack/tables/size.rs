//! How large tables can be.

use super::sections::{
    CHUNK_REFERENCE_BYTES, COMMIT_ROW_BYTES, FRAME_ROW_BYTES, OBJECT_ROW_BYTES, SECTION_COUNT,
    SNAPSHOT_ROW_BYTES, WORD_BYTES, directory_bytes,
};
use crate::id::ID_BYTES;
use crate::limits::{
    MAX_PARENTS, MAX_TABLE_BYTES, MAX_THIN_TABLE_BYTES, PushLimits, RECORD_FRAME_RAW_BYTES,
};
use crate::mpack::layout::FRAME_HEADER_BYTES;
use crate::mpack::{Counts, WriteError};

/// What a limit is of.
pub(super) const TABLE_BYTES: &str = "bytes of tables";

/// Most bytes that the tables may take.
pub(super) const fn max_table_bytes(is_thin: bool) -> u64 {
    match is_thin {
        true => MAX_THIN_TABLE_BYTES,
        false => MAX_TABLE_BYTES,
    }
}

/// Checks that an mpack with these counts may have tables within their limit.
///
/// # Errors
/// [`WriteError::TooLarge`] if the least that they take is more: without frames, chunks, parents
/// outside of the mpack, third parents and bases.
pub(in crate::mpack) fn check_table_bytes(counts: &Counts) -> Result<(), WriteError> {
    let least_bytes = sum([
        (counts.objects, OBJECT_BYTES),
        (counts.commits, COMMIT_BYTES),
        (counts.snapshots, SNAPSHOT_BYTES),
        (1, directory_bytes(0)),
    ]);
    let limit = max_table_bytes(counts.base_bytes > 0);
    WriteError::check_limit(TABLE_BYTES, least_bytes, limit)
}

/// The most bytes that the frame of tables can take whose mpack is not thin, is within `limits` and
/// has at most `record_bytes` of records, uncompressed: with every entry in a frame of its own, and
/// everything that it refers to outside of the mpack.
///
/// A receiver with such limits refuses larger tables before it reads them. What it allows for
/// sections that it does not know comes on top.
pub fn most_table_bytes(limits: &PushLimits, record_bytes: u64) -> u64 {
    sum([
        // Of a large object there are fewer: it is in no frame.
        (limits.objects, OBJECT_BYTES + FRAME_ROW_BYTES),
        // Chunks, and references to them, are held to the limit of objects.
        (limits.objects, OBJECT_BYTES + FRAME_ROW_BYTES),
        (limits.objects, CHUNK_REFERENCE_BYTES + ID_BYTES),
        (limits.commits, COMMIT_BYTES + FRAME_ROW_BYTES + ID_BYTES),
        (limits.commits, MAX_PARENTS * (WORD_BYTES + ID_BYTES)),
        // There are no more snapshot records than commits.
        (limits.commits, SNAPSHOT_BYTES + FRAME_ROW_BYTES + ID_BYTES),
        // Frames in which a record goes on.
        (record_bytes / RECORD_FRAME_RAW_BYTES, FRAME_ROW_BYTES),
        (1, FRAME_HEADER_BYTES + directory_bytes(SECTION_COUNT)),
    ])
}

/// Id, row and offset of an object or a chunk.
const OBJECT_BYTES: usize = ID_BYTES + OBJECT_ROW_BYTES + WORD_BYTES;
/// Id, row and offset of a commit.
const COMMIT_BYTES: usize = ID_BYTES + COMMIT_ROW_BYTES + WORD_BYTES;
/// Id, row and offset of a snapshot record.
const SNAPSHOT_BYTES: usize = ID_BYTES + SNAPSHOT_ROW_BYTES + WORD_BYTES;

fn sum<const N: usize>(parts: [(u64, usize); N]) -> u64 {
    let bytes = |(count, bytes): (u64, usize)| count.saturating_mul(bytes as u64);
    parts.into_iter().map(bytes).fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::commit::{Author, Commit, CommitEnvelope, Timestamp};
    use crate::id::{ChunkId, CommitId, ObjectId, SnapshotId};
    use crate::limits::MAX_CHUNK_BYTES;
    use crate::mpack::{Mpack, MpackWriter, NewCommit};
    use crate::snapshot::SnapshotRecord;

    /// The tables of an mpack that has and names as much as two objects and one commit can.
    fn fullest() -> Mpack {
        let counts = Counts {
            objects: 2,
            commits: 1,
            snapshots: 1,
            object_bytes: 1 + 2 * MAX_CHUNK_BYTES,
            base_bytes: 0,
        };
        let mut writer = MpackWriter::new(Vec::new(), counts).expect("memory takes all");
        let added = writer.add_object(ObjectId::of(b"a"), b"a");
        added.expect("as announced");
        writer.add_chunk(ChunkId::of(b"b"), b"b").expect("in order");
        let chunk = |byte| (ChunkId::from_bytes([byte; 32]), MAX_CHUNK_BYTES as u32);
        let added = writer.add_chunk_list(ObjectId::from_bytes([1; 32]), vec![chunk(1), chunk(2)]);
        added.expect("as announced");
        let commit = Commit {
            parents: (0..MAX_PARENTS as u8)
                .map(|byte| CommitId::from_bytes([byte; 32]))
                .collect(),
            snapshot: SnapshotId::from_bytes([1; 32]),
            author: Author {
                name: "Ada".into(),
                email: String::new(),
            },
            committed_at: Timestamp {
                seconds: 0,
                offset_minutes: 0,
            },
            message: String::new(),
            metadata: BTreeMap::new(),
            delta_digest: None,
            signers: Vec::new(),
        };
        let new = NewCommit {
            envelope: &CommitEnvelope::plain(commit.encode().expect("valid")),
            commit: &commit,
            generation: 2,
        };
        writer.add_commit(&new).expect("in order");
        let record = SnapshotRecord {
            id: SnapshotId::from_bytes([2; 32]),
            base: Some(SnapshotId::from_bytes([3; 32])),
            changes: Vec::new(),
        };
        writer.add_snapshot(&record).expect("in order");
        Mpack::from_bytes(writer.finish().expect("as announced").out).expect("opens")
    }

    #[test]
    fn nothing_within_the_limits_has_larger_tables() {
        let limits = PushLimits {
            objects: 2,
            commits: 1,
            ..PushLimits::default()
        };
        let actual = fullest().tables().trailer().tables_bytes;
        let most = most_table_bytes(&limits, RECORD_FRAME_RAW_BYTES - 1);
        // The second object is a large one, and there is one chunk; the last parent is no edge; and
        // there are neither bases nor the directory's entries for them.
        let large = FRAME_ROW_BYTES + OBJECT_BYTES - (ID_BYTES + WORD_BYTES);
        let chunk = FRAME_ROW_BYTES + OBJECT_BYTES;
        let unused = large + chunk + WORD_BYTES + 2 * 2 * WORD_BYTES;
        assert_eq!(actual + unused as u64, most);
        // A record of three frames goes on in two of them.
        let longer = most_table_bytes(&limits, 3 * RECORD_FRAME_RAW_BYTES - 1);
        assert_eq!(longer, most + 2 * FRAME_ROW_BYTES as u64);
    }
}
