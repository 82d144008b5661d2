//! The file being verified: read front to back, hashed and counted on the way.

use std::io::Read;

use super::error::VerifyError;
use crate::id::{Hasher, ID_BYTES, MpackKey};
use crate::mpack::compress::FrameDecompressor;
use crate::mpack::layout::frame_header;
use crate::mpack::{Codec, FrameRow, MpackError, Tables};
use crate::problem::ProblemCode;

/// Bytes read at a time where they are not kept.
const CHUNK_BYTES: usize = 64 * 1024;

/// Reads the file.
pub(super) struct Source<'a> {
    input: &'a mut dyn Read,
    progress: &'a dyn Fn(u64),
    hasher: Hasher,
    offset: u64,
    decompressor: FrameDecompressor,
    /// Room for a frame as it is stored.
    stored: Vec<u8>,
}

impl<'a> Source<'a> {
    pub(super) fn new(input: &'a mut dyn Read, progress: &'a dyn Fn(u64)) -> Self {
        Self {
            input,
            progress,
            hasher: Hasher::new(),
            offset: 0,
            decompressor: FrameDecompressor::new(),
            stored: Vec::new(),
        }
    }

    /// Reads exactly as many bytes as fit into `buffer`.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<(), VerifyError> {
        for chunk in buffer.chunks_mut(CHUNK_BYTES) {
            self.input.read_exact(chunk).map_err(|error| {
                if error.kind() == std::io::ErrorKind::UnexpectedEof {
                    VerifyError::Invalid(
                        MpackError::malformed("file", self.offset, "it ends early")
                            .with_code(ProblemCode::MpackKeyMismatch),
                    )
                } else {
                    VerifyError::Io(error)
                }
            })?;
            // In step with reading, so that the bytes are still in the processor's cache.
            self.hasher.update(chunk);
            self.offset += chunk.len() as u64;
        }
        (self.progress)(self.offset);
        Ok(())
    }

    /// Reads a frame: its header, which must be what the tables say, and its payload.
    pub(super) fn read_frame(
        &mut self,
        frame: &FrameRow,
        stored: &mut Vec<u8>,
    ) -> Result<(), VerifyError> {
        let header = frame_header(frame.kind.tag(), frame.codec, frame.stored_bytes);
        self.expect(&header, "frame", "its header is not what the tables say")?;
        // The tables were checked to declare no more than a frame's limit allows.
        stored.resize(frame.stored_bytes as usize, 0);
        self.read(stored)
    }

    /// As [`Self::read_frame`], decompressed: `raw` becomes what is in the frame, which is one of
    /// records.
    pub(super) fn read_raw(
        &mut self,
        frame: &FrameRow,
        tables: &Tables,
        raw: &mut Vec<u8>,
    ) -> Result<(), VerifyError> {
        let mut stored = std::mem::take(&mut self.stored);
        self.read_frame(frame, &mut stored)?;
        let prefix = match frame.codec {
            Codec::ZstdIds => tables.ids_prefix(),
            _ => &[],
        };
        self.decompressor
            .decompress(&frame.payload(&stored, prefix), raw)?;
        self.stored = stored;
        Ok(())
    }

    /// Reads exactly the bytes that are expected here.
    pub(super) fn expect(
        &mut self,
        expected: &[u8],
        section: &'static str,
        reason: &str,
    ) -> Result<(), VerifyError> {
        let mut buffer = [0; CHUNK_BYTES];
        for expected in expected.chunks(CHUNK_BYTES) {
            let offset = self.offset;
            let actual = &mut buffer[..expected.len()];
            self.read(actual)?;
            if actual != expected {
                return Err(MpackError::malformed(section, offset, reason).into());
            }
        }
        Ok(())
    }

    /// Reads `length` bytes, which must hash to `checksum`.
    pub(super) fn expect_hash(
        &mut self,
        checksum: &[u8; ID_BYTES],
        length: u64,
        section: &'static str,
        reason: &str,
    ) -> Result<(), VerifyError> {
        let (start, end) = (self.offset, self.offset + length);
        let mut hasher = Hasher::new();
        let mut buffer = [0; CHUNK_BYTES];
        while self.offset < end {
            let length = (end - self.offset).min(CHUNK_BYTES as u64) as usize;
            self.read(&mut buffer[..length])?;
            hasher.update(&buffer[..length]);
        }
        if hasher.finish() == *checksum {
            return Ok(());
        }
        Err(MpackError::malformed(section, start, reason).into())
    }

    /// Checks that nothing follows.
    pub(super) fn expect_end(&mut self) -> Result<(), VerifyError> {
        let mut byte = [0];
        loop {
            match self.input.read(&mut byte) {
                Ok(0) => return Ok(()),
                Ok(_) => {
                    // Part of what the file hashes to, like any other byte.
                    self.hasher.update(&byte);
                    return Err(
                        MpackError::malformed("file", self.offset, "bytes follow its end")
                            .with_code(ProblemCode::MpackKeyMismatch)
                            .into(),
                    );
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Reads on to the end that the file should have.
    pub(super) fn skip_to(&mut self, end: u64) -> Result<(), VerifyError> {
        let mut buffer = [0; CHUNK_BYTES];
        while self.offset < end {
            let length = (end - self.offset).min(CHUNK_BYTES as u64) as usize;
            self.read(&mut buffer[..length])?;
        }
        Ok(())
    }

    /// What the bytes read so far hash to.
    pub(super) fn key(&self) -> MpackKey {
        MpackKey::from_bytes(self.hasher.clone().finish())
    }
}
