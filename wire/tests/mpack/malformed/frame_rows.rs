//! The rules of the rows of frames.

use muse_wire::limits::{
    MAX_CHUNK_BYTES, MAX_COMMIT_BYTES, MAX_OBJECT_FRAME_RAW_BYTES, MAX_PREFIX_ID_BYTES,
    RECORD_FRAME_RAW_BYTES,
};
use muse_wire::problem::ProblemCode::{MpackMalformed, MpackVersion};

use super::{large_objects, refuse, small};
use crate::forge::Forge;
use crate::sample::{Sample, parse_tables};

#[test]
fn kinds_come_in_order_and_are_known() {
    for head in [b'X', b'H', b'E', b'o', 0] {
        refuse(
            |forge| forge.frames[0].row_head[0] = head,
            MpackMalformed,
            "tag is unknown",
        );
    }
    refuse(
        |forge| forge.frames.swap(0, 1),
        MpackMalformed,
        "tag is unknown or comes after",
    );
    // The frame's header says another kind than its row.
    refuse(
        |forge| forge.frames[0].tag = b'C',
        MpackMalformed,
        "not what the tables say",
    );
    refuse(
        |forge| forge.frames[0].codec = 0,
        MpackMalformed,
        "not what the tables say",
    );
}

#[test]
fn codecs_are_known_and_for_what_the_frame_holds() {
    for codec in [4, 17, 255] {
        refuse(
            |forge| forge.frames[0].set_codec(codec),
            MpackVersion,
            "written by a newer version",
        );
    }
    for (tag, codec) in [(b'O', 3), (b'C', 2), (b'S', 2)] {
        refuse(
            |forge| forge.frame(tag).set_codec(codec),
            MpackMalformed,
            "not for what it holds",
        );
    }
    for codec in [2, 3] {
        let mut forge = Forge::open(&large_objects::sample());
        forge.frame(b'K').set_codec(codec);
        super::assert_refused(&forge.build(), MpackMalformed, "not for what it holds");
    }
    for at in [2, 3] {
        refuse(
            |forge| forge.frames[0].row_head[at] = 1,
            MpackMalformed,
            "reserved bytes",
        );
    }
}

#[test]
fn frames_follow_each_other() {
    for (frame, lie) in [(0, 1), (1, 1), (2, u64::MAX), (0, u64::MAX / 2)] {
        refuse(
            |forge| forge.frames[frame].row_offset_lie = lie,
            MpackMalformed,
            "does not start where",
        );
    }
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
        |forge| {
            // Another payload behind that of the first frame.
            let more = forge.frames[2].payload.clone();
            forge.frames[0].payload.extend(more);
        },
        MpackMalformed,
        "follow its zstd frame",
    );
}

#[test]
fn raw_lengths_are_at_most_the_limit_of_the_kind() {
    for (tag, limit) in [
        (b'O', MAX_OBJECT_FRAME_RAW_BYTES),
        (b'K', MAX_CHUNK_BYTES),
        (b'C', MAX_COMMIT_BYTES as u64),
        (b'S', RECORD_FRAME_RAW_BYTES),
    ] {
        for raw_bytes in [limit + 1, 1_000_000_000, u64::MAX] {
            let mut forge = match tag {
                b'K' => Forge::open(&large_objects::sample()),
                _ => small(),
            };
            forge.frame(tag).raw_bytes = raw_bytes;
            let reason = format!("declares more than {limit} bytes");
            super::assert_refused(&forge.build(), MpackMalformed, &reason);
        }
    }
    // At the limit, it is the contents that are wrong.
    refuse(
        |forge| {
            forge.frame(b'C').raw_bytes = RECORD_FRAME_RAW_BYTES;
            forge.frame(b'S').raw_bytes = RECORD_FRAME_RAW_BYTES;
        },
        MpackMalformed,
        "zstd header declares",
    );
}

#[test]
fn stored_lengths_are_possible() {
    let most = |raw_bytes: u64| (raw_bytes + raw_bytes / 128 + 1024) as usize;
    refuse(
        |forge| {
            let raw_bytes = forge.frames[0].raw_bytes;
            forge.frames[0].payload = vec![0; most(raw_bytes) + 1];
        },
        MpackMalformed,
        "cannot be stored in that many bytes",
    );
    refuse(
        |forge| {
            let raw_bytes = forge.frames[0].raw_bytes;
            forge.frames[0].payload = vec![0; most(raw_bytes)];
        },
        MpackMalformed,
        "no zstd frame",
    );
    for lie in [1, u64::MAX] {
        refuse(
            |forge| {
                let mut raw = forge.frames[0].raw(&[]);
                forge.frames[0].store(&raw);
                raw.push(0);
                forge.frames[0].raw_bytes = forge.frames[0].raw_bytes.wrapping_add(lie);
            },
            MpackMalformed,
            "cannot be stored in that many bytes",
        );
    }
}

/// An mpack of many empty objects under made-up ids, and one record frame compressed with the ids.
fn with_ids(count: u32) -> Forge {
    let mut forge = Forge::open(&Sample::small().write());
    let others = forge.all_ids().len() / 32 - forge.objects.ids.len();
    let count = count - others as u32;
    forge.objects.ids = (0..count)
        .map(|number| {
            let mut id = [0; 32];
            id[..4].copy_from_slice(&number.to_be_bytes());
            id
        })
        .collect();
    forge.objects.rows = (0..count).map(|position| [position]).collect();
    forge.objects.offsets = vec![0; count as usize];
    forge.frame(b'O').store(b"");
    forge
}

#[test]
fn records_are_compressed_with_at_most_a_mebibyte_of_ids() {
    let most = (MAX_PREFIX_ID_BYTES / 32) as u32;
    parse_tables(&with_ids(most).build()).expect("as many as allowed");
    let error = parse_tables(&with_ids(most + 1).build()).expect_err("one too many");
    assert!(error.reason.contains("more ids than"), "{error}");
    let mut forge = with_ids(most + 1);
    forge.frame(b'C').set_codec(1);
    forge.frame(b'S').set_codec(1);
    parse_tables(&forge.build()).expect("as many as one likes for other codecs");
}
