//! How the payload of a frame is stored.

/// How a frame's payload is stored. The numbers stand in frame headers and in the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Codec {
    /// As it is.
    Stored = 0,
    /// One zstd frame.
    Zstd = 1,
    /// One zstd frame, compressed with the frame's bases as prefix: a *thin* frame.
    ZstdBases = 2,
    /// One zstd frame, compressed with the ids in the mpack's tables as prefix.
    ZstdIds = 3,
}

impl Codec {
    /// The name that documents use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Zstd => "zstd",
            Self::ZstdBases => "zstd with bases",
            Self::ZstdIds => "zstd with ids",
        }
    }

    /// The codec of this number, where this version knows it.
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Stored),
            1 => Some(Self::Zstd),
            2 => Some(Self::ZstdBases),
            3 => Some(Self::ZstdIds),
            _ => None,
        }
    }
}
