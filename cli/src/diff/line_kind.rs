//! What each line of a patch is.

use std::io::{self, Write};

/// What a line of a patch is, for whoever paints it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// Part of a file's header.
    Heading,
    /// `@@ … @@`.
    HunkHeader,
    /// A line of both versions.
    Context,
    /// A line of the new version.
    Added,
    /// A line of the old version.
    Removed,
    /// A line with marks around the words that changed.
    Words,
    /// A remark that is not a line of either version.
    Note,
}

impl LineKind {
    /// What precedes the line's text.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Context => " ",
            Self::Added => "+",
            Self::Removed => "-",
            Self::Heading | Self::HunkHeader | Self::Words | Self::Note => "",
        }
    }

    /// Writes a line of this kind without colour.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn write_plain(self, out: &mut dyn Write, text: &[u8]) -> io::Result<()> {
        out.write_all(self.sign().as_bytes())?;
        out.write_all(text)?;
        out.write_all(b"\n")
    }
}

/// Takes the lines of a patch, each without its sign and its line feed.
pub type PatchSink<'a> = dyn FnMut(LineKind, &[u8]) -> io::Result<()> + 'a;
