//! One frame's payload: made and undone as a whole.
//!
//! The payload's raw length is declared in the tables, in the zstd header, and by what comes out.
//! All must agree, and no more is ever allocated than the tables declare.

use zstd::zstd_safe::{
    CCtx, CParameter, DCtx, ResetDirective, compress_bound, find_frame_compressed_size,
    get_error_name, get_frame_content_size,
};

use super::{Codec, MpackError, frame_buffer};
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
    stored.clear();
    stored.reserve_exact(compress_bound(raw.len()));
    context
        .reset(ResetDirective::SessionOnly)
        .and_then(|_| context.set_parameter(CParameter::CompressionLevel(LEVEL)))
        // zstd makes it as small as what is compressed and its prefix allow.
        .and_then(|_| context.set_parameter(CParameter::WindowLog(MAX_BASES_WINDOW_LOG)))
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
        payload.check_header()?;
        frame_buffer::prepare(raw, capacity).map_err(|error| damaged(error.to_string()))?;
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

impl Payload<'_> {
    /// Checks what can be known without decompressing it: its zstd header, if it has one.
    pub(super) fn check_header(&self) -> Result<(), MpackError> {
        if self.codec == Codec::Stored {
            return Ok(());
        }
        check_header(self).map_err(|reason| MpackError::malformed("frame", self.offset, reason))
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that do not compress, the same for the same seed.
    fn noise(seed: u64, length: usize) -> Vec<u8> {
        let mut state = seed;
        std::iter::repeat_with(|| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        })
        .take(length)
        .collect()
    }

    /// Zeros, and so much noise behind them.
    fn zeros_and_noise(length: usize, noise_bytes: usize) -> Vec<u8> {
        [vec![0; length - noise_bytes], noise(1, noise_bytes)].concat()
    }

    #[test]
    fn what_compression_does_not_shorten_is_stored_as_it_is() {
        let (mut compressor, mut stored) = (FrameCompressor::new(), Vec::new());
        let mut differences = Vec::new();
        for zeros in 0..64 {
            let raw = [noise(1, 100), vec![0; zeros]].concat();
            let codec = compressor.compress(&raw, &mut stored).expect("memory");
            let is_shorter = stored.len() < raw.len();
            assert_eq!(codec == Codec::Zstd, is_shorter, "{zeros} zeros");
            differences.push(stored.len().cmp(&raw.len()));
        }
        assert!(differences.is_sorted_by(|one, next| one >= next));
        assert!(differences.contains(&std::cmp::Ordering::Equal));
    }

    #[test]
    fn a_probe_that_saves_less_than_a_32nd_decides_for_the_rest() {
        let (mut compressor, mut stored) = (FrameCompressor::new(), Vec::new());
        // The probe shrinks to exactly 31/32 of its length.
        let least = PROBE_BYTES - PROBE_BYTES / 32;
        let enough = (least - 100..least)
            .rev()
            .map(|noise_bytes| zeros_and_noise(PROBE_BYTES, noise_bytes))
            .find(|probe| {
                compress_into(&mut compressor.0, probe, 0, &mut stored).expect("memory");
                stored.len() == least
            })
            .expect("one byte less noise makes it one byte shorter");
        let too_little = zeros_and_noise(PROBE_BYTES, PROBE_BYTES - 1500);
        let zeros = vec![0; 1 << 20];
        for (raw, codec) in [
            ([&enough[..], &zeros].concat(), Codec::Zstd),
            ([&too_little[..], &zeros].concat(), Codec::Stored),
            ([&too_little[..], b"x"].concat(), Codec::Stored),
            // What is no longer than a probe is compressed at once.
            (too_little, Codec::Zstd),
        ] {
            let result = compressor.compress_if_worthwhile(&raw, &mut stored);
            assert_eq!(result.expect("memory"), codec, "{} bytes", raw.len());
        }
    }

    #[test]
    fn contents_are_found_in_bases_of_16_mebibytes() {
        let base = noise(2, 16 << 20);
        let contents = [&noise(3, 1 << 20)[..], &base[..1 << 20]].concat();
        let mut stored = Vec::new();
        compress_with_prefix(&contents, &base, &mut stored).expect("memory");
        assert!(stored.len() < 1_100_000, "{} bytes", stored.len());
        let payload = Payload {
            stored: &stored,
            codec: Codec::ZstdBases,
            prefix: &base,
            raw_bytes: contents.len() as u64,
            offset: 0,
        };
        let mut raw = Vec::new();
        let result = FrameDecompressor::new().decompress(&payload, &mut raw);
        result.expect("as it was compressed");
        assert!(raw == contents);
    }

    #[test]
    fn a_window_covers_one_frame_and_its_bases() {
        // Magic, descriptor (4-byte length), window, length, and one stored block, the last.
        let with_window = |window| {
            let mut stored = ZSTD_MAGIC.to_vec();
            stored.extend([0b1000_0000, window, 5, 0, 0, 0, 5 << 3 | 1, 0, 0]);
            stored.extend(b"12345");
            stored
        };
        // Exponent (from 10) and mantissa (eighths).
        for (codec, window, fits) in [
            (Codec::Zstd, 14 << 3, true),
            (Codec::Zstd, 14 << 3 | 1, false),
            (Codec::ZstdIds, 14 << 3, true),
            (Codec::ZstdIds, 15 << 3, false),
            (Codec::ZstdBases, 15 << 3, true),
            (Codec::ZstdBases, 15 << 3 | 1, false),
            (Codec::ZstdBases, 16 << 3, false),
        ] {
            let stored = with_window(window);
            let payload = Payload {
                stored: &stored,
                codec,
                prefix: &[],
                raw_bytes: 5,
                offset: 0,
            };
            assert_eq!(check_header(&payload).is_ok(), fits, "{codec:?} {window}");
        }
    }
}
