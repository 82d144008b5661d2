//! Stored mpacks: the writer gives these very bytes, and the reader reads them.
//!
//! A change here changes the format, or the compressor. Where that is meant, run the tests once
//! with `MUSE_WIRE_BLESS=1` to write the files anew, and update the worked examples in `MPACK.md`.

mod dumps;
pub(crate) mod files;
pub(crate) mod history;

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::round_trip::assert_holds;
use crate::sample::{Sample, key_of, parse_tables};

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn is_blessing() -> bool {
    std::env::var_os("MUSE_WIRE_BLESS").is_some()
}

/// The stored file of this name, which must be what is written today.
fn golden(name: &str, written: &[u8]) -> Vec<u8> {
    let path = directory().join(name);
    if is_blessing() {
        std::fs::write(&path, written).expect("the directory can be written");
    }
    let stored = std::fs::read(&path).expect("the file is stored beside the tests");
    assert!(stored == written, "{name} is not what the writer gives");
    stored
}

fn assert_golden(name: &str, sample: &Sample) {
    assert_holds(&golden(name, &sample.write()), sample);
}

#[test]
fn empty() {
    assert_golden("empty.mpack", &Sample::default());
}

#[test]
fn hello_world() {
    assert_golden("hello.mpack", &files::hello());
}

#[test]
fn small() {
    assert_golden("small.mpack", &files::small());
}

#[test]
fn signatures_and_delta() {
    assert_golden("signed.mpack", &files::signed());
}

#[test]
fn a_large_object() {
    assert_golden("large.mpack", &files::large());
}

#[test]
fn a_long_snapshot_record() {
    assert_golden("long.mpack", &files::long());
}

#[test]
fn a_thin_mpack() {
    let stored = golden("thin.mpack", &files::thin());
    let tables = parse_tables(&stored).expect("valid");
    assert!(tables.is_thin());
    assert_eq!(tables.bases_of(0).len(), 2);
}

/// Keys and names, one to a line, as `sha256sum` writes and checks them.
#[test]
fn keys() {
    let mut keys = String::new();
    for (name, bytes) in [
        ("empty.mpack", Sample::default().write()),
        ("hello.mpack", files::hello().write()),
        ("large.mpack", files::large().write()),
        ("long.mpack", files::long().write()),
        ("signed.mpack", files::signed().write()),
        ("small.mpack", files::small().write()),
        ("thin.mpack", files::thin()),
    ] {
        let digits = key_of(&bytes).to_hex();
        writeln!(keys, "{digits}  {name}").expect("a text takes all");
    }
    golden("KEYS", keys.as_bytes());
}
