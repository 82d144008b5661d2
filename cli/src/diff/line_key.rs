//! What two lines are compared by.

use std::hash::{Hash, Hasher};

/// A line that equals others like it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LineKey<'a> {
    line: &'a [u8],
    /// Whether white space does not count.
    ignore_white_space: bool,
}

impl<'a> LineKey<'a> {
    pub(super) const fn new(line: &'a [u8], ignore_white_space: bool) -> Self {
        Self {
            line,
            ignore_white_space,
        }
    }

    fn inked(&self) -> impl Iterator<Item = u8> + 'a {
        let bytes = self.line.iter().copied();
        bytes.filter(|byte| !byte.is_ascii_whitespace())
    }
}

impl PartialEq for LineKey<'_> {
    fn eq(&self, other: &Self) -> bool {
        match self.ignore_white_space {
            true => self.inked().eq(other.inked()),
            false => self.line == other.line,
        }
    }
}

impl Eq for LineKey<'_> {}

impl Hash for LineKey<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self.ignore_white_space {
            true => self.inked().for_each(|byte| state.write_u8(byte)),
            false => self.line.hash(state),
        }
    }
}

impl AsRef<[u8]> for LineKey<'_> {
    fn as_ref(&self) -> &[u8] {
        self.line
    }
}
