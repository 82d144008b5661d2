//! Claims of 10⁹ of anything: refused before they cost memory.

use muse_wire::mpack::Mpack;
use muse_wire::problem::ProblemCode::MpackMalformed;

use super::{large_objects, small};
use crate::allocations::peak_bytes_of;
use crate::forge::Forge;
use crate::section::Section;

const BILLION: u32 = 1_000_000_000;

#[track_caller]
fn refuse_cheaply(bytes: Vec<u8>) {
    let (refused, peak) = peak_bytes_of(|| Mpack::from_bytes(bytes).map(drop));
    let error = refused.expect_err("a claim without what is claimed");
    assert_eq!(error.code, MpackMalformed);
    assert!(peak < 64 << 10, "{peak} bytes were taken");
}

#[test]
fn a_billion_of_anything_costs_nothing() {
    let bends: &[fn(&mut Forge)] = &[
        |forge| forge.announced = [BILLION.into(); 5],
        |forge| forge.frames[0].words[0] = BILLION,
        |forge| forge.frames[0].words[1] = BILLION,
        |forge| forge.frames[0].words[2] = BILLION,
        |forge| forge.frames[0].raw_bytes = BILLION.into(),
        |forge| forge.frames[0].row_stored_lie = BILLION.into(),
        |forge| forge.frames[0].row_offset_lie = BILLION.into(),
        |forge| forge.objects.rows[0] = [BILLION],
        |forge| forge.objects.offsets[1] = BILLION,
        |forge| forge.commits.rows[0] = [BILLION; 7],
        |forge| forge.snapshots.rows[0] = [BILLION; 2],
        |forge| forge.edges[0] = BILLION,
    ];
    for bend in bends {
        let mut forge = small();
        bend(&mut forge);
        refuse_cheaply(forge.build());
    }
    let bends: &[fn(&mut Forge)] = &[
        |forge| forge.large_rows[1] = BILLION,
        |forge| forge.chunk_references[0] = [BILLION; 2],
        |forge| forge.chunks.rows[0] = [BILLION],
        |forge| forge.chunks.offsets[1] = BILLION,
    ];
    let sample = large_objects::sample();
    for bend in bends {
        let mut forge = Forge::open(&sample);
        bend(&mut forge);
        refuse_cheaply(forge.build());
    }
}

#[test]
fn a_billion_sections_cost_nothing() {
    let forge = small();
    let mut tables = Section::join(&forge.sections());
    tables[..4].copy_from_slice(&BILLION.to_le_bytes());
    refuse_cheaply(forge.build_tables(0, &tables));
    let mut sections = forge.sections();
    for index in 0..sections.len() {
        let honest = sections[index].length;
        sections[index].length = BILLION;
        refuse_cheaply(forge.build_sections(&sections));
        sections[index].length = honest;
    }
}
