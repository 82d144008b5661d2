//! Thin mpacks: made thick against a repository, then verified.

use muse_wire::mpack::{FrameKind, Mpack};

use crate::files::{file, key_of, tables};
use crate::memory::within;
use crate::receive::receive;
use crate::repository::REPOSITORY;

/// Making an mpack thick takes this much, and so many times the bytes of its objects and records.
const THICKEN_BYTES: u64 = 80 << 20;
const BYTES_PER_RAW_BYTE: u64 = 32;
/// Most bytes of a thick mpack that are not its objects' and records': tables, and full listings in
/// the place of records.
const MORE_BYTES: u64 = 64 << 10;

/// Makes a file thick that need not be thin. What comes out is no larger than what was declared,
/// and holds the same.
pub fn thicken(input: &[u8]) {
    let Some(file) = file(input) else {
        return;
    };
    let key = key_of(&file);
    let file_bytes = file.len() as u64;
    let Ok(thin) = Mpack::from_bytes(file) else {
        return;
    };
    let before = thin.tables();
    let record_bytes = before.raw_bytes_of(&[FrameKind::Commits, FrameKind::Snapshots]);
    let raw_bytes = before.counts().object_bytes + record_bytes;
    let limit = THICKEN_BYTES + BYTES_PER_RAW_BYTE * raw_bytes;
    let thick = within(limit, || {
        muse_wire::mpack::thicken(&thin, &key, &*REPOSITORY, Vec::new())
    });
    let thick = match thick {
        Ok(thick) => thick,
        Err(error) => return assert!(error.problem_code().is_some(), "{error:?}"),
    };
    assert_eq!(
        (thick.key, thick.size_bytes),
        (key_of(&thick.out), thick.out.len() as u64)
    );
    assert!(thick.size_bytes <= file_bytes + 2 * raw_bytes + MORE_BYTES);
    let after = tables(&thick.out).expect("just written");
    assert!(!after.is_thin());
    assert_eq!(before.object_count(), after.object_count());
    assert!(
        before
            .commits()
            .map(|row| row.id)
            .eq(after.commits().map(|row| row.id))
    );
    assert!(
        before
            .snapshots()
            .map(|row| row.id)
            .eq(after.snapshots().map(|row| row.id))
    );
    let _ = receive(&thick.out, &after, &thick.key);
}
