//! The writer refuses what no reader would take, before the output is of any use.

use muse_wire::id::{ObjectId, SnapshotId};
use muse_wire::limits::{
    MAX_OBJECT_FRAME_RAW_BYTES, MAX_SNAPSHOT_CHANGES, MAX_STRUCTURED_DELTA_BYTES, MAX_TABLE_BYTES,
    MAX_THIN_TABLE_BYTES,
};
use muse_wire::mpack::{Counts, MpackWriter, NewCommit, WriteError};
use muse_wire::path::RepoPath;
use muse_wire::snapshot::{Change, Entry, EntryKind, SnapshotRecord};

use super::sample::Sample;

#[test]
fn tables_over_the_limit_are_refused_before_anything_is_written() {
    let mut written = Vec::new();
    let most = Counts {
        objects: (MAX_TABLE_BYTES - 4) / 40,
        ..Counts::default()
    };
    MpackWriter::new(Vec::new(), most).expect("there might be room");
    let counts = Counts {
        objects: most.objects + 1,
        ..most
    };
    let refused = MpackWriter::new(&mut written, counts).map(drop);
    assert!(
        matches!(refused, Err(WriteError::TooLarge { limit, .. }) if limit == MAX_TABLE_BYTES),
        "{refused:?}"
    );
    assert!(written.is_empty());
    let thin = Counts {
        objects: MAX_THIN_TABLE_BYTES / 40 + 1,
        base_bytes: 1,
        ..Counts::default()
    };
    let refused = MpackWriter::new(&mut written, thin).map(drop);
    assert!(
        matches!(refused, Err(WriteError::TooLarge { limit, .. }) if limit == MAX_THIN_TABLE_BYTES),
        "{refused:?}"
    );
    assert!(written.is_empty());
    let huge = Counts {
        commits: u64::MAX,
        snapshots: u64::MAX,
        ..counts
    };
    assert!(MpackWriter::new(Vec::new(), huge).is_err());
}

#[test]
fn a_snapshot_record_with_too_many_changes_is_refused() {
    let change = Change {
        path: RepoPath::new("a").expect("valid"),
        entry: Some(Entry {
            kind: EntryKind::File,
            object: ObjectId::of(b"a"),
        }),
    };
    let record = SnapshotRecord {
        id: SnapshotId::from_bytes([1; 32]),
        base: None,
        changes: vec![change; MAX_SNAPSHOT_CHANGES + 1],
    };
    let counts = Counts {
        snapshots: 1,
        ..Counts::default()
    };
    let mut writer = MpackWriter::new(Vec::new(), counts).expect("memory takes all");
    let refused = writer.add_snapshot(&record).expect_err("too many");
    assert_eq!(
        refused.to_string(),
        "the mpack would hold 4000001 changes in a snapshot record; the format allows 4000000"
    );
}

#[test]
fn a_structured_delta_over_the_limit_is_refused() {
    let mut sample = Sample::small();
    let commit = sample.commits.remove(0);
    let mut envelope = commit.envelope;
    envelope.delta = Some(vec![0; MAX_STRUCTURED_DELTA_BYTES + 1]);
    let counts = Counts {
        commits: 1,
        ..Counts::default()
    };
    let mut writer = MpackWriter::new(Vec::new(), counts).expect("memory takes all");
    let refused = writer.add_commit(&NewCommit {
        envelope: &envelope,
        commit: &commit.commit,
        generation: 1,
    });
    assert!(
        matches!(refused, Err(WriteError::TooLarge { .. })),
        "{refused:?}"
    );
}

/// An output that has room for some bytes.
struct Disk(usize);

impl std::io::Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0 < bytes.len() {
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        self.0 -= bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_told_from_wrong_calls() {
    let counts = Sample::small().counts();
    let full = MpackWriter::new(Disk(10), counts).map(drop);
    assert!(full.expect_err("no room for the header").is_io());
    let writer = MpackWriter::new(Disk(1000), counts).expect("room for the header");
    let wrong = writer.finish().map(drop).expect_err("nothing was added");
    assert!(!wrong.is_io());
}

/// Fails at its second write, and at no other.
#[derive(Default)]
struct Flaky(u32);

impl std::io::Write for Flaky {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += 1;
        match self.0 {
            2 => Err(std::io::Error::other("the network is away for a moment")),
            _ => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_writer_whose_output_failed_does_not_finish() {
    let counts = Counts {
        objects: 1,
        object_bytes: 1,
        ..Counts::default()
    };
    let mut writer = MpackWriter::new(Flaky::default(), counts).expect("the first write");
    writer
        .add_object(ObjectId::of(b"a"), b"a")
        .expect("announced");
    // The frame with the object ends here.
    let failed = writer.begin_group(MAX_OBJECT_FRAME_RAW_BYTES);
    assert!(failed.expect_err("the second write").is_io());
    let refused = writer.finish().map(drop).expect_err("a part is missing");
    assert_eq!(
        refused.to_string(),
        "the mpack cannot be written: an earlier error was ignored"
    );
}
