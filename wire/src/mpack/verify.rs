//! Reads an mpack front to back and checks all of it: the key, every frame, every wanted object,
//! every record and every table row. Decompression and hashing run on all cores; memory is bounded
//! by a few frames.

mod error;
mod objects;
mod records;
mod sink;
mod source;

use std::io::Read;

use objects::verify_objects;
use records::verify_records;
use source::Source;

pub use error::VerifyError;
pub use sink::{Record, SinkError, VerifySink};

use super::layout::{FILE_HEADER_BYTES, PREAMBLE_BYTES, TABLES_TAG, frame_header, parse_preamble};
use super::{MpackError, Tables};
use crate::id::MpackKey;

/// Reads all of `source`, the file that `tables` belong to, and checks everything that can be
/// checked without the rest of the repository. Records are given to `on_record` in file order,
/// after the objects.
///
/// Where the bytes are not those that `key` names, that is the error, whatever else is wrong with
/// them.
///
/// # Errors
/// [`VerifyError`] naming what is wrong; what was handed out before is to be dropped.
pub fn verify(
    source: &mut dyn Read,
    tables: &Tables,
    key: &MpackKey,
    sink: &dyn VerifySink,
    on_record: &mut dyn FnMut(Record) -> Result<(), SinkError>,
) -> Result<(), VerifyError> {
    let progress = |file_bytes| sink.progress(file_bytes);
    let mut source = Source::new(source, &progress);
    let verified = verify_contents(&mut source, tables, sink, on_record);
    match &verified {
        Ok(()) => {}
        Err(VerifyError::Invalid(_) | VerifyError::ObjectMismatch { .. })
            if !source.ended_early() =>
        {
            source.skip_to(tables.trailer().file_bytes())?;
        }
        Err(_) => return verified,
    }
    let actual = source.key();
    if actual != *key {
        return Err(VerifyError::KeyMismatch {
            expected: *key,
            actual,
        });
    }
    verified
}

/// Everything but the key.
fn verify_contents(
    source: &mut Source<'_>,
    tables: &Tables,
    sink: &dyn VerifySink,
    on_record: &mut dyn FnMut(Record) -> Result<(), SinkError>,
) -> Result<(), VerifyError> {
    let mut preamble = [0; PREAMBLE_BYTES];
    source.read(&mut preamble)?;
    if parse_preamble(&preamble)? != tables.counts() {
        return Err(MpackError::malformed(
            "header",
            FILE_HEADER_BYTES as u64,
            "the announced counts are not those of the tables",
        )
        .into());
    }
    verify_objects(source, tables, sink)?;
    verify_records(source, tables, on_record)?;
    let trailer = tables.trailer();
    source.expect(
        &frame_header(TABLES_TAG, trailer.tables_bytes),
        "tables",
        "the frame's header is not that of the tables",
    )?;
    let reason = "these are not the tables that were read before";
    source.expect(tables.bytes(), "tables", reason)?;
    let reason = "this is not the trailer that was read before";
    source.expect(&trailer.encode(), "trailer", reason)?;
    source.expect_end()
}
