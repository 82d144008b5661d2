//! The markers of the types whose values begin with a length.

/// The markers of one type.
pub(super) struct Markers {
    pub(super) name: &'static str,
    /// The first of the markers that hold a length themselves, and how many they are.
    pub(super) short: (u8, u8),
    /// The marker before a length of one byte.
    pub(super) one: Option<u8>,
    /// The marker before a length of two bytes.
    pub(super) two: u8,
    /// The marker before a length of four bytes.
    pub(super) four: u8,
}

pub(super) const STR: Markers = Markers {
    name: "str",
    short: (0xa0, 32),
    one: Some(0xd9),
    two: 0xda,
    four: 0xdb,
};
pub(super) const BIN: Markers = Markers {
    name: "bin",
    short: (0, 0),
    one: Some(0xc4),
    two: 0xc5,
    four: 0xc6,
};
pub(super) const ARRAY: Markers = Markers {
    name: "array",
    short: (0x90, 16),
    one: None,
    two: 0xdc,
    four: 0xdd,
};
pub(super) const MAP: Markers = Markers {
    name: "map",
    short: (0x80, 16),
    one: None,
    two: 0xde,
    four: 0xdf,
};

/// The marker of nil.
pub(super) const NIL: u8 = 0xc0;
