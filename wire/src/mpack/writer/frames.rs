//! The frame stream: compresses frames on a few threads, writes them in order, and hashes what it
//! writes.

use std::collections::VecDeque;
use std::io::Write;
use std::sync::mpsc::{Receiver, channel};

use crate::id::Hasher;
use crate::mpack::Codec;
use crate::mpack::compress::FrameCompressor;
use crate::mpack::layout::{FRAME_HEADER_BYTES, frame_header};
use crate::mpack::pool::receive;
use crate::mpack::tables::{FrameKind, NewFrameRow};

/// Most frames in compression at a time. With 16 MiB raw each, this and the frame being filled are
/// most of a writer's memory.
const MAX_FRAMES_IN_FLIGHT: usize = 3;

/// Frames up to this size are compressed on the spot: handing them to a thread would take longer.
const INLINE_RAW_BYTES: usize = 128 * 1024;

/// An output for frames.
pub(super) struct FrameStream<W> {
    out: W,
    hasher: Hasher,
    written_bytes: u64,
    rows: Vec<NewFrameRow>,
    pending: VecDeque<Receiver<Compression>>,
    idle: Vec<Compression>,
    broken: bool,
}

/// One frame on its way, with the working memory that it travels in.
struct Compression {
    kind: FrameKind,
    first: u32,
    raw: Vec<u8>,
    stored: Vec<u8>,
    compressor: FrameCompressor,
    result: std::io::Result<Codec>,
}

impl Compression {
    fn run(&mut self) {
        self.result = if self.kind == FrameKind::Chunks {
            self.compressor
                .compress_if_worthwhile(&self.raw, &mut self.stored)
        } else {
            self.compressor.compress(&self.raw, &mut self.stored)
        };
    }
}

/// A frame whose payload is ready to be written.
pub(super) struct EncodedFrame<'a> {
    pub(super) kind: FrameKind,
    pub(super) codec: Codec,
    /// Position of the first entry that starts in it.
    pub(super) first: u32,
    /// How many bases it has.
    pub(super) base_count: u32,
    pub(super) raw_bytes: u64,
    pub(super) stored: &'a [u8],
}

impl<W: Write> FrameStream<W> {
    pub(super) fn new(out: W) -> Self {
        Self {
            out,
            hasher: Hasher::new(),
            written_bytes: 0,
            rows: Vec::new(),
            pending: VecDeque::new(),
            idle: Vec::new(),
            broken: false,
        }
    }

    /// Writes bytes that are no content frame, behind all frames submitted so far.
    pub(super) fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.drain(0)?;
        self.put(bytes)
    }

    /// Compresses `raw` into a frame of its own and leaves an empty buffer in its place.
    pub(super) fn submit(
        &mut self,
        kind: FrameKind,
        first: u32,
        raw: &mut Vec<u8>,
    ) -> std::io::Result<()> {
        let on_the_spot = raw.len() <= INLINE_RAW_BYTES && self.pending.is_empty();
        if !on_the_spot {
            // Asked for only here: the question starts the threads, which a small mpack does
            // without.
            let limit = rayon::current_num_threads().clamp(1, MAX_FRAMES_IN_FLIGHT);
            self.drain(limit - 1)?;
        }
        let mut compression = self.idle.pop().unwrap_or_else(|| Compression {
            kind,
            first,
            raw: Vec::new(),
            stored: Vec::new(),
            compressor: FrameCompressor::new(),
            result: Ok(Codec::Stored),
        });
        compression.kind = kind;
        compression.first = first;
        std::mem::swap(&mut compression.raw, raw);
        raw.clear();
        if on_the_spot {
            compression.run();
            return self.put_frame(compression);
        }
        let (finished, pending) = channel();
        self.pending.push_back(pending);
        rayon::spawn(move || {
            compression.run();
            // Nobody waits for it any more where the writer was dropped.
            let _ = finished.send(compression);
        });
        Ok(())
    }

    /// Writes a frame that needs no compression any more.
    pub(super) fn put_encoded(&mut self, frame: &EncodedFrame<'_>) -> std::io::Result<()> {
        self.drain(0)?;
        self.put_payload(frame)
    }

    /// Bytes written so far, without what is still being compressed.
    pub(super) fn written_bytes(&self) -> u64 {
        self.written_bytes
    }

    /// Marks the output as useless: part of what was to be written is missing.
    pub(super) fn set_broken(&mut self) {
        self.broken = true;
    }

    /// Whether something failed, so that part of the output is missing.
    pub(super) fn is_broken(&self) -> bool {
        self.broken
    }

    /// The rows of all frames, once they are written.
    pub(super) fn take_rows(&mut self) -> std::io::Result<Vec<NewFrameRow>> {
        self.drain(0)?;
        Ok(std::mem::take(&mut self.rows))
    }

    /// Flushes; gives back the output, the digest of all that was written and its length.
    pub(super) fn finish(mut self) -> std::io::Result<(W, [u8; 32], u64)> {
        self.out.flush()?;
        Ok((self.out, self.hasher.finish(), self.written_bytes))
    }

    /// Writes out the oldest frames until at most `remaining` are in compression.
    fn drain(&mut self, remaining: usize) -> std::io::Result<()> {
        while self.pending.len() > remaining
            && let Some(oldest) = self.pending.pop_front()
        {
            let compression = receive(&oldest).expect("a compression always reports back");
            self.put_frame(compression)?;
        }
        Ok(())
    }

    fn put_frame(&mut self, mut compression: Compression) -> std::io::Result<()> {
        let result = std::mem::replace(&mut compression.result, Ok(Codec::Stored));
        self.broken |= result.is_err();
        let codec = result?;
        self.put_payload(&EncodedFrame {
            kind: compression.kind,
            codec,
            first: compression.first,
            base_count: 0,
            raw_bytes: compression.raw.len() as u64,
            stored: match codec {
                Codec::Stored => &compression.raw,
                _ => &compression.stored,
            },
        })?;
        self.idle.push(compression);
        Ok(())
    }

    fn put_payload(&mut self, frame: &EncodedFrame<'_>) -> std::io::Result<()> {
        let stored_bytes = frame.stored.len() as u64;
        self.rows.push(NewFrameRow {
            kind: frame.kind,
            codec: frame.codec,
            first: frame.first,
            base_count: frame.base_count,
            offset: self.written_bytes + FRAME_HEADER_BYTES as u64,
            stored_bytes,
            raw_bytes: frame.raw_bytes,
        });
        self.put(&frame_header(frame.kind.tag(), frame.codec, stored_bytes))?;
        self.put(frame.stored)
    }

    fn put(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.hasher.update(bytes);
        self.written_bytes += bytes.len() as u64;
        let result = self.out.write_all(bytes);
        self.broken |= result.is_err();
        result
    }
}
