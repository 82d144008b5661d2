//! Breaks the rules of an mpack, one field at a time. Offsets, checksum and key are put right
//! afterwards, unless they are what is bent.

use crate::choices::Choices;
use crate::forge::{Forge, ForgedFrame};
use crate::section::{Columns, Id, Section};

/// Most rules that are broken in one mpack: more of them hide each other.
const MAX_BENDS: u8 = 4;
/// Most raw bytes that a frame is given.
const MAX_HELD_BYTES: u32 = 20 << 20;

/// The mpack, bent as chosen.
pub(crate) fn bend(mut forge: Forge, choices: &mut Choices<'_>) -> Vec<u8> {
    let has_prefixes = forge.frames.iter().any(|frame| frame.codec == 3);
    if has_prefixes && !choices.once_in(4) {
        forge = forge.without_prefixes();
    }
    for _ in 0..choices.byte() % (MAX_BENDS + 1) {
        bend_once(&mut forge, choices);
    }
    let mut sections = forge.sections();
    if choices.once_in(8) {
        bend_sections(&mut sections, choices);
    }
    let mut tables = Section::join(&sections);
    if choices.once_in(16) {
        choices.bend_bytes(&mut tables);
    }
    let mut file = match choices.byte() % 16 {
        15 => forge.build_tables(choices.byte(), &tables),
        13 | 14 => {
            let compressed = zstd::bulk::compress(&tables, 1).expect("memory takes all");
            forge.build_tables(1, &compressed)
        }
        _ => forge.build_tables(0, &tables),
    };
    if choices.once_in(16) {
        choices.bend_bytes(&mut file);
    }
    file
}

fn bend_once(forge: &mut Forge, choices: &mut Choices<'_>) {
    match choices.byte() % 24 {
        0 => {
            let count = &mut forge.announced[choices.below(5)];
            *count = choices.bend(*count);
        }
        1 => match choices.byte() % 6 {
            0 => forge.version = choices.word() as u16,
            1 => forge.hash = choices.word() as u16,
            2 => forge.compatible_flags = choices.word(),
            3 => forge.end_version = choices.word() as u16,
            4 => forge.end_hash = choices.word() as u16,
            _ => {
                forge.incompatible_flags = choices.bend_word(forge.incompatible_flags);
                forge.end_flags = if choices.once_in(4) {
                    choices.word()
                } else {
                    forge.incompatible_flags
                };
            }
        },
        2..=7 => bend_frames(&mut forge.frames, choices),
        8 | 9 => bend_columns(&mut forge.objects, choices),
        10 | 11 => bend_columns(&mut forge.commits, choices),
        12 | 13 => bend_columns(&mut forge.snapshots, choices),
        14 => bend_columns(&mut forge.chunks, choices),
        15 => bend_ids(&mut forge.large_ids, choices),
        16 => bend_list(&mut forge.large_rows, choices, |word, choices| {
            *word = choices.bend_word(*word);
        }),
        17 => bend_ids(&mut forge.external_chunks, choices),
        18 => bend_ids(&mut forge.external_commits, choices),
        19 => bend_ids(&mut forge.external_snapshots, choices),
        20 => bend_list(&mut forge.edges, choices, |word, choices| {
            *word = choices.bend_word(*word);
        }),
        21 => bend_list(&mut forge.chunk_references, choices, bend_pair),
        22 => bend_list(&mut forge.bases, choices, bend_pair),
        _ => choices.bend_bytes(&mut forge.base_paths),
    }
}

fn bend_pair(pair: &mut [u32; 2], choices: &mut Choices<'_>) {
    let word = &mut pair[choices.below(2)];
    *word = choices.bend_word(*word);
}

fn bend_frames(frames: &mut Vec<ForgedFrame>, choices: &mut Choices<'_>) {
    if choices.once_in(6) {
        return bend_list(frames, choices, |frame, choices| frame.tag = choices.byte());
    }
    let index = choices.below(frames.len());
    let Some(frame) = frames.get_mut(index) else {
        return;
    };
    match choices.byte() % 12 {
        0 => frame.tag = choices.byte(),
        1 => {
            let byte = &mut frame.row_head[choices.below(4)];
            *byte = choices.bend(u64::from(*byte)) as u8;
        }
        2 => frame.set_codec(choices.byte() % 6),
        3 => {
            let word = &mut frame.words[choices.below(3)];
            *word = choices.bend_word(*word);
        }
        4 => frame.raw_bytes = choices.bend(frame.raw_bytes),
        5 => frame.row_offset_lie = choices.bend(0),
        6 => frame.row_stored_lie = choices.bend(0),
        7 => choices.bend_bytes(&mut frame.payload),
        8 => {
            let zeros = vec![choices.byte(); (choices.word() % MAX_HELD_BYTES) as usize];
            frame.hold(&zeros);
        }
        9 => {
            if let Some(raw) = raw(frame) {
                frame.store(&raw);
            }
        }
        _ => {
            if let Some(mut raw) = raw(frame) {
                choices.bend_bytes(&mut raw);
                frame.hold(&raw);
            }
        }
    }
}

/// What the payload decompresses to, where that takes nothing but the payload.
fn raw(frame: &ForgedFrame) -> Option<Vec<u8>> {
    match frame.codec {
        0 => Some(frame.payload.clone()),
        1 => zstd::bulk::decompress(&frame.payload, MAX_HELD_BYTES as usize).ok(),
        _ => None,
    }
}

fn bend_columns<const WORDS: usize>(columns: &mut Columns<WORDS>, choices: &mut Choices<'_>) {
    match choices.byte() % 8 {
        0..=3 => {
            let row = choices.below(columns.rows.len());
            if let Some(row) = columns.rows.get_mut(row) {
                let word = &mut row[choices.below(WORDS)];
                *word = choices.bend_word(*word);
            }
        }
        4 => bend_list(&mut columns.rows, choices, |row, choices| {
            row[0] = choices.word();
        }),
        5 | 6 => bend_list(&mut columns.offsets, choices, |offset, choices| {
            *offset = choices.bend_word(*offset);
        }),
        _ => bend_ids(&mut columns.ids, choices),
    }
}

fn bend_ids(ids: &mut Vec<Id>, choices: &mut Choices<'_>) {
    bend_list(ids, choices, |id, choices| {
        id[choices.below(32)] ^= choices.byte();
    });
}

/// Changes, doubles, takes out or exchanges entries of a list.
fn bend_list<T: Clone>(
    list: &mut Vec<T>,
    choices: &mut Choices<'_>,
    change: impl FnOnce(&mut T, &mut Choices<'_>),
) {
    let (one, other) = (choices.below(list.len()), choices.below(list.len()));
    if list.is_empty() {
        return;
    }
    match choices.byte() % 8 {
        0 => list.insert(other, list[one].clone()),
        1 => drop(list.remove(one)),
        2 => list.swap(one, other),
        3 => list.truncate(one),
        _ => change(&mut list[one], choices),
    }
}

fn bend_sections(sections: &mut Vec<Section>, choices: &mut Choices<'_>) {
    if choices.once_in(4) {
        let number = choices.word();
        let at = choices.below(sections.len() + 1);
        return sections.insert(at, Section::new(number, choices.bytes().to_vec()));
    }
    bend_list(sections, choices, |section, choices| {
        match choices.byte() % 3 {
            0 => section.number = choices.bend_word(section.number),
            1 => section.length = choices.bend_word(section.length),
            _ => {
                choices.bend_bytes(&mut section.bytes);
                section.length = section.bytes.len() as u32;
            }
        }
    });
}
