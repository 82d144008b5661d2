//! How the lines of two versions are compared and shown.

/// Unchanged lines shown around changed ones, unless told otherwise.
const CONTEXT_LINES: u32 = 3;

/// How the lines of two versions are compared and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineOptions {
    /// Unchanged lines that are shown around changed ones.
    pub context_lines: u32,
    /// Whether lines that differ in white space alone are the same.
    pub ignore_white_space: bool,
    /// Whether changed words are marked within lines, instead of whole lines.
    pub words: bool,
}

impl Default for LineOptions {
    fn default() -> Self {
        Self {
            context_lines: CONTEXT_LINES,
            ignore_white_space: false,
            words: false,
        }
    }
}
