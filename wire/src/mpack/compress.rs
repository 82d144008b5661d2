//! One frame's payload: a single zstd frame, made and undone as a whole.
//!
//! The payload's raw length is declared three times: in the tables, in the zstd header, and by what
//! comes out. All three must agree, and no more is ever allocated than the tables declare.

use zstd::zstd_safe::{
    CCtx, CParameter, DCtx, ResetDirective, compress_bound, find_frame_compressed_size,
    get_error_name, get_frame_content_size,
};

use super::MpackError;

/// Fast, and with long-distance matching already past what a delta coder reaches on histories.
const LEVEL: i32 = 3;
/// Largest window: one frame of objects.
const MAX_WINDOW_LOG: u32 = 24;
/// Smallest window that zstd knows.
const MIN_WINDOW_LOG: u32 = 10;
/// Frames above this are searched for long-distance matches; the level's own search covers smaller
/// ones.
const LONG_DISTANCE_BYTES: usize = 128 * 1024;

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

    /// Replaces `stored` by `raw`, compressed. The result depends on `raw` alone.
    pub(super) fn compress(&mut self, raw: &[u8], stored: &mut Vec<u8>) -> std::io::Result<()> {
        let window_log = usize::BITS - raw.len().saturating_sub(1).leading_zeros();
        let long_distance = raw.len() > LONG_DISTANCE_BYTES;
        stored.clear();
        stored.reserve_exact(compress_bound(raw.len()));
        let context = &mut self.0;
        context
            .reset(ResetDirective::SessionAndParameters)
            .and_then(|_| context.set_parameter(CParameter::CompressionLevel(LEVEL)))
            .and_then(|_| {
                let window_log = window_log.clamp(MIN_WINDOW_LOG, MAX_WINDOW_LOG);
                context.set_parameter(CParameter::WindowLog(window_log))
            })
            .and_then(|_| {
                context.set_parameter(CParameter::EnableLongDistanceMatching(long_distance))
            })
            .and_then(|_| context.compress2(stored, raw))
            .map(|_| ())
            .map_err(|code| std::io::Error::other(get_error_name(code)))
    }
}

/// Most bytes that a payload of `raw_bytes` may be stored in: what zstd takes for incompressible
/// input, rounded up to a rule that needs no zstd to state.
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

    /// Replaces `raw` by the `raw_bytes` that `stored` decompresses to. `offset` is the payload's
    /// offset in the file, for the error; the caller has checked `raw_bytes` against the limit.
    pub(super) fn decompress(
        &mut self,
        stored: &[u8],
        raw_bytes: u64,
        offset: u64,
        raw: &mut Vec<u8>,
    ) -> Result<(), MpackError> {
        let damaged = |reason: String| MpackError::malformed("frame", offset, reason);
        check_header(stored, raw_bytes).map_err(damaged)?;
        let capacity = usize::try_from(raw_bytes)
            .map_err(|_| damaged("the frame is too large for this machine".to_owned()))?;
        raw.clear();
        raw.try_reserve_exact(capacity)
            .map_err(|error| damaged(error.to_string()))?;
        let written = self.0.decompress(raw, stored).map_err(|code| {
            damaged(format!(
                "it does not decompress to its {raw_bytes} declared bytes: {}",
                get_error_name(code)
            ))
        })?;
        if written != capacity {
            return Err(damaged(format!(
                "it decompresses to {written} bytes instead of the declared {raw_bytes}"
            )));
        }
        Ok(())
    }
}

/// Checks that `stored` is exactly one zstd frame as this format wants it, which declares
/// `raw_bytes`.
fn check_header(stored: &[u8], raw_bytes: u64) -> Result<(), String> {
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
        raw_bytes > 1 << MAX_WINDOW_LOG
    } else {
        let window = *rest.first().ok_or("its zstd header is cut short")?;
        let (exponent, mantissa) = (u32::from(window >> 3), u32::from(window & 7));
        let window_log = MIN_WINDOW_LOG + exponent;
        window_log > MAX_WINDOW_LOG || window_log == MAX_WINDOW_LOG && mantissa > 0
    };
    if is_window_too_large {
        return Err("its zstd window is larger than 16 MiB".to_owned());
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
