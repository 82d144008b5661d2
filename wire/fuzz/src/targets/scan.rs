//! Scans by id: trailer and tables alone, of a file of which nothing else is read.

use std::collections::BTreeSet;

use muse_wire::limits::MAX_COMPRESSED_TABLE_BYTES;
use muse_wire::mpack::{Codec, FrameKind, Mpack, TRAILER_BYTES, Tables, Trailer};

use crate::choices::Choices;
use crate::files::{file, tables};
use crate::memory::within;

/// A scan takes this much, beside the tables where they are compressed, and so many times the
/// bytes of the file.
const SCAN_BYTES: u64 = 64 << 10;
const BYTES_PER_FILE_BYTE: u64 = 6;

/// Parses trailer and tables of a file whose length may be another than its trailer fits.
pub fn scan(input: &[u8]) {
    let Some((&first, rest)) = input.split_first() else {
        return;
    };
    if first % 8 == 7 {
        return scan_parts(rest);
    }
    let Some(file) = file(rest) else {
        return;
    };
    let bytes = file.len() as u64;
    let limit = SCAN_BYTES + BYTES_PER_FILE_BYTE * bytes + MAX_COMPRESSED_TABLE_BYTES;
    let scanned = within(limit, || tables(&file).inspect(look_up));
    let is_valid = scanned.is_ok();
    // A scan sees all of a file but header and frames.
    if Mpack::from_bytes(file).is_ok() {
        assert!(is_valid);
    }
}

/// A trailer and tables that do not belong together.
fn scan_parts(input: &[u8]) {
    let mut choices = Choices::new(input);
    let file_bytes = choices.long();
    let mut trailer = choices.bytes().to_vec();
    trailer.resize(TRAILER_BYTES as usize, 0);
    if let Ok(trailer) = Trailer::parse(&trailer, file_bytes) {
        assert_eq!(trailer.file_bytes(), file_bytes);
        let frame = choices.rest().to_vec();
        let limit = SCAN_BYTES + BYTES_PER_FILE_BYTE * frame.len() as u64;
        let _ = within(limit, || Tables::parse(frame, &trailer).map(drop));
    }
}

fn look_up(tables: &Tables) {
    for frame in 0..tables.frame_count() {
        let row = tables.frame(frame);
        assert!(row.offset + row.stored_bytes <= tables.trailer().tables_offset);
        let _ = tables.entry_count(frame);
        assert_eq!(
            tables.bases_of(frame).is_empty(),
            row.codec != Codec::ZstdBases
        );
    }
    let ids: BTreeSet<_> = tables.objects().map(|row| row.id).collect();
    assert_eq!(
        ids.is_empty(),
        tables.is_thin() || tables.object_count() == 0
    );
    assert!(ids.is_empty() || ids.len() == tables.object_count());
    let ids: BTreeSet<_> = tables.commits_in_file_order().map(|row| row.id).collect();
    assert_eq!(ids.len(), tables.commit_count());
    assert!(tables.external_commits().iter().all(|id| !ids.contains(id)));
    let ids: BTreeSet<_> = tables.snapshots_in_file_order().map(|row| row.id).collect();
    assert_eq!(ids.len(), tables.snapshot_count());
    assert!(
        tables
            .external_snapshots()
            .iter()
            .all(|id| !ids.contains(id))
    );
    let ids: BTreeSet<_> = tables.chunks().map(|row| row.id).collect();
    assert!(tables.external_chunks().iter().all(|id| !ids.contains(id)));
    for row in tables.large_objects() {
        assert_eq!(
            tables.chunk_list(&row).len(),
            tables.chunks_of(&row).count()
        );
    }
    let kinds = [
        FrameKind::Objects,
        FrameKind::Chunks,
        FrameKind::Commits,
        FrameKind::Snapshots,
    ];
    let frames = kinds.map(|kind| tables.frames_of(kind).len());
    assert_eq!(frames.iter().sum::<usize>(), tables.frame_count() as usize);
    assert_eq!(tables.is_thin(), tables.counts().base_bytes > 0);
}
