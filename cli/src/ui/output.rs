//! Output in many pieces, to stdout or a pager: text, and contents of files.

use std::fmt::Display;
use std::io::{self, Write};

use super::escape::{EscapingWriter, escape};

/// Where the pieces go.
pub struct Output<'a> {
    out: &'a mut dyn Write,
    reader: Reader,
}

/// Who reads the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    Terminal,
    Program,
    /// This program itself, which writes it as text.
    Text,
}

impl<'a> Output<'a> {
    /// Writes to `out`, which a person reads on a terminal, or else another program.
    pub fn new(out: &'a mut dyn Write, is_terminal: bool) -> Self {
        let reader = match is_terminal {
            true => Reader::Terminal,
            false => Reader::Program,
        };
        Self { out, reader }
    }

    /// Writes to `out` what becomes part of a text that is written to another output: there it is
    /// shown as text is.
    pub fn for_text(out: &'a mut Vec<u8>) -> Self {
        let reader = Reader::Text;
        Self { out, reader }
    }

    /// Writes text; what a terminal would obey in it is shown instead.
    ///
    /// # Errors
    /// If the output fails.
    pub fn text(&mut self, text: impl Display) -> io::Result<()> {
        match self.reader {
            Reader::Text => write!(self.out, "{text}"),
            _ => self.out.write_all(escape(&text.to_string()).as_bytes()),
        }
    }

    /// Has `write` write contents of files, and returns what it gives. For a program they stay as
    /// they are, for a terminal they are treated like text.
    ///
    /// # Errors
    /// If the output fails after that.
    pub fn contents<T>(&mut self, write: impl FnOnce(&mut dyn Write) -> T) -> io::Result<T> {
        if self.reader != Reader::Terminal {
            return Ok(write(self.out));
        }
        let mut out = EscapingWriter::new(&mut *self.out);
        let written = write(&mut out);
        out.finish()?;
        Ok(written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_are_escaped_for_a_terminal_alone() {
        let written = |is_terminal| {
            let mut out = Vec::new();
            let mut output = Output::new(&mut out, is_terminal);
            output.text("\u{1b}[2J\n").expect("memory takes everything");
            let contents = output.contents(|out| out.write_all(b"\x1b[2J\n"));
            contents
                .and_then(|written| written)
                .expect("memory takes everything");
            String::from_utf8(out).expect("UTF-8")
        };
        assert_eq!(written(true), "\\u{1b}[2J\n\\u{1b}[2J\n");
        assert_eq!(written(false), "\\u{1b}[2J\n\u{1b}[2J\n");
    }
}
