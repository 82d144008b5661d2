//! The golden files: valid mpacks of every kind.

/// The history that thin mpacks are based on.
pub(crate) const SMALL: &[u8] = include_bytes!("../../tests/golden/small.mpack");
/// A child of it, compressed against it.
pub(crate) const THIN: &[u8] = include_bytes!("../../tests/golden/thin.mpack");
/// An object of 10 MiB in chunks.
pub(crate) const LARGE: &[u8] = include_bytes!("../../tests/golden/large.mpack");
/// A snapshot record of several frames.
pub(crate) const LONG: &[u8] = include_bytes!("../../tests/golden/long.mpack");
/// A commit with signatures and a structured delta.
pub(crate) const SIGNED: &[u8] = include_bytes!("../../tests/golden/signed.mpack");

/// Those that are cheap to read.
pub(crate) const CHEAP: [&[u8]; 5] = [
    SMALL,
    SIGNED,
    THIN,
    include_bytes!("../../tests/golden/empty.mpack"),
    include_bytes!("../../tests/golden/hello.mpack"),
];
