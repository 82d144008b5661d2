//! Reads what an mpack says of itself: its trailer and its tables, by two range reads.

use muse_wire::mpack::{MpackError, TRAILER_BYTES, Tables, Trailer};
use muse_wire::problem::ProblemCode;

use crate::blobs::{BlobKey, Blobs};
use crate::failure::{Failure, blocking};

/// The tables of a blob of `size_bytes`.
///
/// # Errors
/// [`Failure::Refused`] where the blob is no mpack; otherwise where it cannot be read.
pub(crate) async fn read_tables(
    blobs: &Blobs,
    key: &BlobKey,
    size_bytes: u64,
) -> Result<Tables, Failure> {
    let Some(trailer_offset) = size_bytes.checked_sub(TRAILER_BYTES) else {
        let detail = format!("the mpack is only {size_bytes} bytes long");
        return Err(Failure::refused(ProblemCode::MpackMalformed, detail));
    };
    let trailer = blobs.read_range(key, trailer_offset..size_bytes).await?;
    let trailer = Trailer::parse(&trailer, size_bytes).map_err(|error| malformed(&error))?;
    let tables_end = trailer.tables_offset + trailer.tables_bytes;
    let tables = blobs
        .read_range(key, trailer.tables_offset..tables_end)
        .await?;
    blocking(move || Tables::parse(tables.into(), &trailer))
        .await
        .map_err(|error| malformed(&error))
}

fn malformed(error: &MpackError) -> Failure {
    Failure::refused(error.code, error.to_string())
}
