//! The rules of header, tables and trailer.

use muse_wire::problem::ProblemCode::{MpackMalformed, MpackVersion};

use super::{assert_refused, refuse};
use crate::forge::Forge;
use crate::sample::Sample;

#[test]
fn header() {
    refuse(|forge| forge.version = 2, MpackVersion, "version 2");
    refuse(|forge| forge.end_version = 7, MpackVersion, "version 7");
    refuse(|forge| forge.flags = 1, MpackMalformed, "flags");
    for count in 0..4 {
        refuse(
            |forge| forge.announced[count] += 1,
            MpackMalformed,
            "announced counts",
        );
    }
}

#[test]
fn frame_rows() {
    refuse(|forge| forge.frames[0].words[0] = 1, MpackVersion, "thin");
    refuse(
        |forge| forge.frames[0].words[0] = 2,
        MpackMalformed,
        "unknown flags",
    );
    refuse(
        |forge| forge.frames[0].words[3] = 1,
        MpackMalformed,
        "names bases",
    );
    refuse(
        |forge| forge.bases.push([0; 32]),
        MpackMalformed,
        "bases are listed",
    );
    refuse(
        |forge| forge.frames[1].row_offset_lie = 1,
        MpackMalformed,
        "does not start where",
    );
    refuse(
        |forge| forge.frames[0].row_stored_lie = 1,
        MpackMalformed,
        "does not start where",
    );
    refuse(
        |forge| forge.frames[2].row_stored_lie = u64::MAX,
        MpackMalformed,
        "do not end where",
    );
    refuse(
        |forge| forge.frames[0].raw_bytes = (16 << 20) + 1,
        MpackMalformed,
        "declares more than 16777216",
    );
    refuse(
        |forge| forge.frames[2].raw_bytes = (1 << 30) + 1,
        MpackMalformed,
        "declares more than 1073741824",
    );
    refuse(
        |forge| forge.frames[0].payload = vec![0; 4096],
        MpackMalformed,
        "more bytes than it can need",
    );
    refuse(
        |forge| {
            let frame = forge.frames.pop().expect("three frames");
            let payload = frame.payload.clone();
            forge.frames.push(frame);
            let frame = &mut forge.frames[0];
            frame.payload.extend(payload);
        },
        MpackMalformed,
        "follow its zstd frame",
    );
    refuse(
        |forge| forge.frames[0].tag = b'C',
        MpackMalformed,
        "not what the tables say",
    );
}

#[test]
fn table_counts() {
    refuse(
        |forge| forge.table_tail.push(0),
        MpackMalformed,
        "do not add up",
    );
    refuse(
        |forge| forge.frame_counts = [u32::MAX; 3],
        MpackMalformed,
        "do not add up",
    );
    refuse(
        |forge| forge.frame_counts[0] += 1,
        MpackMalformed,
        "do not add up",
    );
    // The same frames, shared out otherwise: no commit frame is left for the commits.
    refuse(
        |forge| forge.frame_counts = [2, 0, 1],
        MpackMalformed,
        "nothing starts in the frame",
    );
    let mut bytes = Sample::small().write();
    let at = bytes.len() - 48 - 1;
    bytes[at] ^= 1;
    assert_refused(&bytes, MpackMalformed, "checksum");
}

#[test]
fn entries() {
    refuse(
        |forge| forge.frames[0].words[1] = 1,
        MpackMalformed,
        "do not follow",
    );
    refuse(
        |forge| forge.objects.offsets[0] = 1,
        MpackMalformed,
        "does not start at 0",
    );
    refuse(
        |forge| forge.objects.offsets[2] = 5,
        MpackMalformed,
        "overlaps",
    );
    refuse(
        |forge| forge.objects.offsets[2] = 1000,
        MpackMalformed,
        "outside its frame",
    );
    refuse(
        |forge| forge.commits.offsets[1] = 0,
        MpackMalformed,
        "overlaps",
    );
    refuse(
        |forge| forge.commits.offsets[2] = u32::MAX - 1,
        MpackMalformed,
        "outside its frame",
    );
    refuse(
        |forge| forge.objects.ids[1] = forge.objects.ids[0],
        MpackMalformed,
        "not above",
    );
    refuse(
        |forge| forge.commits.ids.swap(0, 1),
        MpackMalformed,
        "not above",
    );
    refuse(
        |forge| forge.objects.rows[1] = forge.objects.rows[0],
        MpackMalformed,
        "taken twice",
    );
    refuse(
        |forge| forge.snapshots.rows[0][0] = 3,
        MpackMalformed,
        "outside the file",
    );
    refuse(
        |forge| {
            // A second object frame in which nothing starts, though the first is not full.
            let mut frame = forge.frames[0].clone();
            frame.words[1] = 3;
            forge.frames.insert(1, frame);
            forge.frame_counts[0] = 2;
        },
        MpackMalformed,
        "continues into it",
    );
    refuse(
        |forge| {
            let mut frame = forge.frames[1].clone();
            frame.words[1] = forge.commits.ids.len() as u32;
            forge.frames.insert(2, frame);
            forge.frame_counts[1] = 2;
        },
        MpackMalformed,
        "holds no record",
    );
    refuse(
        |forge| forge.commit_frame().hold(&vec![0; (2 << 20) + 1]),
        MpackMalformed,
        "more than one record",
    );
    refuse(
        |forge| {
            forge.frames.remove(0);
            forge.frame_counts[0] = 0;
        },
        MpackMalformed,
        "without a frame",
    );
}

#[test]
fn references() {
    // Words of a commit's row: position, generation, time (2), snapshot, first and second parent.
    const NONE: u32 = u32::MAX;
    // The octopus is the commit at position 3.
    let octopus = |forge: &Forge| forge.commits.row_at(3);
    let child = |forge: &Forge| forge.commits.row_at(1);
    let refuse = |bend: &dyn Fn(&mut Forge), reason: &str| {
        super::refuse(|forge| bend(forge), MpackMalformed, reason);
    };
    refuse(&|forge| forge.commits.rows[0][1] = 0, "generation is 0");
    refuse(
        &|forge| forge.commits.rows[0][4] = 1000,
        "snapshot is no reference",
    );
    refuse(
        &|forge| forge.commits.rows[0][4] = NONE,
        "snapshot is no reference",
    );
    refuse(
        &|forge| {
            let row = child(forge);
            forge.commits.rows[row][5] = 1000;
        },
        "parent of the commit is no reference",
    );
    refuse(
        &|forge| {
            let row = child(forge);
            forge.commits.rows[row][5] = row as u32;
        },
        "comes after it",
    );
    refuse(
        &|forge| {
            let row = child(forge);
            forge.commits.rows[row][1] = 1;
        },
        "generation is not above",
    );
    refuse(
        &|forge| {
            let row = child(forge);
            forge.commits.rows[row].swap(5, 6);
        },
        "second parent, but no first",
    );
    refuse(
        &|forge| {
            let row = octopus(forge);
            forge.commits.rows[row][6] += 1;
        },
        "do not follow those before",
    );
    refuse(&|forge| forge.edges[1] &= !(1 << 31), "do not end");
    refuse(&|forge| forge.edges[0] |= 1 << 31, "need no edges");
    refuse(&|forge| forge.edges.push(0), "edges of no commit");
    refuse(
        &|forge| {
            let row = forge.snapshots.row_at(0);
            forge.snapshots.rows[row][1] = 1000;
        },
        "base is no reference",
    );
    refuse(
        &|forge| {
            let row = forge.snapshots.row_at(0);
            forge.snapshots.rows[row][1] = forge.snapshots.row_at(1) as u32;
        },
        "base comes after",
    );
    refuse(
        &|forge| forge.external_commits.push([0xff; 32]),
        "nothing refers",
    );
    refuse(&|forge| forge.external_snapshots.swap(0, 1), "not above");
    refuse(
        &|forge| forge.external_commits[0] = forge.commits.ids[0],
        "is in this mpack",
    );
}
