//! Reads an mpack front to back and checks all of it: the key, every frame, every wanted object,
//! every record and every table row. Decompression and hashing run on all cores; memory is bounded
//! by a few frames.

mod commits;
mod contents;
mod error;
mod first_error;
mod large_objects;
mod sink;
mod slots;
mod snapshots;
mod source;

use std::io::Read;

use commits::verify_commits;
use contents::verify_contents;
use snapshots::verify_snapshots;
use source::Source;

pub use error::VerifyError;
pub use sink::{Record, SinkError, VerifySink};

use super::layout::{FRAME_HEADER_BYTES, PREAMBLE_BYTES, Preamble};
use super::{ChunkReference, LargeObjectRow, MpackError, Tables};
use crate::id::{Hasher, MpackKey, ObjectId};

/// Reads all of `source`, the file that `tables` belong to, and checks everything that can be
/// checked without the rest of the repository. Records are given to `on_record` in file order,
/// after the objects. Returns the large objects that are not checked as a whole, because some of
/// their chunks are elsewhere or lie in another order: the caller checks them with
/// [`check_large_object`].
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
    on_record: &mut dyn FnMut(Record<'_>) -> Result<(), SinkError>,
) -> Result<Vec<LargeObjectRow>, VerifyError> {
    let progress = |file_bytes| sink.progress(file_bytes);
    let mut source = Source::new(source, &progress);
    let verified = verify_all(&mut source, tables, sink, on_record);
    match &verified {
        Ok(_) => {}
        Err(error) if error.problem_code().is_some() => {
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
fn verify_all(
    source: &mut Source<'_>,
    tables: &Tables,
    sink: &dyn VerifySink,
    on_record: &mut dyn FnMut(Record<'_>) -> Result<(), SinkError>,
) -> Result<Vec<LargeObjectRow>, VerifyError> {
    if tables.is_thin() {
        let reason = "a thin mpack is made thick before it is verified";
        return Err(MpackError::malformed("tables", tables.trailer().tables_offset, reason).into());
    }
    let mut preamble = [0; PREAMBLE_BYTES];
    source.read(&mut preamble)?;
    tables.check_preamble(&Preamble::parse(&preamble)?)?;
    let unchecked = verify_contents(source, tables, sink)?;
    verify_commits(source, tables, on_record)?;
    verify_snapshots(source, tables, on_record)?;
    let trailer = tables.trailer();
    let reason = "these are not the tables that were read before";
    source.expect(tables.frame_header(), "tables", reason)?;
    let payload_bytes = trailer.tables_bytes - FRAME_HEADER_BYTES as u64;
    source.expect_hash(&trailer.checksum, payload_bytes, "tables", reason)?;
    let reason = "this is not the trailer that was read before";
    source.expect(&trailer.encode(), "trailer", reason)?;
    source.expect_end()?;
    Ok(unchecked)
}

/// Checks that the chunks of a large object, which `read_chunk` gives, have the lengths that the
/// tables say and hash to the object's id together. Gives each to `each`, with its offset.
///
/// # Errors
/// Whatever `read_chunk` or `each` gives, or what [`VerifyError`] becomes.
pub fn check_large_object<C: AsRef<[u8]>, E: From<VerifyError>>(
    tables: &Tables,
    row: &LargeObjectRow,
    mut read_chunk: impl FnMut(&ChunkReference) -> Result<C, E>,
    mut each: impl FnMut(u64, &[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let mut hasher = Hasher::new();
    let mut offset = 0;
    for reference in tables.chunks_of(row) {
        let chunk = read_chunk(&reference)?;
        let chunk = chunk.as_ref();
        if chunk.len() as u64 != u64::from(reference.length) {
            let id = reference.id;
            let reason = format!(
                "chunk {id} has {} bytes, not {}",
                chunk.len(),
                reference.length
            );
            let offset = tables.trailer().tables_offset;
            let error = MpackError::malformed("tables", offset, reason);
            return Err(VerifyError::from(error).into());
        }
        hasher.update(chunk);
        each(offset, chunk)?;
        offset += chunk.len() as u64;
    }
    let actual = ObjectId::from_bytes(hasher.finish());
    VerifyError::check_object(row.id, actual).map_err(E::from)
}
