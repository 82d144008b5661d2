//! An error says where in the file the rule is broken.

use muse_wire::mpack::MpackError;

use super::{large_objects, small};
use crate::forge::Forge;
use crate::sample::parse_tables;
use crate::section::Section;

/// The section, the byte in it where the row starts, and what is done to the row.
type Case = (u32, u64, fn(&mut Forge));

/// Where this byte of a section stands in the file.
fn place_of(forge: &Forge, number: u32, byte: u64) -> u64 {
    let sections = forge.sections();
    let tables_bytes = Section::join(&sections).len() as u64;
    // The trailer is behind the tables.
    let tables_start = forge.build().len() as u64 - 54 - tables_bytes;
    let directory_bytes = 4 + 8 * sections.len() as u64;
    let before = sections
        .iter()
        .take_while(|section| section.number != number);
    let before_bytes: u64 = before.map(|section| u64::from(section.length)).sum();
    tables_start + directory_bytes + before_bytes + byte
}

/// Bends tables and gives what is wrong with them, and where the row is.
fn bent(mut forge: Forge, (number, byte, bend): Case) -> (MpackError, u64) {
    bend(&mut forge);
    let error = parse_tables(&forge.build()).map(drop);
    let place = place_of(&forge, number, byte);
    (error.expect_err("a broken rule"), place)
}

#[test]
fn an_error_names_the_row_that_breaks_the_rule() {
    let cases: [Case; 21] = [
        (1, 40, |forge| forge.frames[1].row_head[0] = b'X'),
        (1, 80, |forge| forge.frames[2].row_offset_lie = 1),
        (1, 80, |forge| forge.frames[2].row_head[1] = 9),
        (1, 80, |forge| forge.frames[2].row_head[2] = 1),
        (1, 80, |forge| forge.frames[2].raw_bytes = 1 << 40),
        (1, 80, |forge| forge.frames[2].words[0] = 1),
        (2, 64, |forge| forge.objects.ids[2] = forge.objects.ids[1]),
        (8, 32, |forge| forge.external_commits.push([0xff; 32])),
        (9, 32, |forge| forge.external_snapshots.swap(0, 1)),
        (10, 8, |forge| forge.objects.rows[2][0] = 9),
        (11, 0, |forge| forge.objects.offsets[0] = 1),
        (11, 4, |forge| forge.objects.offsets[2] = 59),
        (14, 56, |forge| forge.commits.rows[2][1] = 0),
        (14, 84, |forge| forge.commits.rows[3][4] = 1000),
        (14, 112, |forge| forge.commits.rows[4][5] = 1000),
        (15, 12, |forge| forge.commits.offsets[4] = 1 << 31),
        (16, 16, |forge| forge.snapshots.rows[2][0] = 9),
        (16, 16, |forge| forge.snapshots.rows[2][1] = 1000),
        (17, 0, |forge| forge.snapshots.offsets[1] = u32::MAX),
        (17, 4, |forge| {
            forge.snapshots.offsets[2] = forge.snapshots.offsets[1]
        }),
        (18, 0, |forge| forge.edges.push(0)),
    ];
    for case in cases {
        let (error, place) = bent(small(), case);
        assert_eq!(error.offset, place, "section {}: {error}", case.0);
    }
}

#[test]
fn an_error_names_the_large_object_or_chunk_reference() {
    let cases: [Case; 3] = [
        (4, 32, |forge| forge.large_ids[1] = forge.large_ids[0]),
        (19, 0, |forge| forge.large_rows[1] = 1000),
        (20, 32, |forge| forge.chunk_references[4][0] = 1000),
    ];
    for case in cases {
        let (error, place) = bent(Forge::open(&large_objects::sample()), case);
        assert_eq!(error.offset, place, "section {}: {error}", case.0);
    }
}

#[test]
fn an_error_names_the_base_or_its_path() {
    let cases: [Case; 5] = [
        (1, 40, |forge| forge.frames[1].words[2] = 3),
        (21, 8, |forge| forge.bases[1][0] = 1000),
        (21, 8, |forge| forge.bases[1][1] = 0),
        (22, 8, |forge| {
            forge.base_paths = b"dir/old\0../up\0".to_vec()
        }),
        (22, 0, |forge| forge.base_paths = b"dir/old\0".to_vec()),
    ];
    for case in cases {
        let (error, place) = bent(Forge::open(&crate::thin::sample()), case);
        assert_eq!(error.offset, place, "section {}: {error}", case.0);
    }
}
