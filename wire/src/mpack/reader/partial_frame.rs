//! Reading objects one by one: their frame is decompressed only as far as they need it.

use zstd::zstd_safe::{
    DCtx, DParameter, ErrorCode, InBuffer, OutBuffer, ResetDirective, get_error_name,
};

use super::Mpack;
use crate::mpack::{Codec, MpackError, ObjectRow, frame_buffer};

/// Bytes of a zstd payload that tell how long its header is: the least that zstd asks for.
const FIRST_BYTES: usize = 5;

/// A frame, decompressed from its start up to where it was needed so far.
pub struct PartialFrame {
    index: u32,
    context: DCtx<'static>,
    raw: Vec<u8>,
    /// Bytes of the payload that are decompressed.
    consumed_bytes: usize,
    /// Bytes that zstd asks for next: those of one block. 0 once the payload has ended.
    wanted_bytes: usize,
}

impl Mpack {
    /// Begins to read a frame; `used` gives its memory.
    ///
    /// # Errors
    /// [`MpackError`] where the frame's header is damaged.
    ///
    /// # Panics
    /// Where the index is not below [`super::Tables::frame_count`].
    pub fn begin_frame(
        &self,
        index: u32,
        used: Option<PartialFrame>,
    ) -> Result<PartialFrame, MpackError> {
        let frame = self.tables.frame(index);
        let damaged = |reason: String| MpackError::malformed("frame", frame.offset, reason);
        frame
            .payload(self.stored_frame(index), &[])
            .check_header()?;
        let (mut context, mut raw) = match used {
            Some(used) => (used.context, used.raw),
            None => (DCtx::create(), Vec::new()),
        };
        // The limit of a frame's bytes fits.
        frame_buffer::prepare(&mut raw, frame.raw_bytes as usize)
            .map_err(|error| damaged(error.to_string()))?;
        context
            .reset(ResetDirective::SessionOnly)
            // Blocks are decompressed to where they stay, and refer to those before them.
            .and_then(|_| context.set_parameter(DParameter::StableOutBuffer(true)))
            .map_err(|code| damaged(get_error_name(code).to_owned()))?;
        Ok(PartialFrame {
            index,
            context,
            raw,
            consumed_bytes: 0,
            wanted_bytes: FIRST_BYTES,
        })
    }

    /// The bytes of an object, which lies in this frame.
    ///
    /// # Errors
    /// [`MpackError`] where the frame is damaged on the way to the object, or in it.
    pub fn read_object_in<'a>(
        &'a self,
        frame: &'a mut PartialFrame,
        row: &ObjectRow,
    ) -> Result<&'a [u8], MpackError> {
        debug_assert_eq!(frame.index, row.frame);
        let contents = self.read_part_in(frame, row.offset, row.length)?;
        self.check_object(row, contents)?;
        Ok(contents)
    }

    /// These bytes of the frame.
    pub(super) fn read_part_in<'a>(
        &'a self,
        frame: &'a mut PartialFrame,
        offset: u32,
        length: u32,
    ) -> Result<&'a [u8], MpackError> {
        let (start, end) = (offset as usize, offset as usize + length as usize);
        let row = self.tables.frame(frame.index);
        let stored = self.stored_frame(frame.index);
        let damaged = |reason: &str| {
            let reason = format!("it does not decompress to what it holds: {reason}");
            MpackError::malformed("frame", row.offset, reason)
        };
        if row.codec == Codec::Stored {
            return stored
                .get(start..end)
                .ok_or_else(|| damaged("too few bytes"));
        }
        while frame.raw.len() < end {
            if frame.wanted_bytes == 0 || frame.consumed_bytes == stored.len() {
                return Err(damaged("too few bytes"));
            }
            let failed = |code: ErrorCode| damaged(get_error_name(code));
            frame.decompress_block(stored).map_err(failed)?;
        }
        Ok(&frame.raw[start..end])
    }
}

impl PartialFrame {
    /// Index of the frame in its mpack.
    pub const fn index(&self) -> u32 {
        self.index
    }

    /// Bytes of memory that it takes.
    pub const fn memory_bytes(&self) -> usize {
        self.raw.capacity()
    }

    /// Goes on by as much as zstd asks for.
    fn decompress_block(&mut self, stored: &[u8]) -> Result<(), ErrorCode> {
        let rest = &stored[self.consumed_bytes..];
        let mut input = InBuffer::around(&rest[..self.wanted_bytes.min(rest.len())]);
        let at = self.raw.len();
        let mut output = OutBuffer::around_pos(&mut self.raw, at);
        self.wanted_bytes = self.context.decompress_stream(&mut output, &mut input)?;
        self.consumed_bytes += input.pos();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ObjectId;
    use crate::mpack::{Counts, MpackWriter};

    /// An mpack of objects that take several blocks of zstd each, in one frame.
    fn mpack() -> (Mpack, Vec<Vec<u8>>) {
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8 & 0x3f
        };
        let objects: Vec<Vec<u8>> = (0..6)
            .map(|_| (0..300_000).map(|_| next()).collect())
            .collect();
        let counts = Counts {
            objects: objects.len() as u64,
            object_bytes: objects.iter().map(|object| object.len() as u64).sum(),
            ..Counts::default()
        };
        let mut writer = MpackWriter::new(Vec::new(), counts).expect("in memory");
        for object in &objects {
            let id = ObjectId::of(object);
            writer.add_object(id, object).expect("as announced");
        }
        let written = writer.finish().expect("as announced");
        (Mpack::from_bytes(written.out).expect("opens"), objects)
    }

    fn row(mpack: &Mpack, object: &[u8]) -> ObjectRow {
        let row = mpack.tables().find_object(&ObjectId::of(object));
        row.expect("it was written")
    }

    #[test]
    fn objects_are_read_in_any_order_and_no_further_than_needed() {
        let (mpack, objects) = mpack();
        assert_eq!(mpack.tables().frame_count(), 1);
        let mut used = None;
        for order in [[0, 1, 2, 3, 4, 5], [2, 0, 5, 5, 1, 3]] {
            let mut frame = mpack.begin_frame(0, used.take()).expect("sound");
            let mut most = 0;
            for at in order {
                let row = row(&mpack, &objects[at]);
                let read = mpack.read_object_in(&mut frame, &row).expect("sound");
                assert_eq!(read, objects[at]);
                most = most.max(at);
                // A block has at most 128 KiB.
                let needed = (most + 1) * 300_000;
                assert!((needed..needed + (128 << 10)).contains(&frame.raw.len()));
            }
            used = Some(frame);
        }
    }

    #[test]
    fn damage_is_an_error_wherever_it_is() {
        let (mpack, objects) = mpack();
        let rows: Vec<_> = objects.iter().map(|object| row(&mpack, object)).collect();
        let frame = mpack.tables().frame(0);
        let stored = frame.offset as usize..(frame.offset + frame.stored_bytes) as usize;
        for at in stored.step_by(9_973) {
            let mut bytes = mpack.bytes().to_vec();
            bytes[at] ^= 0x10;
            let damaged = Mpack::from_bytes(bytes).expect("its tables are sound");
            let read = damaged.begin_frame(0, None).and_then(|mut frame| {
                rows.iter()
                    .try_for_each(|row| damaged.read_object_in(&mut frame, row).map(drop))
            });
            assert!(read.is_err(), "byte {at}");
        }
    }
}
