//! Styles of printed text, marked so that nobody else's escape sequences pass for one.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::LazyLock;

use clap::builder::styling;

/// What starts an escape sequence.
pub(super) const ESCAPE: char = '\u{1b}';

/// What follows [`ESCAPE`] in the styles of this process. It is drawn at random, so that no text
/// from elsewhere has it.
static KEY: LazyLock<String> =
    LazyLock::new(|| format!("{:016x}", RandomState::new().hash_one("style")));

/// A style. Written into text, it starts there, and its alternate form (`{style:#}`) ends it.
/// [`super::escape::escape`] turns both into what a terminal understands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Style(styling::Style);

impl Style {
    /// No style: writes nothing.
    pub const fn new() -> Self {
        Self(styling::Style::new())
    }

    /// The key that follows [`ESCAPE`] in a style of this process.
    pub(super) fn key() -> &'static str {
        &KEY
    }
}

impl From<styling::Style> for Style {
    fn from(style: styling::Style) -> Self {
        Self(style)
    }
}

impl fmt::Display for Style {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sequence = match f.alternate() {
            true => self.0.render_reset().to_string(),
            false => self.0.render().to_string(),
        };
        for part in sequence.split_inclusive(ESCAPE) {
            f.write_str(part)?;
            if part.ends_with(ESCAPE) {
                f.write_str(Self::key())?;
            }
        }
        Ok(())
    }
}
