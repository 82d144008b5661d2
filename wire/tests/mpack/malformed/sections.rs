//! The rules of the tables' frame, its directory and its sections.

use muse_wire::limits::MAX_COMPRESSED_TABLE_BYTES;
use muse_wire::problem::ProblemCode::{self, MpackMalformed, MpackVersion};

use super::{assert_refused, small};
use crate::allocations::peak_bytes_of;
use crate::sample::{parse_tables, verify_bytes};
use crate::section::Section;

/// Bends the sections of a small mpack and checks that they are refused.
#[track_caller]
fn refuse(bend: impl FnOnce(&mut Vec<Section>), code: ProblemCode, reason: &str) {
    let forge = small();
    let mut sections = forge.sections();
    bend(&mut sections);
    assert_refused(&forge.build_sections(&sections), code, reason);
}

/// The section of this number.
fn section(sections: &mut [Section], number: u32) -> &mut Section {
    let found = sections.iter_mut().find(|section| section.number == number);
    found.expect("the sample has the section")
}

#[test]
fn unknown_sections_are_skipped() {
    let forge = small();
    let mut sections = forge.sections();
    sections.push(Section::new(23, vec![1]));
    sections.push(Section::new((1 << 31) - 1, b"from the future".to_vec()));
    let bytes = forge.build_sections(&sections);
    let received = verify_bytes(&bytes).expect("they say nothing that a reader must know");
    assert_eq!(received.commits.len() + received.snapshots.len(), 8);
}

#[test]
fn an_unknown_section_that_is_required_is_a_newer_version() {
    for number in [1 << 31, 1 << 31 | 1, 1 << 31 | 23, u32::MAX] {
        refuse(
            |sections| sections.push(Section::new(number, vec![0; 4])),
            MpackVersion,
            "written by a newer version",
        );
    }
}

#[test]
fn the_directory_lists_each_section_once_in_order() {
    refuse(|sections| sections.swap(0, 1), MpackMalformed, "not above");
    refuse(
        |sections| {
            let again = sections[1].clone();
            sections.insert(1, again);
        },
        MpackMalformed,
        "not above",
    );
    refuse(
        |sections| sections.insert(0, Section::new(0, vec![0; 4])),
        MpackMalformed,
        "not above",
    );
    refuse(
        |sections| sections.push(Section::new(23, Vec::new())),
        MpackMalformed,
        "empty section",
    );
}

#[test]
fn the_sections_add_up_to_the_tables() {
    refuse(
        |sections| section(sections, 17).bytes.push(0),
        MpackMalformed,
        "do not add up",
    );
    refuse(
        |sections| section(sections, 17).length -= 4,
        MpackMalformed,
        "do not add up",
    );
    // The last section is one byte longer than the tables.
    refuse(
        |sections| {
            let mut last = Section::new(23, vec![1; 4]);
            last.length = 5;
            sections.push(last);
        },
        MpackMalformed,
        "does not fit",
    );
    for length in [u32::MAX, 1 << 31, 1_000_000_000] {
        refuse(
            |sections| section(sections, 1).length = length,
            MpackMalformed,
            "does not fit",
        );
    }
}

#[test]
fn the_directory_fits_into_the_tables() {
    let forge = small();
    // Four entries take 32 bytes.
    let cut = [4, 0, 0, 0].into_iter().chain([0; 31]).collect::<Vec<u8>>();
    for tables in [
        &[][..],
        &[0, 0],
        &[1, 0, 0, 0],
        &[0xff; 4],
        &[0xff; 12],
        &cut,
    ] {
        let bytes = forge.build_tables(0, tables);
        assert_refused(&bytes, MpackMalformed, "longer than the tables");
    }
    let mut tables = Section::join(&forge.sections());
    for count in [1_000_000_000_u32, u32::MAX] {
        tables[..4].copy_from_slice(&count.to_le_bytes());
        let bytes = forge.build_tables(0, &tables);
        assert_refused(&bytes, MpackMalformed, "longer than the tables");
    }
}

#[test]
fn sections_are_whole_rows_and_columns_have_a_row_for_each_id() {
    for number in (1..=18).filter(|number| ![3, 4, 7, 12, 13].contains(number)) {
        refuse(
            |sections| {
                section(sections, number).bytes.push(0);
                section(sections, number).length += 1;
            },
            MpackMalformed,
            "whole row",
        );
    }
    for number in [10, 11, 14, 15, 16, 17] {
        refuse(
            |sections| {
                let row_bytes = match number {
                    14 => 28,
                    16 => 8,
                    _ => 4,
                };
                let section = section(sections, number);
                section.length -= row_bytes;
                section.bytes.truncate(section.length as usize);
            },
            MpackMalformed,
            "as many rows",
        );
        refuse(
            |sections| sections.retain(|section| section.number != number),
            MpackMalformed,
            "as many rows",
        );
    }
}

#[test]
fn the_tables_are_stored_or_compressed() {
    let forge = small();
    let tables = Section::join(&forge.sections());
    let compressed = zstd::bulk::compress(&tables, 3).expect("compresses");
    verify_bytes(&forge.build_tables(1, &compressed)).expect("the same tables");
    for codec in [2, 3, 4, 255] {
        let bytes = forge.build_tables(codec, &tables);
        assert_refused(&bytes, MpackVersion, "written by a newer version");
    }
    assert_refused(&forge.build_tables(1, &tables), MpackMalformed, "");
    let mut tail = compressed.clone();
    tail.push(0);
    assert_refused(
        &forge.build_tables(1, &tail),
        MpackMalformed,
        "bytes follow",
    );
    assert_refused(&forge.build_tables(1, &[]), MpackMalformed, "too short");
}

#[test]
fn compressed_tables_are_at_most_16_mebibytes() {
    let forge = small();
    let limit = MAX_COMPRESSED_TABLE_BYTES as usize;
    let mut sections = forge.sections();
    let used = Section::join(&sections).len() + 8;
    sections.push(Section::new(23, vec![0; limit - used]));
    let tables = Section::join(&sections);
    assert_eq!(tables.len(), limit);
    let compress = |tables: &[u8]| zstd::bulk::compress(tables, 3).expect("compresses");
    verify_bytes(&forge.build_tables(1, &compress(&tables))).expect("as large as allowed");
    sections.pop();
    sections.push(Section::new(23, vec![0; limit - used + 1]));
    let tables = Section::join(&sections);
    let bytes = forge.build_tables(1, &compress(&tables));
    let (refused, peak) = peak_bytes_of(|| parse_tables(&bytes).map(drop));
    let error = refused.expect_err("one byte too many");
    assert!(
        error.reason.contains("larger than compressed tables"),
        "{error}"
    );
    assert!(peak < 1 << 20, "{peak} bytes");
    // Uncompressed, tables may be larger.
    verify_bytes(&forge.build_tables(0, &tables)).expect("below the other limit");
}
