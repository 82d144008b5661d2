//! Mpacks that were pushed or downloaded: verified against a repository.

use muse_wire::id::SnapshotId;
use muse_wire::mpack::{FrameKind, Merge, MergeError, Mpack, MpackWriter};
use muse_wire::snapshot::SnapshotRecord;

use crate::files::{file, key_of, tables};
use crate::memory::within;
use crate::receive::receive;

/// Verification takes this much, and so many times the bytes of the records.
const VERIFY_BYTES: u64 = 80 << 20;
const BYTES_PER_RECORD_BYTE: u64 = 32;

/// Verifies a whole file. What is accepted can be read, and written anew.
pub fn verifier(input: &[u8]) {
    let Some(file) = file(input) else {
        return;
    };
    let Ok(tables) = tables(&file) else {
        return;
    };
    let key = key_of(&file);
    let record_bytes = tables.raw_bytes_of(&[FrameKind::Commits, FrameKind::Snapshots]);
    let limit = VERIFY_BYTES + BYTES_PER_RECORD_BYTE * record_bytes;
    let Ok(received) = within(limit, || receive(&file, &tables, &key)) else {
        return;
    };
    assert_eq!(received.commits.len(), tables.commit_count());
    assert_eq!(received.snapshots.len(), tables.snapshot_count());
    let mpack = Mpack::from_bytes(file).expect("verified");
    for row in tables.objects() {
        assert!(mpack.read_object(&row.id).expect("verified").is_some());
    }
    for row in tables.commits() {
        assert!(mpack.read_commit(&row.id).expect("verified").is_some());
    }
    let merged = merge(&mpack).expect("verified");
    let again = crate::files::tables(&merged).expect("just written");
    assert_eq!(again.counts(), tables.counts());
    let merged = receive(&merged, &again, &key_of(&merged)).expect("the same contents");
    assert_eq!(merged, received);
}

/// The same mpack, written anew.
fn merge(mpack: &Mpack) -> Result<Vec<u8>, MergeError<std::convert::Infallible>> {
    let sources = [mpack];
    let merge = Merge::plan(&sources)?;
    let mut writer = MpackWriter::new(Vec::new(), merge.counts())?;
    merge.write(&mut writer, |id: &SnapshotId| {
        Ok(SnapshotRecord {
            id: *id,
            base: None,
            changes: Vec::new(),
        })
    })?;
    Ok(writer.finish()?.out)
}
