//! Receives bytes from a client into a temporary file, and hashes them on the way.
//!
//! Bytes are gathered in memory and written by short blocking tasks, so that a slow client never
//! holds a thread. While one piece is written and hashed, the next one is received.

use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::mem;
use std::path::Path;

use muse_wire::id::{Hasher, MpackKey};
use tempfile::{NamedTempFile, TempPath};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::blocking::run_blocking;

/// Bytes gathered before they are written: little, since many clients can send at a time and then
/// pause, and enough for what writing costs beside the bytes.
const PIECE_BYTES: usize = 64 * 1024;

/// A file received from a client and synced, not yet a blob; removed when dropped.
#[derive(Debug)]
pub struct StagedFile {
    /// The file.
    pub path: TempPath,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// SHA-256 of its bytes, computed here.
    pub key: MpackKey,
}

/// A temporary file that is being received; removed when dropped before [`StagingWriter::finish`].
#[derive(Debug)]
pub struct StagingWriter {
    path: TempPath,
    size_bytes: u64,
    gathered: Vec<u8>,
    state: WriteState,
}

/// The file and the hash over it are with the writer or with a task that writes one piece.
#[derive(Debug)]
enum WriteState {
    Idle(Box<Sink>),
    Writing(JoinHandle<io::Result<Box<Sink>>>),
    /// A write failed or was abandoned, so the file is useless.
    Broken,
}

struct Sink {
    file: File,
    hasher: Hasher,
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sink")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

impl StagingWriter {
    /// A new temporary file in `directory`.
    ///
    /// # Errors
    /// Whatever creating the file gives.
    pub async fn create(directory: &Path) -> io::Result<Self> {
        let directory = directory.to_owned();
        let (file, path) = run_blocking(move || NamedTempFile::new_in(directory))
            .await?
            .into_parts();
        Ok(Self {
            path,
            size_bytes: 0,
            gathered: Vec::new(),
            state: WriteState::Idle(Box::new(Sink {
                file,
                hasher: Hasher::new(),
            })),
        })
    }

    /// Bytes received so far.
    pub const fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// Whatever writing them, or those before them, gives.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.size_bytes += bytes.len() as u64;
        self.gathered.extend_from_slice(bytes);
        if self.gathered.len() >= PIECE_BYTES {
            self.flush().await?;
        }
        Ok(())
    }

    /// Ends the file and syncs it to disk.
    ///
    /// # Errors
    /// Whatever writing or syncing gives.
    pub async fn finish(mut self) -> io::Result<StagedFile> {
        self.flush().await?;
        let sink = self.take_sink().await?;
        let digest = run_blocking(move || {
            sink.file.sync_all()?;
            Ok::<_, io::Error>(sink.hasher.finish())
        })
        .await?;
        Ok(StagedFile {
            path: self.path,
            size_bytes: self.size_bytes,
            key: MpackKey::from_bytes(digest),
        })
    }

    async fn flush(&mut self) -> io::Result<()> {
        let mut sink = self.take_sink().await?;
        let piece = mem::take(&mut self.gathered);
        self.state = WriteState::Writing(spawn_blocking(move || {
            sink.hasher.update(&piece);
            sink.file.write_all(&piece)?;
            Ok(sink)
        }));
        Ok(())
    }

    async fn take_sink(&mut self) -> io::Result<Box<Sink>> {
        match mem::replace(&mut self.state, WriteState::Broken) {
            WriteState::Idle(sink) => Ok(sink),
            WriteState::Writing(task) => task.await.map_err(io::Error::other)?,
            WriteState::Broken => Err(io::Error::other("an earlier write failed")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn pieces_arrive_in_order_and_are_hashed() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let contents: Vec<u8> = (0..3_500_000_u32).map(|i| (i / 7) as u8).collect();
        let mut writer = StagingWriter::create(directory.path())
            .await
            .expect("create");
        for piece in contents.chunks(70_001) {
            writer.write(piece).await.expect("write");
        }
        let staged = writer.finish().await.expect("finish");
        assert_eq!(staged.size_bytes, contents.len() as u64);
        assert_eq!(std::fs::read(&staged.path).expect("read"), contents);
        let mut hasher = Hasher::new();
        hasher.update(&contents);
        assert_eq!(staged.key, MpackKey::from_bytes(hasher.finish()));
    }

    #[tokio::test]
    async fn an_abandoned_file_is_removed() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut writer = StagingWriter::create(directory.path())
            .await
            .expect("create");
        writer.write(b"half").await.expect("write");
        drop(writer);
        let left = std::fs::read_dir(directory.path()).expect("list").count();
        assert_eq!(left, 0);
    }
}
