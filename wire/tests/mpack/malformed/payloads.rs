//! The rules of a frame's payload.

use muse_wire::limits::RECORD_FRAME_RAW_BYTES;
use muse_wire::problem::ProblemCode::{MpackMalformed, ObjectIdMismatch};

use super::{assert_refused, refuse, small};
use crate::sample::verify_bytes;

#[test]
fn frame_payloads() {
    refuse(
        |forge| forge.frames[0].payload.truncate(4),
        MpackMalformed,
        "too short",
    );
    refuse(
        |forge| forge.frames[0].payload[0] ^= 1,
        MpackMalformed,
        "no zstd frame",
    );
    refuse(
        // A skippable frame, which zstd would accept as zero bytes.
        |forge| forge.frames[0].payload[..8].copy_from_slice(b"\x50\x2a\x4d\x18\0\0\0\0"),
        MpackMalformed,
        "no zstd frame",
    );
    refuse(
        |forge| forge.frames[0].payload[4] |= 0b100,
        MpackMalformed,
        "checksum",
    );
    refuse(
        // Neither a single segment nor a window.
        |forge| forge.frames[0].payload = b"\x28\xb5\x2f\xfd\0".to_vec(),
        MpackMalformed,
        "header is cut short",
    );
    refuse(
        |forge| forge.frames[0].payload.truncate(20),
        MpackMalformed,
        "damaged",
    );
    refuse(
        |forge| {
            let mut encoder = zstd::bulk::Compressor::new(3).expect("memory");
            encoder
                .include_contentsize(false)
                .expect("a known parameter");
            let raw = forge.frames[0].raw(&[]);
            forge.frames[0].payload = encoder.compress(&raw).expect("compresses");
        },
        MpackMalformed,
        "declares no length",
    );
    refuse(
        |forge| {
            use std::io::Write as _;
            let raw = forge.frames[0].raw(&[]);
            let mut encoder = zstd::Encoder::new(Vec::new(), 3).expect("memory");
            encoder.window_log(25).expect("a known parameter");
            encoder
                .set_pledged_src_size(None)
                .expect("a known parameter");
            encoder.write_all(&raw).expect("compresses");
            forge.frames[0].payload = encoder.finish().expect("compresses");
        },
        MpackMalformed,
        "window",
    );
}

#[test]
fn a_frame_that_inflates_to_another_length_than_declared_is_refused() {
    let raw = small().frames[0].raw(&[]);
    // The tables alone lie, in both directions.
    refuse(
        |forge| {
            let mut longer = raw.clone();
            longer.push(b'!');
            forge.frames[0].hold(&longer);
            forge.frames[0].raw_bytes -= 1;
        },
        MpackMalformed,
        "header declares",
    );
    refuse(
        |forge| {
            forge.frames[0].hold(&raw[..raw.len() - 1]);
            forge.frames[0].raw_bytes += 1;
        },
        MpackMalformed,
        "header declares",
    );
    // A bomb: zstd's own header is made to agree with the tables, and 16 MiB follow.
    refuse(
        |forge| {
            let bomb = zstd::bulk::compress(&vec![0; 16 << 20], 3).expect("compresses");
            // Magic, descriptor (4-byte length), window, length, blocks.
            assert_eq!(bomb[4], 0b1000_0000);
            let mut payload = bomb[..4].to_vec();
            // A single segment, so no window; 1-byte length.
            payload.push(0b0010_0000);
            payload.push(raw.len() as u8);
            payload.extend_from_slice(&bomb[10..]);
            forge.frames[0].payload = payload;
            forge.frames[0].raw_bytes = raw.len() as u64;
        },
        MpackMalformed,
        "does not decompress",
    );
}

#[test]
fn a_payload_may_be_stored_as_it_is() {
    let mut forge = small();
    for frame in &mut forge.frames {
        let raw = frame.raw(&[]);
        frame.store(&raw);
    }
    verify_bytes(&forge.build()).expect("the same contents");
    // Then its length is the raw length: the payload is hashed, not undone.
    forge.frames[0].payload[0] ^= 1;
    assert_refused(&forge.build(), ObjectIdMismatch, "hash to");
}

#[test]
fn a_payload_with_the_wrong_prefix_is_refused() {
    // Said to be compressed with the ids, but it is not: zstd takes it, since it never looks back.
    let mut forge = small();
    forge.frame(b'C').set_codec(3);
    verify_bytes(&forge.build()).expect("a prefix need not be used");
    // Said to be compressed alone, but it looks back to the ids.
    let mut forge = crate::forge::Forge::open(&crate::sample::Sample::small().write());
    forge.frame(b'C').set_codec(1);
    assert_refused(&forge.build(), MpackMalformed, "does not decompress");
}

/// The first bytes of a zstd frame: no single segment, content size of 4 bytes.
fn zstd_header(window: u8, content_bytes: u32) -> Vec<u8> {
    let mut header = vec![0x28, 0xb5, 0x2f, 0xfd, 0b1000_0000, window];
    header.extend_from_slice(&content_bytes.to_le_bytes());
    header
}

/// A frame of one object of `raw_bytes` zeros, with this window descriptor.
fn with_window(window: u8) -> Vec<u8> {
    let raw = small().frames[0].raw(&[]);
    let mut forge = small();
    let mut payload = zstd_header(window, raw.len() as u32);
    // One stored block, the last.
    payload.extend_from_slice(&((raw.len() as u32) << 3 | 1).to_le_bytes()[..3]);
    payload.extend_from_slice(&raw);
    forge.frames[0].payload = payload;
    forge.build()
}

#[test]
fn a_window_is_at_most_16_mebibytes() {
    verify_bytes(&with_window(14 << 3)).expect("2^24 bytes");
    assert_refused(&with_window(14 << 3 | 1), MpackMalformed, "window");
    assert_refused(&with_window(15 << 3), MpackMalformed, "window");
}

#[test]
fn a_zstd_header_that_declares_the_wrong_length_costs_nothing() {
    let mut forge = small();
    let mut payload = zstd_header(14 << 3, u32::MAX);
    payload.extend_from_slice(&[0b001, 0, 0]);
    forge.frame(b'C').payload = payload;
    forge.frame(b'C').raw_bytes = RECORD_FRAME_RAW_BYTES;
    forge.commits.ids.truncate(1);
    assert!(verify_bytes(&forge.build()).is_err());
}
