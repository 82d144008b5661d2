//! The dumps in `MPACK.md`, held against the stored files.
//!
//! A block starts with three backticks, `dump` and what it shows: a file, or what a frame (`FILE
//! frame N`) or the tables (`FILE tables`) decompress to. Each line is an offset and bytes, with
//! remarks after two spaces. A line of three dots leaves something out.

use muse_wire::mpack::{Mpack, TRAILER_BYTES, Trailer};

use super::directory;

/// The bytes that this block shows a part of.
fn shown(title: &str) -> Vec<u8> {
    let mut words = title.split(' ');
    let name = words.next().expect("a name");
    let bytes = std::fs::read(directory().join(name)).expect("stored beside the tests");
    match (words.next(), words.next()) {
        (None, _) => bytes,
        (Some("tables"), None) => {
            let start = bytes.len() - TRAILER_BYTES as usize;
            let trailer = Trailer::parse(&bytes[start..], bytes.len() as u64).expect("valid");
            let payload = trailer.tables_offset as usize + 10;
            zstd::stream::decode_all(&bytes[payload..start]).expect("compressed tables")
        }
        (Some("frame"), Some(number)) => {
            let number = number.parse().expect("a frame's number");
            let mpack = Mpack::from_bytes(bytes).expect("opens");
            mpack.read_frame(number).expect("reads")
        }
        _ => panic!("nobody knows what {title} is"),
    }
}

#[test]
fn every_dump_is_what_the_file_holds() {
    let document = include_str!("../../../MPACK.md");
    let mut titles = Vec::new();
    for block in document.split("```dump ").skip(1) {
        let (block, _) = block.split_once("```").expect("a block ends");
        let (title, lines) = block.split_once('\n').expect("a block has lines");
        titles.push(title);
        let bytes = shown(title);
        let mut next = Some(0);
        for line in lines.lines() {
            if line == "..." {
                next = None;
                continue;
            }
            let (offset, rest) = line.split_once("  ").expect("an offset, two spaces, bytes");
            let at = usize::from_str_radix(offset, 16).expect("a hexadecimal offset");
            assert_eq!(at, next.unwrap_or(at), "{title}: {line}");
            let digits = rest.split("  ").next().unwrap_or_default();
            let dumped: Vec<u8> = digits
                .split(' ')
                .map(|byte| u8::from_str_radix(byte, 16).expect("bytes of two digits each"))
                .collect();
            let end = at + dumped.len();
            assert_eq!(bytes.get(at..end), Some(&dumped[..]), "{title}: {line}");
            next = Some(end);
        }
        if let Some(end) = next {
            assert_eq!(end, bytes.len(), "{title} stops early");
        }
    }
    let files = ["hello", "small", "thin", "large"];
    for file in files.map(|name| format!("{name}.mpack")) {
        assert!(
            titles.iter().any(|title| title.starts_with(&file)),
            "{file}"
        );
    }
}
