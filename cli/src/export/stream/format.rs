//! The format of a stream, as `git help fast-import` describes it.

use std::fmt::{self, Display};
use std::io::{self, Write};

use muse_wire::quote::quote_bytes;

use super::said::{StreamedCommit, StreamedTag};
use crate::export::error::ExportError;

/// The name of a file or commit in a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark(u64);

impl Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, ":{}", self.0)
    }
}

/// What the stream says of a commit.
pub(super) struct CommitLines<'a> {
    pub(super) ref_name: &'a str,
    /// Its id in git, where that is known.
    pub(super) original: Option<&'a str>,
    pub(super) said: &'a StreamedCommit,
    pub(super) parents: &'a [Mark],
    pub(super) files: &'a [FileLine],
}

/// A path that a commit changes.
pub(super) struct FileLine {
    pub(super) path: Vec<u8>,
    /// Its mode, and a mark or the id of a submodule's commit; none if the path is gone.
    pub(super) entry: Option<(u32, String)>,
}

/// What the stream says of an annotated tag.
pub(super) struct TagLines<'a> {
    pub(super) name: &'a str,
    pub(super) target: Mark,
    /// Its id in git, where that is known.
    pub(super) original: Option<&'a str>,
    pub(super) said: &'a StreamedTag,
}

/// Writes a stream.
pub(super) struct StreamWriter<'a> {
    out: &'a mut dyn Write,
    marks: u64,
}

impl<'a> StreamWriter<'a> {
    /// Begins a stream. Whoever reads it knows from its end that it is whole.
    pub(super) fn begin(out: &'a mut dyn Write) -> Result<Self, ExportError> {
        let mut writer = Self { out, marks: 0 };
        writer.write(b"feature done\n")?;
        Ok(writer)
    }

    /// Ends the stream.
    pub(super) fn end(&mut self) -> Result<(), ExportError> {
        self.write(b"done\n")?;
        self.out.flush().map_err(ExportError::Stream)
    }

    /// A file.
    pub(super) fn blob(&mut self, contents: &[u8]) -> Result<Mark, ExportError> {
        self.long_blob(contents.len() as u64, |out| {
            out.write_all(contents).map_err(ExportError::Stream)
        })
    }

    /// A file of `length` bytes, which `write` writes piece by piece.
    pub(super) fn long_blob<E: Into<ExportError>>(
        &mut self,
        length: u64,
        write: impl FnOnce(&mut dyn Write) -> Result<(), E>,
    ) -> Result<Mark, ExportError> {
        self.write(b"blob\n")?;
        let mark = self.mark()?;
        self.write(format!("data {length}\n").as_bytes())?;
        let mut out = Watched {
            out: self.out,
            error: None,
        };
        let written = write(&mut out);
        match out.error {
            // The reason why the stream cannot be written, and not what was being read.
            Some(error) => return Err(ExportError::Stream(error)),
            None => written.map_err(Into::into)?,
        }
        self.write(b"\n")?;
        Ok(mark)
    }

    /// Makes a ref name a commit, or no commit yet.
    pub(super) fn reset(&mut self, name: &str, commit: Option<Mark>) -> Result<(), ExportError> {
        let from = commit.map_or(String::new(), |commit| format!("from {commit}\n"));
        self.write(format!("reset {name}\n{from}\n").as_bytes())
    }

    /// A commit.
    pub(super) fn commit(&mut self, commit: &CommitLines<'_>) -> Result<Mark, ExportError> {
        let StreamedCommit {
            author,
            committer,
            encoding,
            message,
            ..
        } = commit.said;
        if commit.parents.is_empty() {
            // It would follow what the ref names so far.
            self.reset(commit.ref_name, None)?;
        }
        self.write(format!("commit {}\n", commit.ref_name).as_bytes())?;
        let mark = self.mark()?;
        self.original(commit.original)?;
        self.line(b"author ", author)?;
        self.line(b"committer ", committer)?;
        if let Some(encoding) = encoding {
            self.line(b"encoding ", encoding)?;
        }
        self.data(message)?;
        for (at, parent) in commit.parents.iter().enumerate() {
            let word = if at == 0 { "from" } else { "merge" };
            self.write(format!("{word} {parent}\n").as_bytes())?;
        }
        for FileLine { path, entry } in commit.files {
            let path = quote_bytes(path);
            let line = match entry {
                Some((mode, contents)) => format!("M {mode:06o} {contents} {path}\n"),
                None => format!("D {path}\n"),
            };
            self.write(line.as_bytes())?;
        }
        self.write(b"\n")?;
        Ok(mark)
    }

    /// An annotated tag.
    pub(super) fn tag(&mut self, tag: &TagLines<'_>) -> Result<(), ExportError> {
        let TagLines { name, target, .. } = tag;
        self.write(format!("tag {name}\nfrom {target}\n").as_bytes())?;
        self.original(tag.original)?;
        if let Some(tagger) = &tag.said.tagger {
            self.line(b"tagger ", tagger)?;
        }
        self.data(&tag.said.message)
    }

    fn mark(&mut self) -> Result<Mark, ExportError> {
        self.marks += 1;
        let mark = Mark(self.marks);
        self.write(format!("mark {mark}\n").as_bytes())?;
        Ok(mark)
    }

    fn original(&mut self, id: Option<&str>) -> Result<(), ExportError> {
        match id {
            Some(id) => self.line(b"original-oid ", id.as_bytes()),
            None => Ok(()),
        }
    }

    fn data(&mut self, bytes: &[u8]) -> Result<(), ExportError> {
        self.write(format!("data {}\n", bytes.len()).as_bytes())?;
        self.line(bytes, b"")
    }

    fn line(&mut self, start: &[u8], rest: &[u8]) -> Result<(), ExportError> {
        self.write(start)?;
        self.write(rest)?;
        self.write(b"\n")
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), ExportError> {
        self.out.write_all(bytes).map_err(ExportError::Stream)
    }
}

/// Keeps the error of an output.
struct Watched<'a> {
    out: &'a mut dyn Write,
    error: Option<io::Error>,
}

impl Watched<'_> {
    fn keep<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        result.map_err(|error| {
            let kind = error.kind();
            if kind != io::ErrorKind::Interrupted {
                self.error = Some(error);
            }
            kind.into()
        })
    }
}

impl Write for Watched<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes);
        self.keep(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.out.flush();
        self.keep(flushed)
    }
}
