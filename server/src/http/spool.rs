//! Bodies that are needed as a whole. While they arrive, all but a little of them waits in a file:
//! so many of them, however slow, take little memory.

use std::fs::File;
use std::mem;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

use crate::blocking::run_blocking;
use crate::error::{Error, Result};

/// Bytes that are gathered before they are written. Most bodies are shorter and need no file.
const PIECE_BYTES: usize = 16 * 1024;

/// A body, or the beginning of one.
pub(crate) struct Spool {
    directory: Arc<Path>,
    /// A file without a name, which goes with this value.
    file: Option<Arc<File>>,
    file_bytes: usize,
    /// What follows what is in the file.
    tail: Vec<u8>,
}

impl Spool {
    /// An empty one; its file will be in `directory`.
    pub(super) const fn new(directory: Arc<Path>) -> Self {
        Self {
            directory,
            file: None,
            file_bytes: 0,
            tail: Vec::new(),
        }
    }

    /// How many bytes there are.
    pub(crate) const fn len(&self) -> usize {
        self.file_bytes + self.tail.len()
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// [`Error`] where they cannot be written.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.tail.extend_from_slice(bytes);
        if self.tail.len() < PIECE_BYTES {
            return Ok(());
        }
        let (tail, offset) = (mem::take(&mut self.tail), self.file_bytes as u64);
        self.file_bytes += tail.len();
        let (directory, file) = (Arc::clone(&self.directory), self.file.take());
        let written = run_blocking(move || {
            let file = match file {
                Some(file) => file,
                None => Arc::new(tempfile::tempfile_in(directory)?),
            };
            file.write_all_at(&tail, offset)?;
            Ok(file)
        });
        self.file = Some(
            written
                .await
                .map_err(|error: std::io::Error| spool_error(error))?,
        );
        Ok(())
    }

    /// All bytes.
    ///
    /// # Errors
    /// [`Error`] where they cannot be read.
    pub(crate) async fn read(&self) -> Result<Vec<u8>> {
        let Some(file) = self.file.clone() else {
            return Ok(self.tail.clone());
        };
        let mut bytes = vec![0; self.file_bytes];
        let read = run_blocking(move || file.read_exact_at(&mut bytes, 0).map(|()| bytes));
        let mut bytes = read.await.map_err(spool_error)?;
        bytes.extend_from_slice(&self.tail);
        Ok(bytes)
    }
}

fn spool_error(error: std::io::Error) -> Error {
    Error::internal("keeping a body", error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn short_and_long_bodies_are_read_as_they_were_written() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let body: Vec<u8> = (0..5 * PIECE_BYTES).map(|at| (at / 7) as u8).collect();
        for length in [0, 1, PIECE_BYTES - 1, PIECE_BYTES, body.len()] {
            let mut spool = Spool::new(directory.path().into());
            for piece in body[..length].chunks(5001) {
                spool.write(piece).await.expect("written");
                assert!(spool.tail.len() < PIECE_BYTES);
            }
            assert_eq!(spool.len(), length);
            for _ in 0..2 {
                assert_eq!(spool.read().await.expect("read"), body[..length]);
            }
        }
        let left = std::fs::read_dir(directory.path()).expect("list").count();
        assert_eq!(left, 0);
    }
}
