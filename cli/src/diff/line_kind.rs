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
    /// Part of a line: words of both versions.
    Words,
    /// Part of a line: words of the old version, with marks around them.
    RemovedWords,
    /// Part of a line: words of the new version, with marks around them.
    AddedWords,
    /// Nothing but the end of a line that was written in parts.
    LineEnd,
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
            Self::Heading | Self::HunkHeader | Self::Note => "",
            Self::Words | Self::RemovedWords | Self::AddedWords | Self::LineEnd => "",
        }
    }

    /// What follows the text: a line feed, unless it is part of a line.
    pub const fn end(self) -> &'static str {
        match self {
            Self::Words | Self::RemovedWords | Self::AddedWords => "",
            _ => "\n",
        }
    }

    /// Writes a line, or a part of one, of this kind without colour.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn write_plain(self, out: &mut dyn Write, text: &[u8]) -> io::Result<()> {
        out.write_all(self.sign().as_bytes())?;
        out.write_all(text)?;
        out.write_all(self.end().as_bytes())
    }
}

/// Takes the lines of a patch, or their parts, each without its sign and its line feed.
pub type PatchSink<'a> = dyn FnMut(LineKind, &[u8]) -> io::Result<()> + 'a;
