//! Control characters in text are shown, not obeyed: a commit message, a file or a server's answer
//! cannot move the cursor, change the window's title, or reorder or hide what is read.
//!
//! Shown are C0 without line feed and tab, DEL, C1, the characters that override the direction of
//! text, and those that nobody sees. What text is written with stays: the joiners of emoji, Persian
//! and the scripts of India, variation selectors, and direction marks, which override nothing. A
//! terminal that is given git's or jj's log shows these, too, and a message without them is a
//! different one. Paths are names, in which all of these mislead, as line feeds do; they come here
//! already quoted: see [`muse_wire::quote`].
//!
//! What a server says in an error, a warning or a reason is part of one line, and shows line feeds
//! and tabs, too, so that nothing in it passes for a line of this program: see [`one_line`].

use std::borrow::Cow;
use std::io::{self, Write};

use muse_wire::quote;

use super::style::{ESCAPE, Style};

/// The text as a terminal may get it: `\u{1b}` for an escape character. The program's own styles
/// take effect.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(is_active) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(at) = rest.find(is_active) {
        let (before, from) = rest.split_at(at);
        shown.push_str(before);
        let mut characters = from.chars();
        let active = characters.next();
        rest = characters.as_str();
        match rest.strip_prefix(Style::key()) {
            Some(sequence) if active == Some(ESCAPE) => {
                shown.push(ESCAPE);
                rest = sequence;
            }
            _ => shown.extend(active.into_iter().flat_map(char::escape_default)),
        }
    }
    shown.push_str(rest);
    Cow::Owned(shown)
}

/// The text on one line: `\n` for a line feed and `\t` for a tab. The rest is left to [`escape`].
pub fn one_line(text: &str) -> Cow<'_, str> {
    if text.contains(['\n', '\t']) {
        Cow::Owned(text.replace('\n', r"\n").replace('\t', r"\t"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Whether a terminal, or a reader, would take the character for more or less than itself.
fn is_active(c: char) -> bool {
    quote::is_active(c) && !is_part_of_writing(c)
}

/// Whether text is written with the character, although it would be quoted in a path.
fn is_part_of_writing(c: char) -> bool {
    let is_joiner = matches!(c, '\u{200c}' | '\u{200d}');
    let is_variation_selector = matches!(
        c,
        '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}'
    );
    let is_direction_mark = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}');
    matches!(c, '\n' | '\t') || is_joiner || is_variation_selector || is_direction_mark
}

/// Writes bytes as [`escape`] does text; what is not UTF-8 becomes `\xff`.
pub struct EscapingWriter<W> {
    out: W,
    /// The start of a character of which the rest has not come yet.
    incomplete: Vec<u8>,
}

impl<W: Write> EscapingWriter<W> {
    /// Writes to `out`.
    pub const fn new(out: W) -> Self {
        Self {
            out,
            incomplete: Vec::new(),
        }
    }

    /// Writes what was kept back because it might have become a character.
    ///
    /// # Errors
    /// If the output fails.
    pub fn finish(mut self) -> io::Result<()> {
        let begun = std::mem::take(&mut self.incomplete);
        self.show(&begun)
    }

    fn show(&mut self, bytes: &[u8]) -> io::Result<()> {
        for chunk in bytes.utf8_chunks() {
            self.out.write_all(escape(chunk.valid()).as_bytes())?;
            for byte in chunk.invalid() {
                write!(self.out, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

impl<W: Write> Write for EscapingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut ready = std::mem::take(&mut self.incomplete);
        ready.extend_from_slice(bytes);
        let end = ready.utf8_chunks().last().map_or(&[][..], |chunk| {
            let is_begun = std::str::from_utf8(chunk.invalid())
                .is_err_and(|error| error.error_len().is_none());
            if is_begun { chunk.invalid() } else { &[] }
        });
        let (whole, begun) = ready.split_at(ready.len() - end.len());
        self.incomplete = begun.to_vec();
        self.show(whole)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use clap::builder::styling::AnsiColor;

    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_shown() {
        for (text, shown) in [
            ("plain\n\tü 日本", "plain\n\tü 日本"),
            ("\u{1b}[31mred", r"\u{1b}[31mred"),
            ("\u{1b}]0;title\u{7}", r"\u{1b}]0;title\u{7}"),
            ("a\rb\u{8}", r"a\rb\u{8}"),
            ("\u{9b}2J\u{7f}", r"\u{9b}2J\u{7f}"),
            ("\u{202e}txt.exe\u{2066}", r"\u{202e}txt.exe\u{2066}"),
            (
                "pass\u{200b}word\u{ad}\u{feff}",
                r"pass\u{200b}word\u{ad}\u{feff}",
            ),
            ("a\u{2028}b\u{e0041}", r"a\u{2028}b\u{e0041}"),
        ] {
            assert_eq!(escape(text), shown);
        }
    }

    #[test]
    fn one_line_has_neither_line_feeds_nor_tabs() {
        assert_eq!(one_line("plain \u{1b}[31m"), "plain \u{1b}[31m");
        assert_eq!(one_line("a)\nerror:\tb\n"), r"a)\nerror:\tb\n");
    }

    #[test]
    fn what_text_is_written_with_stays() {
        for text in [
            "\u{1f468}\u{200d}\u{1f373} and \u{2764}\u{fe0f} and 1\u{fe0f}\u{20e3}",
            "\u{645}\u{6cc}\u{200c}\u{62e}\u{648}\u{627}\u{647}\u{645}",
            "\u{915}\u{94d}\u{200d}\u{937}",
            "\u{5d0}\u{200f}!",
            "\u{845b}\u{e0100}",
        ] {
            assert_eq!(escape(text), text);
        }
    }

    #[test]
    fn only_own_styles_take_effect() {
        let red = Style::from(AnsiColor::Red.on_default().bold());
        let text = format!("{red}error:{red:#} \u{1b}[31m \u{1b}0123456789abcdef[31m");
        assert_eq!(
            escape(&text),
            "\u{1b}[1m\u{1b}[31merror:\u{1b}[0m \\u{1b}[31m \\u{1b}0123456789abcdef[31m"
        );
        assert_eq!(format!("{0}x{0:#}", Style::new()), "x");
    }

    #[test]
    fn bytes_are_shown_whatever_pieces_they_come_in() {
        let bytes = b"a\x1b\xff\xc3\xa4\xe6\x97\xa5\xe6\x97";
        for size in 1..=bytes.len() {
            let mut out = Vec::new();
            let mut writer = EscapingWriter::new(&mut out);
            for piece in bytes.chunks(size) {
                writer.write_all(piece).expect("memory takes everything");
            }
            writer.finish().expect("memory takes everything");
            let shown = String::from_utf8(out).expect("escaped");
            assert_eq!(shown, r"a\u{1b}\xffä日\xe6\x97", "in pieces of {size}");
        }
    }
}
