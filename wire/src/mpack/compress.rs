//! One frame's payload: made and undone as a whole.
//!
//! The payload's raw length is declared in the tables, in the zstd header, and by what comes out.
//! All must agree, and no more is ever allocated than the tables declare.

use zstd::zstd_safe::{
    CCtx, CParameter, DCtx, ResetDirective, compress_bound, find_frame_compressed_size,
    get_error_name, get_frame_content_size,
};

use super::{Codec, MpackError};
use crate::limits::MAX_COMPRESSED_TABLE_BYTES;

/// Fast, and with long-distance matching already past what a delta coder reaches on histories.
const LEVEL: i32 = 3;
/// Largest window without bases: one frame of objects.
const MAX_WINDOW_LOG: u32 = 24;
/// Largest window with bases: as many bytes of bases, and one frame of objects.
const MAX_BASES_WINDOW_LOG: u32 = 25;
/// Smallest window that zstd knows.
const MIN_WINDOW_LOG: u32 = 10;
/// Frames above this are searched for long-distance matches; the level's own search covers smaller
/// ones.
const LONG_DISTANCE_BYTES: usize = 128 * 1024;
/// How much of a frame is compressed to find out whether compressing all of it is worthwhile.
const PROBE_BYTES: usize = 64 * 1024;

/// First four bytes of a zstd frame. Checked before zstd sees the bytes, so that neither its legacy
/// decoders nor skippable frames can be reached.
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Compresses one frame after another, keeping its working memory.
pub(super) struct FrameCompressor(CCtx<'static>);

impl FrameCompressor {
    /// A compressor that has allocated nothing yet.
    pub(super) fn new() -> Self {
        Self(CCtx::create())
    }

    /// Replaces `stored` by `raw`, compressed, unless that saves nothing: then the payload is `raw`
    /// as it is. The result depends on `raw` alone.
    pub(super) fn compress(&mut self, raw: &[u8], stored: &mut Vec<u8>) -> std::io::Result<Codec> {
        compress_into(&mut self.0, raw, 0, stored)?;
        Ok(if stored.len() < raw.len() {
            Codec::Zstd
        } else {
            Codec::Stored
        })
    }

    /// As [`Self::compress`], for contents that are often compressed already: a few bytes tell.
    pub(super) fn compress_if_worthwhile(
        &mut self,
        raw: &[u8],
        stored: &mut Vec<u8>,
    ) -> std::io::Result<Codec> {
        if raw.len() > PROBE_BYTES {
            let probe = &raw[..PROBE_BYTES];
            compress_into(&mut self.0, probe, 0, stored)?;
            if stored.len() > probe.len() - probe.len() / 32 {
                return Ok(Codec::Stored);
            }
        }
        self.compress(raw, stored)
    }
}

/// Replaces `stored` by `raw`, compressed with `prefix` before it. They must not overlap: zstd
/// would take the prefix for overwritten, and compress as if there were none.
pub(super) fn compress_with_prefix(
    raw: &[u8],
    prefix: &[u8],
    stored: &mut Vec<u8>,
) -> std::io::Result<()> {
    let mut context = CCtx::create();
    context
        .ref_prefix(prefix)
        .map_err(|code| std::io::Error::other(get_error_name(code)))?;
    compress_into(&mut context, raw, prefix.len(), stored)
}

fn compress_into(
    context: &mut CCtx<'_>,
    raw: &[u8],
    prefix_bytes: usize,
    stored: &mut Vec<u8>,
) -> std::io::Result<()> {
    let reach = raw.len() + prefix_bytes;
    let window_log = usize::BITS - reach.saturating_sub(1).leading_zeros();
    let max_window_log = if prefix_bytes > 0 {
        MAX_BASES_WINDOW_LOG
    } else {
        MAX_WINDOW_LOG
    };
    stored.clear();
    stored.reserve_exact(compress_bound(raw.len()));
    context
        .reset(ResetDirective::SessionOnly)
        .and_then(|_| context.set_parameter(CParameter::CompressionLevel(LEVEL)))
        .and_then(|_| {
            let window_log = window_log.clamp(MIN_WINDOW_LOG, max_window_log);
            context.set_parameter(CParameter::WindowLog(window_log))
        })
        .and_then(|_| {
            let long_distance = reach > LONG_DISTANCE_BYTES;
            context.set_parameter(CParameter::EnableLongDistanceMatching(long_distance))
        })
        .and_then(|_| context.compress2(stored, raw))
        .map(|_| ())
        .map_err(|code| std::io::Error::other(get_error_name(code)))
}

/// Most bytes that a compressed payload of `raw_bytes` may be stored in: what zstd takes for
/// incompressible input, rounded up to a rule that needs no zstd to state.
pub(super) const fn max_stored_bytes(raw_bytes: u64) -> u64 {
    raw_bytes + raw_bytes / 128 + 1024
}

/// Decompresses one payload after another, keeping its working memory.
pub(super) struct FrameDecompressor(DCtx<'static>);

impl FrameDecompressor {
    /// A decompressor that has allocated nothing but its tables.
    pub(super) fn new() -> Self {
        Self(DCtx::create())
    }

    /// Replaces `raw` by what the payload decompresses to.
    pub(super) fn decompress(
        &mut self,
        payload: &Payload<'_>,
        raw: &mut Vec<u8>,
    ) -> Result<(), MpackError> {
        let damaged = |reason: String| MpackError::malformed("frame", payload.offset, reason);
        let capacity = usize::try_from(payload.raw_bytes)
            .map_err(|_| damaged("the frame is too large for this machine".to_owned()))?;
        if payload.codec != Codec::Stored {
            check_header(payload).map_err(damaged)?;
        }
        raw.clear();
        raw.try_reserve_exact(capacity)
            .map_err(|error| damaged(error.to_string()))?;
        let written = match payload.codec {
            Codec::Stored => {
                raw.extend_from_slice(payload.stored);
                Ok(raw.len())
            }
            Codec::Zstd => self.0.decompress(raw, payload.stored),
            Codec::ZstdBases | Codec::ZstdIds => {
                let mut context = DCtx::create();
                context
                    .ref_prefix(payload.prefix)
                    .and_then(|_| context.decompress(raw, payload.stored))
            }
        };
        let written = written.map_err(|code| {
            damaged(format!(
                "it does not decompress to its {capacity} declared bytes: {}",
                get_error_name(code)
            ))
        })?;
        if written != capacity {
            return Err(damaged(format!(
                "it decompresses to {written} bytes instead of the declared {capacity}"
            )));
        }
        Ok(())
    }
}

/// A payload, and what must be known to decompress it. The caller has checked the declared length
/// against the limit.
pub(super) struct Payload<'a> {
    pub(super) stored: &'a [u8],
    pub(super) codec: Codec,
    /// What the codec asks for.
    pub(super) prefix: &'a [u8],
    /// The declared length.
    pub(super) raw_bytes: u64,
    /// Offset in the file, for errors.
    pub(super) offset: u64,
}

/// The tables that `stored`, a payload at `offset`, decompresses to.
pub(super) fn decompress_tables(stored: &[u8], offset: u64) -> Result<Vec<u8>, MpackError> {
    let declared = get_frame_content_size(stored).ok().flatten().unwrap_or(0);
    if declared > MAX_COMPRESSED_TABLE_BYTES {
        let reason = "the tables are compressed, yet larger than compressed tables may be";
        return Err(MpackError::malformed("tables", offset, reason));
    }
    let payload = Payload {
        stored,
        codec: Codec::Zstd,
        prefix: &[],
        raw_bytes: declared,
        offset,
    };
    let mut raw = Vec::new();
    FrameDecompressor::new().decompress(&payload, &mut raw)?;
    Ok(raw)
}

/// Checks that `stored` is exactly one zstd frame as this format wants it, which declares as many
/// bytes as it was declared to have.
fn check_header(payload: &Payload<'_>) -> Result<(), String> {
    let Payload {
        stored, raw_bytes, ..
    } = *payload;
    let max_window_log = match payload.codec {
        Codec::ZstdBases => MAX_BASES_WINDOW_LOG,
        _ => MAX_WINDOW_LOG,
    };
    let Some(([magic @ .., descriptor], rest)) = stored.split_first_chunk::<5>() else {
        return Err("it is too short for a zstd frame".to_owned());
    };
    if *magic != ZSTD_MAGIC {
        return Err("it is no zstd frame".to_owned());
    }
    // Bits 0-1: dictionary id, 2: checksum, 3: reserved, 5: single segment.
    if descriptor & 0b1111 != 0 {
        return Err("its zstd header asks for a dictionary or a checksum".to_owned());
    }
    // A single segment's window is the whole content.
    let is_window_too_large = if descriptor & 0b10_0000 != 0 {
        raw_bytes > 1 << max_window_log
    } else {
        let window = *rest.first().ok_or("its zstd header is cut short")?;
        let (exponent, mantissa) = (u32::from(window >> 3), u32::from(window & 7));
        let window_log = MIN_WINDOW_LOG + exponent;
        window_log > max_window_log || window_log == max_window_log && mantissa > 0
    };
    if is_window_too_large {
        return Err(format!(
            "its zstd window is larger than 2^{max_window_log} bytes"
        ));
    }
    match get_frame_content_size(stored) {
        Ok(Some(declared)) if declared == raw_bytes => {}
        Ok(Some(declared)) => {
            return Err(format!(
                "its zstd header declares {declared} bytes, the tables {raw_bytes}"
            ));
        }
        Ok(None) | Err(_) => return Err("its zstd header declares no length".to_owned()),
    }
    match find_frame_compressed_size(stored) {
        Ok(length) if length == stored.len() => Ok(()),
        Ok(_) => Err("bytes follow its zstd frame".to_owned()),
        Err(code) => Err(format!(
            "its zstd frame is damaged: {}",
            get_error_name(code)
        )),
    }
}
